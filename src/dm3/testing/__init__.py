"""Parts for tests, of this project and of those who build on it."""

from .static_names import StaticNames

__all__ = ["StaticNames"]
