"""Names as people type them: in full, shortened as they are shown, or as they begin."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from dm3.base import normalize, whole_name
from dm3.base.errors import InvalidInput, InvalidName, NotFound

SHORTEST: Final = 4
"""Characters that say more than that it is an address."""
_GAP: Final = re.compile(r"…|\.\.\.")


def full_name(given: str, known: Iterable[str], what: str, hint: str) -> str:
    """The ``known`` name that is meant by ``given``: itself, shortened in the middle, or its beginning.

    A name in full is returned in normal form, whether it is known or not. Raises `NotFound` for a shortened
    one that is none of them (``what`` and ``hint`` say of what), `InvalidInput` where it may be several.
    """
    known = tuple(dict.fromkeys(known))
    normal = _normal(given)
    if normal in known:
        return normal
    found = [name for name in known if _fits(given.lower(), name)]
    if len(found) == 1:
        return found[0]
    if found:
        raise InvalidInput(f"{given[:80]} may be {', '.join(found[:5])}", hint="Give more of the name.")
    if normal and "." in normal:
        return normal
    if normal is None and not _GAP.search(given):
        return normalize(given)  # which says what is wrong with it
    raise NotFound(f"{given[:80]} is no {what}", hint=hint)


def receiver_name(given: str, known: Iterable[str]) -> str:
    """The name to write to: in full, or one of ``known`` shortened in the middle.

    A beginning will not do here: a message to the wrong person cannot be called back. Raises as `full_name`.
    """
    if _GAP.search(given):
        return full_name(given, known, "name that you have written with", "dm3 inbox lists them.")
    return whole_name(given)


def _normal(given: str) -> str | None:
    try:
        return normalize(given)
    except InvalidName:
        return None


def _fits(given: str, name: str) -> bool:
    """Whether ``given`` is a shortened form of ``name``."""
    if _GAP.search(given):
        head, tail = _GAP.split(given, maxsplit=1)
        return len(head + tail) >= SHORTEST and name.startswith(head) and name[len(head) :].endswith(tail)
    label = name.partition(".")[0]
    return given == label or (len(given) >= SHORTEST and name.startswith(given) and given != "0x")
