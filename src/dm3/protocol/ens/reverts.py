"""Why a contract refused, in words: the errors that Solidity itself knows."""

from __future__ import annotations

from typing import Final

from dm3.base import to_hex
from dm3.base.errors import MalformedData

from .abi import read_text, read_word

_ERROR: Final = bytes.fromhex("08c379a0")
_PANIC: Final = bytes.fromhex("4e487b71")
_LONGEST: Final = 200


def revert_reason(data: bytes) -> str:
    """The sentence in ``Error(string)``, else the error's selector; printable, at most 200 characters."""
    if not data:
        return "it gives no reason"
    try:
        if data[:4] == _ERROR:
            return f"it says {_printable(read_text(data[4:], 0))!r}"
        if data[:4] == _PANIC:
            return f"it failed with panic {read_word(data[4:], 0):#x}"[:_LONGEST]
    except MalformedData:
        pass
    return f"with the error {to_hex(data[:4])}"


def _printable(text: str) -> str:
    # The contract is a stranger's: nothing that moves a terminal's cursor goes into our sentences.
    return "".join(sign if sign.isprintable() else " " for sign in text[:_LONGEST])
