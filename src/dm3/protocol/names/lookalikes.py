"""Labels that look like others, for those that are reserved: `supp0rt` is as good a lure as `support`."""

from __future__ import annotations

import unicodedata
from collections.abc import Set
from functools import lru_cache
from typing import Final

_SIGNS: Final = str.maketrans(
    {"0": "o", "1": "l", "i": "l", "j": "l", "3": "e", "4": "a", "5": "s", "6": "b", "7": "t", "8": "b"}
    | {"9": "g", "2": "z", "$": "s", "-": "", "_": "", "'": "", "\u2019": "", "v": "u", "\u0131": "l"}
    | {"ø": "o", "đ": "d", "ł": "l", "ħ": "h", "æ": "ae", "œ": "oe", "q": "g"}
)
_PAIRS: Final = (("rn", "m"), ("uu", "w"), ("cl", "d"))


def appearance(label: str) -> str:
    """What a label looks like at a glance; two that look alike have the same."""
    bare = "".join(
        sign for sign in unicodedata.normalize("NFKD", label.casefold()) if not unicodedata.combining(sign)
    )
    seen = bare.translate(_SIGNS)
    for pair, sign in _PAIRS:
        seen = seen.replace(pair, sign)
    return seen


def looks_like_one_of(label: str, reserved: Set[str]) -> bool:
    """Whether ``label`` is one of ``reserved`` or looks like one."""
    return label in reserved or appearance(label) in _appearances(frozenset(reserved))


@lru_cache(maxsize=64)
def _appearances(reserved: frozenset[str]) -> frozenset[str]:
    return frozenset(map(appearance, reserved))
