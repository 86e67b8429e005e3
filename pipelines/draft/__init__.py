"""Drafting a city folder from sample files: every guess is marked, and a person corrects it."""

from pipelines.draft.folder import Drafted, draft_city

__all__ = ["Drafted", "draft_city"]
