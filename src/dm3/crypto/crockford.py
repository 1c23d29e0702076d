"""Crockford's base32: codes that people copy from paper and screens."""

from __future__ import annotations

from typing import Final

from dm3.base.errors import InvalidInput

SIGNS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MAX_CHARS: Final = 200

_VALUES: Final = {
    **{sign: value for value, sign in enumerate(SIGNS)},
    **{sign.lower(): value for value, sign in enumerate(SIGNS)},
    # What people read in place of a one and a nought.
    **dict.fromkeys("ILil", 1),
    **dict.fromkeys("Oo", 0),
}
_BETWEEN: Final = frozenset(" \t\r\n-–—_.")


def print_signs(number: int, count: int, group: int) -> str:
    """The lowest 5 · ``count`` bits of ``number`` as signs, in groups with hyphens between them."""
    signs = "".join(SIGNS[number >> 5 * place & 31] for place in reversed(range(count)))
    return "-".join(signs[start : start + group] for start in range(0, count, group))


def parse_signs(text: str, count: int) -> int:
    """The number that ``count`` signs say, in any case, with any or no separators; I and L are 1, O is 0.

    Raises `InvalidInput`, which repeats nothing of the text.
    """
    if len(text) > MAX_CHARS:
        raise InvalidInput("it is much too long")
    signs = [sign for sign in text if sign not in _BETWEEN]
    if not all(sign in _VALUES for sign in signs):
        raise InvalidInput("it has signs that no code has")
    if len(signs) != count:
        raise InvalidInput(f"it has {len(signs)} signs instead of {count}")
    number = 0
    for sign in signs:
        number = number << 5 | _VALUES[sign]
    return number
