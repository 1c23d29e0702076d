"""Fingerprints: what two people compare to know that they mean the same keys."""

from __future__ import annotations

from typing import Final

from dm3.base import checked, sha256_hex, to_base64
from dm3.model import Profile

_LABEL: Final = "dm3lpp/v1/fingerprint"
_DIGITS: Final = 40
_GROUP: Final = 4


@checked
def fingerprint(profile: Profile) -> str:
    """The fingerprint of a profile's two public keys: 160 bits in groups of four hex digits.

    It is the same under every name of the profile, and wherever its delivery services are. SHA-256 of the
    label, the signing key and the encryption key (standard base64), each on a line of its own.
    """
    told = "\n".join((_LABEL, to_base64(profile.signing_key), to_base64(profile.encryption_key)))
    digits = sha256_hex(told).removeprefix("0x")[:_DIGITS]
    return " ".join(digits[start : start + _GROUP] for start in range(0, _DIGITS, _GROUP))
