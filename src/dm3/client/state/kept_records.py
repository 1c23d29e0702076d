"""What is kept of senders and of what nobody can verify now. Times in UNIX seconds unless said otherwise."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class KeptState(StrEnum):
    """Whether a kept envelope still waits to be judged, or is shown as not verifiable."""

    WAITING = "waiting"
    UNVERIFIED = "unverified"


class KeptEnvelope(Struct, frozen=True, kw_only=True):
    """What is known of an envelope that is kept sealed, because nobody can tell who wrote it (`SEALED`).

    ``account`` is the profile that fetched it, ``mailbox`` the name of the mailbox in which it lay.
    ``hash`` is that of the message, ``sender`` the name that it claims, ``type`` its type as on the wire.
    ``at`` is its time in milliseconds; ``kept_at`` and ``until`` are when it was kept, and until when it is
    looked at again. ``size`` is in bytes. ``reason`` is a code, ``sentence`` what stands in the way.
    After ``attempts`` it is looked at again at ``next_at``.
    """

    account: str
    mailbox: str
    hash: str
    sender: str
    type: str
    at: int
    kept_at: int
    until: int
    size: int
    state: KeptState
    reason: str
    sentence: str
    attempts: int
    next_at: int


class SealedEnvelope(Struct, frozen=True):
    """A kept envelope as it came (JSON text), and the signing key of the service that kept it before."""

    text: str
    service_key: bytes


class RoomTally(Struct, frozen=True):
    """How many envelopes are kept, of how many bytes in all; by domain of the claimed senders, too."""

    count: int = 0
    size: int = 0
    domains: dict[str, tuple[int, int]] = {}


class DomainPause(Struct, frozen=True):
    """Until when no name of a domain is looked up for what waits, after so many attempts in vain."""

    attempts: int
    until: int


class SeenKeys(Struct, frozen=True):
    """A profile as it was seen: its hash, its signing key, and when it was first seen, in seconds."""

    hash: str
    signing_key: bytes
    first_at: int


class SeenProfile(Struct, frozen=True):
    """The profiles that were seen under a name, the last one being in force."""

    name: str
    seen: tuple[SeenKeys, ...]
