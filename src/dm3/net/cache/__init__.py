"""What was found, remembered in bounded room."""

from .bounded_cache import MAX_BYTES
from .timed_cache import TimedCache

__all__ = ["MAX_BYTES", "TimedCache"]
