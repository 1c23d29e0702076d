"""HTTP with what others choose: guarded, bounded, and every failure one of our errors."""

from typing import TYPE_CHECKING

from dm3.lazy import lazy_face

if TYPE_CHECKING:
    from .addresses import is_private
    from .bounded_fetch import read_body
    from .deadline import SLOWEST
    from .safe_http import WAITS, open_http
    from .service_call import call, expecting
    from .timeouts import standard
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            ".addresses": ("is_private",),
            ".bounded_fetch": ("read_body",),
            ".deadline": ("SLOWEST",),
            ".safe_http": ("WAITS", "open_http"),
            ".service_call": ("call", "expecting"),
            ".timeouts": ("standard",),
        },
    )

__all__ = ["SLOWEST", "WAITS", "call", "expecting", "is_private", "open_http", "read_body", "standard"]
