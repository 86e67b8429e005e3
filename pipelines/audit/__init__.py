"""Recomputing a table that somebody else published, by a rule file that says how its cells follow from each other."""

from pipelines.audit.check import Audit, Mismatch, Skipped, audit_table

__all__ = ["Audit", "Mismatch", "Skipped", "audit_table"]
