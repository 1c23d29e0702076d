"""What every HTTP service of ours shares: the application frame, error answers, running on a port."""

from .allowance import Allowance
from .answers import DEFECT, TooManyRequests, Unauthorized, error_body, status_of
from .app import SMALL_BODY, build_app, json_body
from .patience import within
from .serving import Server, run

__all__ = [
    "DEFECT",
    "SMALL_BODY",
    "Allowance",
    "Server",
    "TooManyRequests",
    "Unauthorized",
    "build_app",
    "error_body",
    "json_body",
    "run",
    "status_of",
    "within",
]
