"""Pairing codes: 50 random bits that one user takes from one screen to another (specification 5.1)."""

from __future__ import annotations

from typing import Final

from dm3.base import checked
from dm3.base.errors import InvalidInput

from .crockford import parse_signs, print_signs
from .derivation import RandomBytes
from .secrets import PairingCode

CODE_SIGNS: Final = 10
GROUP: Final = 5


class MistypedPairingCode(InvalidInput):
    """The pairing code is mistyped."""

    code = "mistyped-pairing-code"
    hint = "It has ten signs, such as 7KQ2M-9XWD4: compare it with what the messenger shows."


def new_pairing_code(random: RandomBytes) -> PairingCode:
    """Draw a code."""
    return _code(int.from_bytes(random(7)))


@checked
def print_pairing_code(code: PairingCode) -> str:
    """The code as the user sees it: ``XXXXX-XXXXX``. It is the secret itself."""
    signs = code.reveal().decode("ascii")
    return f"{signs[:GROUP]}-{signs[GROUP:]}"


def parse_pairing_code(text: str) -> PairingCode:
    """Read a code in any case, with any or no separators; I and L are read as 1, O as 0.

    Raises `MistypedPairingCode`, which repeats nothing of the text.
    """
    try:
        return _code(parse_signs(text, CODE_SIGNS))
    except InvalidInput as error:
        raise MistypedPairingCode(error.detail) from None


def _code(number: int) -> PairingCode:
    return PairingCode(print_signs(number, CODE_SIGNS, CODE_SIGNS).encode("ascii"))
