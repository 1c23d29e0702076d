"""Labels that look like others, for those that are reserved: `supp0rt` is as good a lure as `support`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Set
from functools import lru_cache
from typing import Final

_SIGNS: Final = str.maketrans(
    {"0": "o", "1": "l", "i": "l", "j": "l", "3": "e", "4": "a", "5": "s", "6": "b", "7": "t", "8": "b"}
    | {"9": "g", "2": "z", "$": "s", "-": "", "_": "", "'": "", "\u2019": "", "v": "u", "\u0131": "l"}
    | {"ø": "o", "đ": "d", "ł": "l", "ħ": "h", "æ": "ae", "œ": "oe", "q": "g"}
)
# Words of one other script are names, too; these letters of theirs are read as Latin ones.
_OTHER_SCRIPTS: Final = str.maketrans(
    "абвгеһіјкмнопрстухѕүԛԝԁӏвьαβγεηικμνοπρστυχω",
    "abbrehljkmhonpctyxsyqwdlbbabyenlkuvonpotuxw",
)
_LETTER: Final = re.compile(r"(?:NEGATIVE )?(?:SQUARED|CIRCLED) LATIN (?:CAPITAL|SMALL) LETTER ([A-Z])")
_INDICATOR: Final = re.compile(r"REGIONAL INDICATOR SYMBOL LETTER ([A-Z])")
_PAIRS: Final = (("rn", "m"), ("uu", "w"), ("cl", "d"))


def appearance(label: str) -> str:
    """What a label looks like at a glance; two that look alike have the same."""
    bare = "".join(map(_bare, unicodedata.normalize("NFKD", label.casefold())))
    seen = bare.translate(_OTHER_SCRIPTS).translate(_SIGNS)
    for pair, sign in _PAIRS:
        seen = seen.replace(pair, sign)
    return seen


def _bare(sign: str) -> str:
    """A sign without what is only put beside it: marks on letters, and emoji, which decorate a word.

    Emoji that are letters are read as such.
    """
    if sign.isascii():
        return sign
    kind = unicodedata.category(sign)
    if kind[0] in "LN":
        return sign
    name = unicodedata.name(sign, "")
    letter = _LETTER.match(name) or _INDICATOR.match(name)
    return letter[1].lower() if letter else ""


def looks_like_one_of(label: str, reserved: Set[str]) -> bool:
    """Whether ``label`` is one of ``reserved`` or looks like one."""
    return label in reserved or appearance(label) in _appearances(frozenset(reserved))


@lru_cache(maxsize=64)
def _appearances(reserved: frozenset[str]) -> frozenset[str]:
    return frozenset(map(appearance, reserved))
