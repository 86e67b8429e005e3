"""Scheme files → rule tables; the scoring itself is SQL."""

from pipelines.scoring.scheme import Scheme
from pipelines.scoring.schemes import load_schemes
from pipelines.scoring.tables import rule_tables

__all__ = ["Scheme", "load_schemes", "rule_tables"]
