"""What every HTTP service of ours shares: the application frame, error answers, running on a port."""

from .allowance import Allowance
from .answers import DEFECT, TooManyRequests, Unauthorized, error_body, status_of
from .app import SMALL_BODY, build_app, json_body
from .door import CONNECTION_LIMITS, CONNECTIONS, CONNECTIONS_PER_ADDRESS, ConnectionLimits
from .health import Trouble, Troubles
from .patience import within
from .serving import Server, run
from .sources import source_of

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
