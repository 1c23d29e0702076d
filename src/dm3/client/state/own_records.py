"""Records of a vault that the client keeps for itself and shows to nobody. Times in UNIX seconds."""

from __future__ import annotations

from msgspec import Struct

from dm3.crypto import WalletKey


class ResentMessage(Struct, frozen=True):
    """When a message of ours was last sent again because its receiver asked; UNIX seconds."""

    at: int


class UsedNonce(Struct, frozen=True):
    """A Link Message's nonce, whose it is, the message that used it, and when it may be forgotten."""

    owner: str
    nonce: str
    message_hash: str
    expires_at: int


class PendingRecord(Struct, frozen=True):
    """A text record still to be published; ``value`` None withdraws it."""

    name: str
    key: str
    value: str | None


class ToldRequest(Struct, frozen=True):
    """A Link Message whose asker was told that it is refused, by its hash, and when."""

    text_hash: str
    at: int


class PairingWindow(Struct, frozen=True):
    """What an earlier version kept instead of a pairing code: until when other wallets might ask."""

    until: int


class EscrowDeposit(Struct, frozen=True):
    """A sealed copy of a profile's keys, and the delivery services that do not have it yet."""

    blob: bytes
    left: tuple[str, ...]


class RecoveryCodeMade(Struct, frozen=True):
    """That the keys of a profile are in escrow under a recovery code, made ``at`` (UNIX seconds)."""

    at: int


class StoredWallet(Struct, frozen=True):
    """A development wallet."""

    name: str
    key: WalletKey
