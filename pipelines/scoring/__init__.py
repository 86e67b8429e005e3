"""Scheme files → rule tables; the scoring itself is SQL."""

from pipelines.scoring.schemes import Scheme, load_schemes, rule_tables

__all__ = ["Scheme", "load_schemes", "rule_tables"]
