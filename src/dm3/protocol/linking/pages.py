"""Page addresses, compared as origins (specification 3.3): a path and a trailing slash change nothing."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def origin_of(uri: str) -> str:
    """The origin of a page's address, such as ``https://myapp.example``.

    An address that has none – another scheme, or one that cannot be read – stands for itself.
    """
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port
    except ValueError:
        return uri
    default = _DEFAULT_PORTS.get(parts.scheme)
    if default is None or not host or "@" in parts.netloc:
        return uri.rstrip("/")
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port not in (None, default) else "")


def same_page(one: str, other: str) -> bool:
    """Whether two addresses are pages of one origin."""
    return origin_of(one) == origin_of(other)
