"""Which addresses of pages count in what a wallet signs (specification 3.1)."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit


def is_page(uri: str) -> bool:
    """Whether what ``uri`` names cannot be another's on the way: https, or http on this machine."""
    try:
        parts = urlsplit(uri)
        return parts.scheme == "https" or (parts.scheme == "http" and _is_here(parts.hostname or ""))
    except ValueError:
        return False


def _is_here(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
