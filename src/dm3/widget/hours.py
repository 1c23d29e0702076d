"""Opening hours as an operator writes them: ``Mon-Fri 09:00-17:00, Sat 10:00-13:00 Europe/Berlin``."""

from __future__ import annotations

import re
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from dm3.base.errors import ConfigurationError

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HINT: Final = "Opening hours look like: Mon-Fri 09:00-17:00, Sat 10:00-13:00 Europe/Berlin"
_SPAN: Final = re.compile(
    rf"({'|'.join(DAYS)})(?:-({'|'.join(DAYS)}))? (\d\d):([0-5]\d)-(\d\d):([0-5]\d)", re.ASCII
)
_DAY: Final = 24 * 60


class Span(Struct, frozen=True, kw_only=True, rename={"start": "from", "end": "to"}):
    """Some days with the same hours.

    ``days``: from 0, Monday.
    ``start``: minutes of the day.
    ``end``: minutes of the day; before ``start`` it is of the next day.
    """

    days: tuple[int, ...]
    start: int
    end: int


class OpeningHours(Struct, frozen=True, kw_only=True):
    """When somebody is there.

    ``text``: the hours as they were written, without the zone.
    ``zone``: the site's time zone, such as ``Europe/Berlin``.
    ``spans``: the same for programs.
    """

    text: str
    zone: str
    spans: tuple[Span, ...]


def read_hours(text: str) -> OpeningHours:
    """Opening hours from their text. Raises `ConfigurationError`."""
    spans, _, zone = text.strip().rpartition(" ")
    try:
        ZoneInfo(zone)
    except (OSError, ValueError, KeyError):  # not found, no name of a zone, no data of zones here
        raise ConfigurationError(f"{zone[:60]!r} is not a time zone", hint=_HINT) from None
    return OpeningHours(text=spans, zone=zone, spans=tuple(_span(part.strip()) for part in spans.split(",")))


def _span(text: str) -> Span:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ConfigurationError(f"{text[:60]!r} says no opening hours", hint=_HINT)
    first, last, *times = found.groups()
    start, end = (int(times[at]) * 60 + int(times[at + 1]) for at in (0, 2))
    if start >= _DAY or end > _DAY or start == end:
        raise ConfigurationError(f"{text[:60]!r} says no opening hours", hint=_HINT)
    begin = DAYS.index(first)
    length = (DAYS.index(last or first) - begin) % len(DAYS) + 1
    days = tuple(sorted((begin + day) % len(DAYS) for day in range(length)))
    return Span(days=days, start=start, end=end)
