"""What was found, remembered in bounded room."""

from .timed_cache import TimedCache

__all__ = ["TimedCache"]
