"""Fetching a source's files over HTTP into its inbox, where the door takes them as any other delivery."""

from pipelines.fetch.run import Fetched, fetch_all, fetch_source

__all__ = ["Fetched", "fetch_all", "fetch_source"]
