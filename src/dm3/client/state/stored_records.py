"""The stored forms of what a client keeps, by version. Those that have landed are never changed.

*A further field* is a new version: ``class LinkV2(LinkV1)`` with that field and its default, and ``LinkV2``
beside ``LinkV1`` in `dm3.client.state.records`. *A renamed field* keeps its stored name by ``field(name=…)``.
*What says something otherwise* is a new version with an `upgraded` of its own. Then ``make stored`` writes
the forms down; what has landed is compared with that by tests/stored.
"""

from __future__ import annotations

from typing import Literal

from dm3.crypto import Seed, WalletKey
from dm3.store.vault import Stored


class AliasClaimV1(Stored):
    """An alias still to be claimed; part of an identity."""

    alias: str
    owner: str | None = None
    message: str | None = None
    signature: str | None = None


class IdentityV1(Stored):
    """A profile of our own."""

    kind: Literal["main", "limited", "temporary"]
    name: str
    aliases: tuple[str, ...]
    app: str
    uri: str
    address: str
    owner: str
    seed: Seed
    nonce: str
    signed: str
    reader: str
    stage: Literal["keys-made", "name-claimed", "alias-claimed", "taken-over", "ready"]
    wallet_key: WalletKey | None = None
    wallet_is_random: bool = False
    readable_by_site: bool = False
    claim: AliasClaimV1 | None = None
    replaces: str | None = None
    former: tuple[Seed, ...] = ()


class IdentityV2(IdentityV1):
    """With the wallet's word for new keys."""

    authorization: str | None = None


class StoredMessageV1(Stored):
    """A message of a conversation."""

    profile: str
    peer: str
    direction: Literal["in", "out"]
    hash: str
    type: str
    content: str | None
    text: str
    at: int
    reference: str | None = None
    unread: bool = False
    discarded: bool = False


class ConversationV1(Stored):
    """The head of a conversation."""

    profile: str
    peer: str
    last_at: int
    messages: int
    unread: int
    also: tuple[str, ...] = ()


class PeerNameV1(Stored):
    """A name of a peer."""

    name: str
    met_at: int
    owner: str = ""
    profile: str = ""
    heard_at: int = 0
    changed_at: int = 0
    checked_at: int = 0
    ask_after: int = 0
    apart: bool = False


class OutboxEntryV1(Stored):
    """A message on its way."""

    id: str
    account: str
    to: str
    sender: str
    text: str
    message_hash: str
    created_at: int
    next_at: int
    attempts: int = 0
    state: Literal["waiting", "failed"] = "waiting"
    last_error: str = ""
    receiver_hash: str | None = None
    seed: Seed | None = None
    optional: bool = False
    last_code: str = ""


class OutboxEntryV2(OutboxEntryV1):
    """It may be for one owner's name only."""

    receiver_owner: str | None = None


class ResentMessageV1(Stored):
    """When a message was last sent again."""

    at: int


class PendingRecordV1(Stored):
    """A text record still to be published."""

    name: str
    key: str
    value: str | None


class RefusedMessageV1(Stored):
    """A message that was not taken in."""

    account: str
    hash: str
    sender: str
    type: str
    reason: str
    sentence: str
    at: int


class NoticeV1(Stored):
    """Something that the user should know."""

    account: str
    kind: str
    sentence: str
    at: int


class EscrowDepositV1(Stored):
    """A sealed copy of a profile's keys, and who does not have it yet."""

    blob: bytes
    left: tuple[str, ...]


class RecoveryCodeMadeV1(Stored):
    """That there is a recovery code of a profile, not the code."""

    at: int


class StoredWalletV1(Stored):
    """A development wallet."""

    name: str
    key: WalletKey


class MarksV1(Stored):
    """What was decided about a conversation."""

    profile: str
    peer: str
    blocked: bool = False
    allowed: bool = False
    archived: bool = False
    pinned: bool = False
    muted: bool = False
    read_up_to: int = 0
    draft: str = ""
    changed_at: int = 0


class ProfileSettingsV1(Stored):
    """What is set for a main profile."""

    who_may_ask: Literal["own-wallet", "anyone"] | None
    term_limit: int | None
    recovery: Literal["ask", "unattended"] | None
    recoveries_per_day: int | None
    notices: Literal["all", "recoveries"] | None
    send_receipts: bool | None
