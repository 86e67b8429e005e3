"""The generator of synthetic cities: files like a city's own, dirt included, and the true figures beside them."""

from pipelines.synthetic.produce import ensure_generated, generate

__all__ = ["ensure_generated", "generate"]
