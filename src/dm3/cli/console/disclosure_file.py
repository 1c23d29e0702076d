"""What opens a private link record, as JSON: printed by one program, read by another."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from dm3.base import Members, read_json
from dm3.base.errors import InvalidInput, MalformedData, TooLarge
from dm3.protocol.linking import Disclosure

from .session import read_text

LONGEST: Final = {"main": 255, "mainSignature": 200, "salt": 200}
"""The members, and how many characters each has at most."""


def disclosure_json(disclosure: Disclosure) -> dict[str, str]:
    """A disclosure as ``{"main", "mainSignature", "salt"}``."""
    return dict(zip(LONGEST, (disclosure.main, disclosure.main_signature, disclosure.salt), strict=True))


def read_disclosure(file: Path) -> Disclosure:
    """The disclosure in a file, or on standard input for ``-``; other members are left alone.

    Raises `ConfigurationError` when it cannot be read and `InvalidInput` when it holds something else.
    """
    text = read_text(file)
    try:
        members = Members(read_json(text, what="the disclosure"), "the disclosure")
        return Disclosure(*(members.text(name, max_length=most) for name, most in LONGEST.items()))
    except (MalformedData, TooLarge) as error:
        raise InvalidInput(
            f"{file} holds no disclosure: {error.detail}",
            hint="It is what `dm3 link disclose` prints: a JSON object with main, mainSignature and salt.",
        ) from None
