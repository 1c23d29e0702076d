"""Our people in the reference's words, for tests that go both ways."""

from __future__ import annotations

import json
from typing import Any

from dm3.base import canonical_json, to_base64
from dm3.crypto import ProfileKeys
from dm3.wire import with_signature
from tests.unit.people import ALICE, BOB, SERVICE, Person, stream

__all__ = [
    "ALICE",
    "BOB",
    "NOW",
    "SERVICE",
    "canonical_of",
    "encryption_pair",
    "profile_members",
    "reference_keys",
    "service_members",
    "signing_pair",
    "stream",
]

NOW = 1_704_164_645_678


def encryption_pair(keys: ProfileKeys) -> dict[str, str]:
    return {
        "publicKey": to_base64(keys.encryption_public),
        "privateKey": to_base64(keys.encryption_private.reveal()),
    }


def signing_pair(keys: ProfileKeys) -> dict[str, str]:
    return {
        "publicKey": to_base64(keys.signing_public),
        "privateKey": to_base64(keys.signing_private.reveal()),
    }


def reference_keys(person: Person) -> dict[str, Any]:
    return {
        "encryptionKeyPair": encryption_pair(person.keys),
        "signingKeyPair": signing_pair(person.keys),
    }


def profile_members(person: Person) -> dict[str, Any]:
    """A person's unsigned profile as the reference takes it."""
    members: dict[str, Any] = json.loads(with_signature(person.profile, "0x").profile_text)
    return members


def service_members() -> dict[str, Any]:
    """The delivery service's profile as the reference takes it."""
    members = profile_members(SERVICE)
    del members["deliveryServices"]
    return {**members, "url": "https://ds.example"}


def canonical_of(value: Any) -> str:
    """The reference answers with objects; what would travel is their canonical JSON."""
    return canonical_json(value)
