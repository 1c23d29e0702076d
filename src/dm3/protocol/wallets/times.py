"""Times in signed texts: RFC 3339 on the outside, UNIX seconds on the inside (EIP-4361)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from dm3.base.errors import InvalidInput, MalformedData

_RFC_3339: Final = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]"
    r"(?P<clock>[0-9]{2}:[0-9]{2}):(?P<second>[0-9]{2})(?:\.[0-9]{1,12})?"
    r"(?:[Zz]|(?P<sign>[+-])(?P<hours>[0-9]{2}):(?P<minutes>[0-5][0-9]))"
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def unix_time(text: str, *, what: str = "the time") -> int:
    """Return the UNIX seconds of an RFC 3339 time; a fraction of a second is cut off.

    Raises `MalformedData`, naming ``what``.
    """
    found = _RFC_3339.fullmatch(text)
    if not found:
        raise MalformedData(f"{what} is not an RFC 3339 time such as 2026-01-31T12:00:00Z")
    # RFC 3339 knows leap seconds, Python's datetime does not.
    leap = found["second"] == "60"
    second = "59" if leap else found["second"]
    offset = timedelta(hours=int(found["hours"] or 0), minutes=int(found["minutes"] or 0))
    try:
        zone = timezone(-offset if found["sign"] == "-" else offset)
        local = datetime.fromisoformat(f"{found['date']}T{found['clock']}:{second}")
    except ValueError:
        raise MalformedData(f"{what} is not a time of the calendar") from None
    return (local.replace(tzinfo=zone) - _EPOCH) // timedelta(seconds=1) + leap


def time_text(seconds: int) -> str:
    """Return UNIX ``seconds`` as an RFC 3339 time in UTC. Raises `InvalidInput` beyond years 1 to 9999."""
    try:
        moment = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        raise InvalidInput(f"{seconds} is not a UNIX time of the calendar") from None
    return moment.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
