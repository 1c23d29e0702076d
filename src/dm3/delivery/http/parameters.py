"""Parameters that several routes take: readers and cursors."""

from __future__ import annotations

import re

from dm3.base.errors import InvalidInput

_READER = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CURSOR = re.compile(r"[0-9]{1,18}")


def read_cursor(text: str, what: str) -> int:
    """The number in a cursor. Raises `InvalidInput`."""
    if not _CURSOR.fullmatch(text):
        raise InvalidInput(f"{what} must be a cursor that an earlier page gave")
    return int(text)


def read_reader(text: str) -> str:
    """A reader's id. Raises `InvalidInput`."""
    if not _READER.fullmatch(text):
        raise InvalidInput("a reader's id is 1 to 64 letters, digits, '_' or '-'")
    return text
