"""The version of this implementation, where every room can read it."""

__version__ = "0.1.0"
