"""Superset: configuration, roles, pages as code. Runs in its own environment (`requirements/superset.txt`)."""
