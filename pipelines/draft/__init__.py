"""Drafting a city folder."""
