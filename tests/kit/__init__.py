"""What all tests share: HTTP clients, and how long to wait for what is to happen."""

from .http import get, metric, open_client, open_sync_client
from .waiting import EVENTUALLY, SLOWER, eventually, happens

__all__ = [
    "EVENTUALLY",
    "SLOWER",
    "eventually",
    "get",
    "happens",
    "metric",
    "open_client",
    "open_sync_client",
]
