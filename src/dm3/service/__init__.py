"""What every HTTP service of ours shares: the application frame, error answers, running on a port."""

from typing import TYPE_CHECKING

from dm3.lazy import lazy_face

if TYPE_CHECKING:
    from .answers import DEFECT, TooManyRequests, Unauthorized, error_body, status_of
    from .app import SMALL_BODY, build_app, json_body
    from .body_reader import BodyReader, ClientGone, PatientRoutes, Receive, SlowClient, patient
    from .budget import Busy
    from .connection_limits import CONNECTION_LIMITS, CONNECTIONS, CONNECTIONS_PER_ADDRESS, ConnectionLimits
    from .data_name import former_name
    from .door import PIECE, Send, answer_share, send_pieces
    from .health import Trouble, Troubles
    from .paced_work import page_by_page
    from .rate_limiter import RateLimiter
    from .rounds import in_rounds
    from .serving import Server, run
    from .sources import source_in, source_of
    from .store_clock import DAY, PLAUSIBLE_GAP, WAIT, Observed, StoreClock, clock_troubles, observe
    from .time_limit import within
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            ".rate_limiter": ("RateLimiter",),
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
            ".body_reader": (
                "BodyReader",
                "ClientGone",
                "PatientRoutes",
                "Receive",
                "SlowClient",
                "patient",
            ),
            ".budget": ("Busy",),
            ".connection_limits": (
                "CONNECTIONS",
                "CONNECTIONS_PER_ADDRESS",
                "CONNECTION_LIMITS",
                "ConnectionLimits",
            ),
            ".door": (
                "PIECE",
                "Send",
                "answer_share",
                "send_pieces",
            ),
            ".data_name": ("former_name",),
            ".rounds": ("in_rounds",),
            ".health": (
                "Trouble",
                "Troubles",
            ),
            ".paced_work": ("page_by_page",),
            ".time_limit": ("within",),
            ".serving": (
                "Server",
                "run",
            ),
            ".sources": (
                "source_in",
                "source_of",
            ),
            ".store_clock": (
                "DAY",
                "Observed",
                "PLAUSIBLE_GAP",
                "StoreClock",
                "WAIT",
                "clock_troubles",
                "observe",
            ),
        },
    )

__all__ = [
    "CONNECTIONS",
    "CONNECTIONS_PER_ADDRESS",
    "CONNECTION_LIMITS",
    "DAY",
    "DEFECT",
    "PIECE",
    "PLAUSIBLE_GAP",
    "SMALL_BODY",
    "WAIT",
    "BodyReader",
    "Busy",
    "ClientGone",
    "ConnectionLimits",
    "Observed",
    "PatientRoutes",
    "RateLimiter",
    "Receive",
    "Send",
    "Server",
    "SlowClient",
    "StoreClock",
    "TooManyRequests",
    "Trouble",
    "Troubles",
    "Unauthorized",
    "answer_share",
    "build_app",
    "clock_troubles",
    "error_body",
    "former_name",
    "in_rounds",
    "json_body",
    "observe",
    "page_by_page",
    "patient",
    "run",
    "send_pieces",
    "source_in",
    "source_of",
    "status_of",
    "within",
]
