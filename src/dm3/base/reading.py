"""Reading JSON that somebody else wrote: bounded in size and depth, and never a surprise."""

from __future__ import annotations

import json
import re
from itertools import accumulate
from typing import Annotated, Any, Final, NoReturn, Union

from msgspec import Meta, MsgspecError
from msgspec.json import Decoder

from .canonical import MAX_DEPTH
from .errors import MalformedData, TooLarge

MAX_JSON_BYTES: Final = 20 * 1024 * 1024
"""The protocol's bound for a message, in bytes (specification 4)."""

MAX_SIGNS: Final = 100_000
"""More brackets and commas than any message has; a body of nothing else takes seconds to read."""
REQUEST_SIGNS: Final = 10_000
"""The same for a request to a service, which works for others meanwhile."""

_EXACT: Final = 2.0**53
_EXACT_DIGITS: Final = 16
_USUAL_LEVELS: Final = 8
_NO_BRACKETS: Final = re.compile(r"[^][{}]+")
_STEP: Final = {"[": 1, "{": 1, "]": -1, "}": -1}


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _whole_number(digits: str) -> int | float:
    """Beyond 2**53 a JavaScript peer reads the nearest double, and signs and hashes that."""
    if len(digits) < _EXACT_DIGITS:
        return int(digits)
    nearest = float(digits)
    return int(nearest) if -_EXACT <= nearest <= _EXACT else nearest


_decoder = json.JSONDecoder(parse_constant=_no_constant, parse_int=_whole_number)


def _usual_json(levels: int) -> Any:
    """The type of JSON as nearly everybody writes it: few ``levels``, and no number with many digits."""
    exact = Annotated[int, Meta(gt=-(10 ** (_EXACT_DIGITS - 1)), lt=10 ** (_EXACT_DIGITS - 1))]
    plain: Any = Union[str, exact, float, bool, None]  # noqa: UP007 -- msgspec wants one union
    nested = plain
    for _ in range(levels):
        nested = Union[plain, list[nested], dict[str, nested]]  # type: ignore[valid-type]  # noqa: UP007
    return nested


# Reads the same values as the decoder above at a quarter of the cost, or refuses: then that one decides.
_read_usual: Final = Decoder(_usual_json(_USUAL_LEVELS)).decode


def read_json(
    text: str | bytes,
    *,
    what: str = "the data",
    max_bytes: int = MAX_JSON_BYTES,
    max_signs: int | None = None,
) -> Any:
    """Parse JSON text; ``what`` names it in errors.

    ``max_signs`` bounds the opening brackets and the commas in it, those within strings included: a text of
    nothing else takes long, and telling where they stand takes long, too.

    Raises `TooLarge` above ``max_bytes`` bytes and `MalformedData` for anything that is not JSON, is
    nested deeper than ``MAX_DEPTH``, has more than ``MAX_SIGNS`` brackets and commas outside of strings or
    is not UTF-8.
    """
    if len(text) > max_bytes:
        raise TooLarge(f"{what} has more than {max_bytes} bytes")
    try:
        plain = text if isinstance(text, str) else text.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedData(f"{what} is not UTF-8 text") from None
    if max_signs is not None and _values_begin(plain) > max_signs:
        raise MalformedData(f"{what} has more than {max_signs} brackets and commas")
    # A short text cannot have too many signs, and what is read in the usual way nests little.
    if max_signs is None and len(plain) > MAX_SIGNS:
        _check_signs(plain, what)
    try:
        return _read_usual(plain)
    except (MsgspecError, UnicodeEncodeError):
        return _read_exactly(plain, what)


def _read_exactly(text: str, what: str) -> Any:
    # Before parsing: the parser recurses in C, where too deep may be the end of the process.
    _check_signs(text, what)
    try:
        return _decoder.decode(text)
    except ValueError as error:
        where = f" (at character {error.pos})" if isinstance(error, json.JSONDecodeError) else ""
        raise MalformedData(f"{what} is not valid JSON{where}") from None


def _values_begin(text: str) -> int:
    """How many signs there are after which a value may begin; they bound what there is to be read."""
    return text.count("[") + text.count("{") + text.count(",")


def _check_signs(text: str, what: str) -> None:
    """Refuse text that nests too deeply or has too many values, told from the signs outside of strings."""
    # Fewer signs than levels cannot nest too deeply; only the rare others are looked at.
    if _values_begin(text) <= MAX_DEPTH:
        return
    pieces = text.replace("\\\\", "").replace('\\"', "")
    # A value and its key have four quotes at most.
    too_many = pieces.count('"') > 4 * (MAX_SIGNS + 1)
    outside = "" if too_many else "".join(pieces.split('"')[::2])
    if too_many or sum(map(outside.count, "[]{},")) > MAX_SIGNS:
        raise MalformedData(f"{what} has more than {MAX_SIGNS} brackets and commas")
    brackets = _NO_BRACKETS.sub("", outside)
    if max(accumulate(map(_STEP.__getitem__, brackets)), default=0) > MAX_DEPTH:
        raise MalformedData(f"{what} is nested deeper than {MAX_DEPTH} levels")


class Members:
    """Typed access to the members of a JSON object from outside.

    Every getter raises `MalformedData` naming the object and the member when the type is wrong or a
    required member is missing; ``null`` counts as missing.
    """

    __slots__ = ("_members", "_what")

    def __init__(self, value: Any, what: str) -> None:
        if not isinstance(value, dict):
            raise MalformedData(f"{what} must be a JSON object")
        self._members: dict[str, Any] = value
        self._what = what

    def _get(self, key: str, kind: type | tuple[type, ...], name: str) -> Any:
        value = self._members.get(key)
        if value is None:
            return None
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise MalformedData(f"{self._what}: {key} must be {name}")
        return value

    def _required(self, key: str, value: Any) -> Any:
        if value is None:
            raise MalformedData(f"{self._what}: {key} is missing")
        return value

    def text(self, key: str, *, max_length: int = MAX_JSON_BYTES) -> str:
        """The string member ``key``."""
        value = self._members.get(key)
        if type(value) is str and len(value) <= max_length:
            return value
        return str(self._required(key, self.optional_text(key, max_length=max_length)))

    def optional_text(self, key: str, *, max_length: int = MAX_JSON_BYTES) -> str | None:
        """The string member ``key``, or None."""
        value: str | None = self._get(key, str, "a string")
        if value is not None and len(value) > max_length:
            raise MalformedData(f"{self._what}: {key} has more than {max_length} characters")
        return value

    def number(self, key: str) -> float:
        """The finite number ``key``."""
        return float(self._required(key, self.optional_number(key)))

    def optional_number(self, key: str) -> float | None:
        """The finite number ``key``, or None."""
        value = self._get(key, (int, float), "a number")
        if value is not None and not -1e300 < value < 1e300:
            raise MalformedData(f"{self._what}: {key} is not a usable number")
        return value  # type: ignore[no-any-return]

    def whole(self, key: str) -> int:
        """The number ``key`` as an int (a fraction is cut off, as the reference's clocks may send one).

        Beyond 2**53 it is refused: no peer counts so far, and no database column holds it.
        """
        value = self._members.get(key)
        if type(value) is not int:
            value = self._required(key, self.optional_number(key))
        if not -_EXACT <= value <= _EXACT:
            raise MalformedData(f"{self._what}: {key} is not a usable whole number")
        return int(value)

    def items(self, key: str) -> list[Any]:
        """The array ``key``."""
        value: list[Any] = self._required(key, self._get(key, list, "an array"))
        return value

    def optional_items(self, key: str) -> list[Any] | None:
        """The array ``key``, or None."""
        value: list[Any] | None = self._get(key, list, "an array")
        return value

    def texts(self, key: str, *, max_items: int = 100, max_length: int = 1000) -> tuple[str, ...]:
        """The array of strings ``key``."""
        found = self.items(key)
        if len(found) > max_items:
            raise MalformedData(f"{self._what}: {key} has more than {max_items} items")
        if not all(isinstance(item, str) and len(item) <= max_length for item in found):
            raise MalformedData(f"{self._what}: {key} must hold strings only")
        return tuple(found)

    def object(self, key: str) -> Members:
        """The object ``key``."""
        return Members(self._required(key, self._get(key, dict, "an object")), f"{self._what}.{key}")

    def optional_object(self, key: str) -> Members | None:
        """The object ``key``, or None."""
        value = self._get(key, dict, "an object")
        return None if value is None else Members(value, f"{self._what}.{key}")

    def raw(self) -> dict[str, Any]:
        """The object as it was read."""
        return self._members

    def only(self, *allowed: str) -> None:
        """Refuse members other than ``allowed``."""
        for key in self._members:
            if key not in allowed:
                raise MalformedData(f"{self._what}: unknown member {key[:40]!r}")
