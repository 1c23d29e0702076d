"""What every HTTP service of ours shares: the application frame, error answers, running on a port."""

from typing import TYPE_CHECKING

from dm3.lazy import lazy_face

if TYPE_CHECKING:
    from .allowance import Allowance
    from .answers import DEFECT, TooManyRequests, Unauthorized, error_body, status_of
    from .app import SMALL_BODY, build_app, json_body
    from .connection_limits import CONNECTION_LIMITS, CONNECTIONS, CONNECTIONS_PER_ADDRESS, ConnectionLimits
    from .health import Trouble, Troubles
    from .patience import within
    from .serving import Server, run
    from .sources import source_of
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            ".allowance": ("Allowance",),
            ".answers": (
                "DEFECT",
                "TooManyRequests",
                "Unauthorized",
                "error_body",
                "status_of",
            ),
            ".app": (
                "SMALL_BODY",
                "build_app",
                "json_body",
            ),
            ".connection_limits": (
                "CONNECTION_LIMITS",
                "CONNECTIONS",
                "CONNECTIONS_PER_ADDRESS",
                "ConnectionLimits",
            ),
            ".health": (
                "Trouble",
                "Troubles",
            ),
            ".patience": ("within",),
            ".serving": (
                "Server",
                "run",
            ),
            ".sources": ("source_of",),
        },
    )

__all__ = [
    "CONNECTIONS",
    "CONNECTIONS_PER_ADDRESS",
    "CONNECTION_LIMITS",
    "DEFECT",
    "SMALL_BODY",
    "Allowance",
    "ConnectionLimits",
    "Server",
    "TooManyRequests",
    "Trouble",
    "Troubles",
    "Unauthorized",
    "build_app",
    "error_body",
    "json_body",
    "run",
    "source_of",
    "status_of",
    "within",
]
