"""What a deposit in escrow says of the key that seals it (specification 3.8, 5.9)."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

from msgspec import Struct

from dm3.base import Members, canonical_json, from_base64, read_json
from dm3.base.errors import InvalidInput


class SealedBy(StrEnum):
    """Where the sealing key comes from."""

    ENTROPY = "entropy"
    CODE = "code"
    PASSKEY = "passkey"


_KINDS: Final = {1: SealedBy.ENTROPY, 2: SealedBy.CODE, 3: SealedBy.PASSKEY}
_PASSKEY: Final = {"salt": 128, "credentialId": 2_048, "rpId": 255}
"""What a passkey needs besides, and how many characters each has at most."""


class Sealing(Struct, frozen=True, kw_only=True):
    """What seals a deposit; for a passkey its ``salt`` and ``credential_id`` (base64), and ``rp_id``."""

    sealed_by: SealedBy
    salt: str | None = None
    credential_id: str | None = None
    rp_id: str | None = None

    def members(self) -> dict[str, str]:
        """As JSON members, those that there are."""
        told = {
            "sealedBy": str(self.sealed_by),
            "salt": self.salt,
            "credentialId": self.credential_id,
            "rpId": self.rp_id,
        }
        return {name: value for name, value in told.items() if value is not None}

    @property
    def text(self) -> str:
        """As canonical JSON."""
        return canonical_json(self.members())


def sealing_of(blob: bytes) -> Sealing | None:
    """What the bytes themselves say, by their second one; None where that is not known here."""
    kind = _KINDS.get(blob[1]) if len(blob) > 1 else None
    return None if kind is None else Sealing(sealed_by=kind)


def sealing_from(value: Any, blob: bytes) -> Sealing | None:
    """Read what a deposit says; one of an earlier client says nothing, and its bytes count.

    Raises `InvalidInput` where both differ, or a passkey's members are missing, and `MalformedData`.
    """
    members, own = Members(value, "the escrow"), sealing_of(blob)
    told = members.optional_text("sealedBy", max_length=20)
    if told is None:
        return own
    if told not in set(SealedBy) or (own is not None and told != own.sealed_by):
        raise InvalidInput("sealedBy is not what the blob is sealed by")
    if told != SealedBy.PASSKEY:
        return Sealing(sealed_by=SealedBy(told))
    found = {name: members.optional_text(name, max_length=most) for name, most in _PASSKEY.items()}
    if not all(found.values()):
        raise InvalidInput("a passkey's deposit names salt, credentialId and rpId")
    for name in ("salt", "credentialId"):
        from_base64(found[name] or "", what=name)
    return Sealing(
        sealed_by=SealedBy.PASSKEY,
        salt=found["salt"],
        credential_id=found["credentialId"],
        rp_id=found["rpId"],
    )


def kept_sealing(text: str | None, blob: bytes) -> Sealing | None:
    """What was kept of a deposit; None: the bytes count."""
    return sealing_of(blob) if text is None else sealing_from(read_json(text, what="the sealing"), blob)
