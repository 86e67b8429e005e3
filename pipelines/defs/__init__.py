"""The Dagster skin: it wires plain functions and computes nothing itself."""
