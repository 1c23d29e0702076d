"""Passphrases as people type them: one spelling for what is locked, every spelling for what is opened."""

from __future__ import annotations

import re
import unicodedata
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from typing import Final

from dm3.base import checked
from dm3.base.errors import InvalidInput

from .secrets import Passphrase

ENOUGH: Final = 12
"""Characters below which a passphrase is remarked on."""

_DIFFERENT: Final = 6
_COMMON: Final = ("password", "passphrase", "passwort", "letmein", "iloveyou", "secret", "admin", "dm3")
_RUNS: Final = ("abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiopasdfghjklzxcvbnm")


def canonical(given: Passphrase) -> Passphrase:
    """The spelling that something new is locked with: NFC, without a byte order mark.

    What is no text stays as it is. Raises `InvalidInput` for an empty one.
    """
    raw = given.reveal()
    text = _text(raw)
    spelled = raw if text is None else unicodedata.normalize("NFC", text).encode("utf-8")
    if not spelled:
        raise InvalidInput(
            "an empty passphrase protects nothing", hint="Choose several words that nobody can guess."
        )
    return Passphrase(spelled)


def spellings(given: Passphrase) -> list[Passphrase]:
    """How what is already locked may have been spelled: as today, as given, and decomposed (NFD).

    Keyboards and systems compose characters differently, and earlier versions took them as they came.
    """
    raw = given.reveal()
    text = _text(raw)
    found = [raw]
    if text is not None:
        composed, decomposed = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
        found = [composed.encode("utf-8"), text.encode("utf-8"), decomposed.encode("utf-8"), raw]
    return [Passphrase(one) for one in dict.fromkeys(found)]


@checked
def weakness(given: Passphrase) -> str | None:
    """Why a passphrase is easily guessed, as the end of a sentence; None where nothing stands out."""
    text = _text(given.reveal())
    if text is None:
        return None
    plain = text.casefold()
    if len(text) < ENOUGH:
        return f"it has {len(text)} characters; {ENOUGH} are few already"
    if len(set(plain)) < _DIFFERENT:
        return f"it has {len(set(plain))} different characters"
    if re.fullmatch(r"(.{1,8}?)\1+.{0,7}", plain, re.DOTALL):
        return "it repeats itself"
    left = re.sub("|".join(_COMMON), "", plain)
    for run in _RUNS:
        for way in (run, run[::-1]):
            left = re.sub("|".join(way[at : at + 4] for at in range(len(way) - 3)), "", left)
    if len(re.sub(r"[\W\d_]", "", left)) < _DIFFERENT:
        return "it is made of what is tried first: digits, common words or rows of keys"
    return None


def _text(raw: bytes) -> str | None:
    """What was typed; editors put byte order marks before it, some write UTF-16."""
    try:
        if raw.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
            return raw.decode("utf-16").rstrip("\r\n")
        return raw.removeprefix(BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError:
        return None
