"""How contracts encode values, by eth-abi: imported when first needed, for few names are on a chain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dm3.base.errors import MalformedData
from dm3.lazy import naming_extras


def encode(kinds: Sequence[str], values: Sequence[Any]) -> bytes:
    """Encode ``values`` of Solidity's types ``kinds``. Raises `MissingExtra` without the extra ``chain``."""
    with naming_extras():
        from eth_abi.abi import encode as encoded

    return encoded(kinds, values)


def decode(kinds: Sequence[str], data: bytes, *, what: str) -> tuple[Any, ...]:
    """Take ``data`` apart. Raises `MalformedData`, naming ``what``, and as `encode`."""
    with naming_extras():
        from eth_abi.abi import decode as decoded
        from eth_abi.exceptions import DecodingError

    try:
        return decoded(kinds, data)
    except (DecodingError, ValueError, OverflowError):
        raise MalformedData(what) from None
