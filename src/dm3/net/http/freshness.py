"""For how long an answer over HTTP says that it holds (``Cache-Control``)."""

from __future__ import annotations

import re
from typing import Final

_MAX_AGE: Final = re.compile(r"(?:^|,)\s*max-age\s*=\s*\"?(\d{1,10})\"?\s*(?:,|$)", re.IGNORECASE)
_NOT_KEPT: Final = re.compile(r"(?:^|,)\s*no-(?:store|cache)\b", re.IGNORECASE)


def told_seconds(cache_control: str) -> float | None:
    """The seconds for which an answer with this header holds; None where it does not say."""
    if _NOT_KEPT.search(cache_control):
        return 0.0
    found = _MAX_AGE.search(cache_control)
    return None if found is None else float(found[1])
