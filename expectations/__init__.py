"""Great Expectations at the door (a new batch) and before publishing (the small marts).

A suite is one YAML file per contract or mart; what a contract already says (not null, allowed values, ranges)
is derived from its module and not written again. great_expectations is imported when something is checked.
"""

from expectations.result import CheckResult
from expectations.runner import check_batch, check_marts
from expectations.suites import check_city_suites, own_file, titles

__all__ = ["CheckResult", "check_batch", "check_city_suites", "check_marts", "own_file", "titles"]
