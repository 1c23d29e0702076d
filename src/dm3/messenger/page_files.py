"""What pages load: style and scripts, each under an address that changes with what is in it."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from msgspec import Struct

HERE: Final = Path(__file__).parent
HTMX: Final = HERE / "static" / "htmx.min.js"

KEPT: Final = "private, max-age=31536000, immutable"
"""Browsers keep a file for a year: another content has another address."""
_FILES: Final = {
    **{name: HERE / "assets" / name for name in ("early.js", "messenger.js", "wallets.js", "open.js")},
    "messenger.css": HERE / "assets" / "messenger.css",
    "htmx.js": HTMX,
}


class PageFile(Struct, frozen=True):
    """A file as it was when it was first asked for: its content, media type and address."""

    content: bytes
    media_type: str
    address: str


@cache
def page_file(name: str) -> PageFile | None:
    """The file ``name``; None where there is none of that name."""
    if name not in _FILES:
        return None
    content = _FILES[name].read_bytes()
    media_type = "text/css" if name.endswith(".css") else "text/javascript"
    mark = sha256(content).hexdigest()[:16]
    return PageFile(content, f"{media_type}; charset=utf-8", f"/assets/{name}?{mark}")


def address_of(name: str) -> str:
    """Where the file ``name`` is loaded from."""
    found = page_file(name)
    assert found is not None, name  # noqa: S101  # the templates' own names
    return found.address
