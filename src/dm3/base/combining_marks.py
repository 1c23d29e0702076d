"""Marks that combine with the character before them, of which nobody writes more than a few."""

from __future__ import annotations

import unicodedata
from typing import Final

MOST_MARKS: Final = 6
"""Combining marks that a character keeps; no writing that is in use needs more."""

_UNSEEN: Final = "Cf"


def without_piles(text: str) -> str:
    """``text`` with at most `MOST_MARKS` marks on a character: more reach over the lines above and below.

    Signs that are not seen, such as joiners, begin no new character.
    """
    if text.isascii():
        return text
    kept, marks = [], 0
    for sign in text:
        kind = unicodedata.category(sign)
        if kind.startswith("M"):
            marks += 1
            if marks > MOST_MARKS:
                continue
        elif kind != _UNSEEN:
            marks = 0
        kept.append(sign)
    return "".join(kept)
