"""Which browser the scenes run in, and how it is started."""

from __future__ import annotations

import shutil
from typing import Final

# As root, and without what Chromium asks of the world by itself.
ARGUMENTS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")


def chromium_path() -> str | None:
    """Where Chromium lies on this machine; None where it does not."""
    return next((found for found in map(shutil.which, _NAMES) if found), None)
