"""Recovery codes: random bits in a form that people copy from paper (specification 3.8).

Eight groups of four signs of Crockford's base32: 136 random bits, and 24 bits of a checksum that tells a
mistyped code from a wrong one before anybody is asked.
"""

from __future__ import annotations

import hashlib
from typing import Final

from dm3.base import checked
from dm3.base.errors import InvalidInput

from .crockford import parse_signs, print_signs
from .derivation import RandomBytes
from .secrets import RecoveryCode

CODE_SIGNS: Final = 32
GROUP: Final = 4

_LABEL: Final = b"dm3lpp/v1/recovery-code"
_CHECK_BYTES: Final = 3


class MistypedCode(InvalidInput):
    """The recovery code is mistyped."""

    code = "mistyped-code"
    hint = "Compare it with what you have written down, group by group."


def new_recovery_code(random: RandomBytes) -> RecoveryCode:
    """Draw a code."""
    return RecoveryCode(random(17))


@checked
def print_recovery_code(code: RecoveryCode) -> str:
    """The code as the user sees it, once: ``XXXX-XXXX-…``, 39 characters. It is the secret itself."""
    raw = code.reveal()
    return print_signs(int.from_bytes(raw + _check(raw)), CODE_SIGNS, GROUP)


def parse_recovery_code(text: str) -> RecoveryCode:
    """Read a code in any case, with any or no separators; I and L are read as 1, O as 0.

    Raises `MistypedCode`, which repeats nothing of the text.
    """
    try:
        number = parse_signs(text, CODE_SIGNS)
    except InvalidInput as error:
        raise MistypedCode(error.detail) from None
    data = number.to_bytes(CODE_SIGNS * 5 // 8)
    raw, check = data[:-_CHECK_BYTES], data[-_CHECK_BYTES:]
    if check != _check(raw):
        raise MistypedCode("its checksum does not fit")
    return RecoveryCode(raw)


def _check(raw: bytes) -> bytes:
    return hashlib.sha256(_LABEL + raw).digest()[:_CHECK_BYTES]
