"""The stored forms of what is kept of senders, and of what nobody can verify now, by version."""

from __future__ import annotations

from typing import Literal

from dm3.store.vault import Stored


class KeptEnvelopeV1(Stored):
    """What is known of an envelope whose sender nobody can tell."""

    account: str
    mailbox: str
    hash: str
    sender: str
    type: str
    at: int
    kept_at: int
    until: int
    size: int
    state: Literal["waiting", "unverified"]
    reason: str
    sentence: str
    attempts: int
    next_at: int


class SealedEnvelopeV1(Stored):
    """A kept envelope as it came."""

    text: str
    service_key: bytes


class RoomTallyV1(Stored):
    """How much is kept."""

    count: int
    size: int
    domains: dict[str, tuple[int, int]]


class DomainPauseV1(Stored):
    """Until when no name of a domain is looked up for what waits."""

    attempts: int
    until: int


class SeenKeysV1(Stored):
    """A profile as it was seen; part of those of a name."""

    hash: str
    signing_key: bytes
    first_at: int


class SeenProfileV1(Stored):
    """The profiles that were seen under a name."""

    name: str
    seen: tuple[SeenKeysV1, ...]
