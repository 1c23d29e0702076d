"""The stored forms of what a client keeps, by version. Those that have landed are never changed.

*A further field* is a new version: ``class LinkV2(LinkV1)`` with that field and its default, and ``LinkV2``
beside ``LinkV1`` in `dm3.client.records`. *A renamed field* keeps its stored name by ``field(name=…)``. *What
says something otherwise* is a new version with an `upgraded` of its own. Then ``make stored`` writes the
forms down; what has landed is compared with that by tests/stored.
"""

from __future__ import annotations

from typing import Literal

from dm3.crypto import Seed, WalletKey
from dm3.store.stored_schema import Stored


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


class ResentMessageV1(Stored):
    """When a message was last sent again."""

    at: int


class AskedV1(Stored):
    """A link request that was sent; part of an asking."""

    link_message: str
    wallet_signature: str
    until: int
    with_keys: bool


class AskingV1(Stored):
    """A linked profile's view of its request and link."""

    state: Literal["unlinked", "requested", "linked", "expired"]
    main_name: str
    link_message: str
    wallet_signature: str
    requested_until: int
    after_accept: bool = False
    public_record: bool = False
    valid_until: int = 0
    accepted_message: str | None = None
    accepted_signature: str = ""
    accepted_until: int = 0
    main_signature: str | None = None
    earlier: tuple[AskedV1, ...] = ()


class RecoveryV1(Stored):
    """A recovery under way."""

    state: Literal["new", "asking", "recovered", "failed"]
    profile_name: str
    profile_hash: str
    main_name: str
    temporary_name: str
    link_message: str
    wallet_signature: str
    started_at: int
    gives_up_at: int
    rejection: str | None = None


class LinkPayloadV1(Stored):
    """The ``link`` member of a message; part of a request."""

    kind: Literal["request", "recover", "accept", "reject", "revoke"]
    profile_name: str
    profile_hash: str
    valid_until: int
    link_message: str
    signature: str
    profile_key: Seed | None = None
    wallet_key: WalletKey | None = None
    nonce: str | None = None
    reason: str | None = None
    vocabulary: str = "LINK"


class RequestV1(Stored):
    """A profile's request at the main profile."""

    state: Literal["none", "pending", "rejected"]
    profile_name: str
    payload: LinkPayloadV1
    main_name: str
    owner: str
    own_wallet: bool
    bound: bool
    uri: str
    nonce: str
    reply_to: str
    reply_hash: str
    message_hash: str
    received_at: int
    expires_at: int
    issued_at: int = 0


class RequestV2(RequestV1):
    """With the page of the link that it is about, and what the wallet has signed."""

    link_uri: str = ""
    opaque: bool = False
    signed_until: int = 0


class LinkV1(Stored):
    """A link at the main profile."""

    state: Literal["none", "awaiting-keys", "linked", "expired"]
    profile_name: str
    profile_hash: str
    main_name: str
    owner: str
    uri: str
    valid_until: int
    linked_at: int
    link_message: str
    vocabulary: str
    profile_key: Seed | None = None
    wallet_key: WalletKey | None = None
    nonce: str | None = None
    recoveries: tuple[int, ...] = ()
    earlier_messages: tuple[str, ...] = ()
    renewals: tuple[str, ...] = ()
    asked_at: int = 0


class LinkMomentV1(Stored):
    """One line of a link's history; part of a link."""

    at: int
    what: Literal["linked", "renewed", "recovered"]
    until: int
    page: str
    to: str


class LinkV2(LinkV1):
    """With the user's word on recoveries and on its term, and its history."""

    recovery: Literal["ask", "unattended"] | None = None
    uncovered: bool = False
    history: tuple[LinkMomentV1, ...] = ()


class UsedNonceV1(Stored):
    """A Link Message's nonce that counts no more."""

    owner: str
    nonce: str
    message_hash: str
    expires_at: int


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


class PairingWindowV1(Stored):
    """Until when other wallets may ask to be linked."""

    until: int


class EscrowDepositV1(Stored):
    """A sealed copy of a profile's keys, and who does not have it yet."""

    blob: bytes
    left: tuple[str, ...]


class StoredWalletV1(Stored):
    """A development wallet."""

    name: str
    key: WalletKey
