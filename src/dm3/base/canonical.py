"""Canonical JSON: the one text form over which dm3 hashes and signs.

The form is what the reference's serialiser prints (specification 2.1): no white space, keys in the
order of their UTF-16 code units, ECMAScript numbers, lone surrogates as escapes. None of Python's
JSON writers prints exactly this, so this one is ours.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from json.encoder import encode_basestring as _quote_plain
from typing import Any, Final

from msgspec.json import Encoder

from .errors import InvalidInput

MAX_DEPTH: Final = 64

_SURROGATE = re.compile("[\ud800-\udfff]")

# Of msgspec only the strings are used: they are ECMAScript's, at several times the speed of json's.
_encode: Final = Encoder().encode


class _Undefined:
    """A member that is not there, like JavaScript's ``undefined``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNDEFINED"


UNDEFINED: Final = _Undefined()


def canonical_json(value: Any) -> str:
    """Return the canonical JSON text of ``value`` (specification 2.1).

    ``value`` is built of dicts with string keys, lists, tuples, strings, ints, floats, bools, None and
    ``UNDEFINED`` (dropped as a dict member, ``null`` in a list). Raises `InvalidInput` for anything
    else, and for nesting deeper than ``MAX_DEPTH``.
    """
    return _write(value, 0)


def _write(value: Any, depth: int) -> str:
    kind = type(value)
    if kind is str:
        return quote(value)
    if kind is dict:
        return _write_object(value, depth)
    if value is None or value is UNDEFINED:
        return "null"
    if kind is bool:
        return "true" if value else "false"
    if kind is int:
        return str(value)
    if kind is float:
        return number_text(value)
    if kind is list or kind is tuple:
        if depth >= MAX_DEPTH:
            raise InvalidInput(f"nested deeper than {MAX_DEPTH} levels")
        return "[" + ",".join([_write(item, depth + 1) for item in value]) + "]"
    return _write_subclass(value, depth)


def _write_subclass(value: Any, depth: int) -> str:
    """Values of derived types (enums, named tuples, mappings): rare, hence apart."""
    for base in (str, int, float):
        if isinstance(value, base):
            return _write(base(value) if base is not str else str.__str__(value), depth)
    if isinstance(value, Mapping):
        return _write_object(dict(value), depth)
    if isinstance(value, (list, tuple)):
        return _write(list(value), depth)
    raise InvalidInput(f"a value of type {type(value).__name__} has no JSON form")


def _write_object(members: dict[str, Any], depth: int) -> str:
    if depth >= MAX_DEPTH:
        raise InvalidInput(f"nested deeper than {MAX_DEPTH} levels")
    try:
        joined = "".join(members)
    except TypeError:
        raise InvalidInput("JSON member names must be strings") from None
    # Nearly all names are ASCII letters and digits: these sort as they are and need no escapes.
    ascii_only = joined.isascii()
    simple = ascii_only and joined.isalnum()
    written = []
    for key in sorted(members) if ascii_only else sorted(members, key=_utf16):
        value = members[key]
        if value is UNDEFINED:
            continue
        text = quote(value) if type(value) is str else _write(value, depth + 1)
        written.append(('"' + key + '":' if simple else quote(key) + ":") + text)
    return "{" + ",".join(written) + "}"


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-be", "surrogatepass")


def quote(text: str) -> str:
    """Return ``text`` as a JSON string literal, lone surrogates escaped."""
    try:
        return _encode(text).decode("utf-8")
    except TypeError:
        return quote(str.__str__(text))  # a type derived from str
    except UnicodeEncodeError:
        quoted: str = _quote_plain(text)
    # Two separate surrogates that make a pair are one character to JavaScript.
    joined = quoted.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", joined)


def number_text(value: float) -> str:
    """Return ``value`` as ECMAScript's Number::toString prints it; NaN and infinities as ``null``."""
    if not math.isfinite(value):
        return "null"
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    # The decimal point stands `point` places right of the first digit.
    point = len(whole.lstrip("0")) or len(digits) - len(fraction)
    point += int(exponent or 0)
    digits = digits.rstrip("0")
    count = len(digits)
    if count <= point <= 21:
        return sign + digits + "0" * (point - count)
    if 0 < point <= 21:
        return sign + digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return sign + "0." + "0" * -point + digits
    tail = "." + digits[1:] if count > 1 else ""
    return f"{sign}{digits[0]}{tail}e{point - 1:+d}"
