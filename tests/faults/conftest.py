"""The small city of the integration tests, here too."""

from tests.integration.conftest import small_city

__all__ = ["small_city"]
