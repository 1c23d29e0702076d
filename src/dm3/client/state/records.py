"""The types of record that a client keeps in its vault. Times in UNIX seconds unless said otherwise."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct

from dm3.protocol.linking import Link, OutgoingLink, PairingOffer, Recovery, Request
from dm3.protocol.messages import PeerName
from dm3.store.vault import RecordType

from . import stored_kept, stored_links
from . import stored_records as stored
from .identity import Identity
from .kept_records import DomainPause, KeptEnvelope, RoomTally, SealedEnvelope, SeenProfile
from .outbox_entry import OutboxEntry
from .own_records import (
    EscrowDeposit,
    PairingWindow,
    PendingRecord,
    RecoveryCodeMade,
    ResentMessage,
    StoredWallet,
    ToldRequest,
    UsedNonce,
)


class Direction(StrEnum):
    """Whether a message came or was sent."""

    IN = "in"
    OUT = "out"


class StoredMessage(Struct, frozen=True, kw_only=True):
    """A message in a conversation.

    Of one whose conversation was deleted, ``peer``, ``type`` and ``text`` are empty.

    ``profile``: our profile whose conversation it is in.
    ``peer``: the name from which it came or to which it went, one of those that the peer has.
    ``direction``: in or out.
    ``hash``: the message's hash, 0x-hex.
    ``type``: its type as on the wire.
    ``content``: its text as people read it; None where it has none.
    ``text``: its canonical JSON.
    ``at``: the time to order by in milliseconds: the delivery service's where it postmarked it, else the
    sender's.
    ``reference``: the hash of the message that it is about.
    ``unread``: the user has not read it yet.
    ``discarded``: it was given up and never sent.
    """

    profile: str
    peer: str
    direction: Direction
    hash: str
    type: str
    content: str | None
    text: str
    at: int
    reference: str | None = None
    unread: bool = False
    discarded: bool = False


class Conversation(Struct, frozen=True, kw_only=True):
    """The head of a conversation. One is kept for each name of a peer.

    ``profile``: our profile whose conversation it is.
    ``peer``: the name by which the peer is known best.
    ``last_at``: when its newest message was written, in UNIX milliseconds.
    ``messages``: how many messages it has.
    ``unread``: how many of them the user has not read.
    ``also``: all other names of the peer.
    """

    profile: str
    peer: str
    last_at: int
    messages: int
    unread: int
    also: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every name of the peer, the one to show first."""
        return (self.peer, *self.also)


class RefusedMessage(Struct, frozen=True, kw_only=True):
    """A message that was not taken in, and why; kept so that nothing is lost silently.

    Of the message itself only this is kept: it may have carried keys. The newest of a profile are kept.

    ``account``: our profile to which it came.
    ``hash``: the message's hash, or what stands for it where it does not open.
    ``sender``: the name that it claims to be from; may be empty.
    ``type``: its type as on the wire; may be empty.
    ``reason``: the error's code.
    ``sentence``: what was wrong with it.
    ``at``: when it was refused, in UNIX seconds.
    """

    account: str
    hash: str
    sender: str
    type: str
    reason: str
    sentence: str
    at: int


class Notice(Struct, frozen=True):
    """Something that the user should know.

    ``account``: our profile that it is about.
    ``kind``: what has happened, a word of the table in docs/sdk.md.
    ``sentence``: what people read.
    ``at``: when, in UNIX seconds.
    """

    account: str
    kind: str
    sentence: str
    at: int


NEWEST: Final = 1_000
"""How much is kept of what anybody may cause by writing to a profile: no stranger fills a vault."""

TOLD_KEPT: Final = 10_000
"""More than is told within the longest time for which a request may wait, at ten an hour."""

SEEN_KEPT: Final = 10_000
"""Of how many names of one domain it is kept which profiles they had: anybody may register names."""

IDENTITIES: Final = RecordType("identity", Identity, stored.IdentityV1, stored.IdentityV2)
MESSAGES: Final = RecordType("message", StoredMessage, stored.StoredMessageV1)
CONVERSATIONS: Final = RecordType("conversation", Conversation, stored.ConversationV1)
PEER_NAMES: Final = RecordType("peer-name", PeerName, stored.PeerNameV1)
OUTBOX: Final = RecordType("outbox", OutboxEntry, stored.OutboxEntryV1, stored.OutboxEntryV2)
RESENT: Final = RecordType("resent", ResentMessage, stored.ResentMessageV1)
ASKINGS: Final = RecordType("asking", OutgoingLink, stored_links.AskingV1, stored_links.AskingV2)
RECOVERIES: Final = RecordType("recovery", Recovery, stored_links.RecoveryV1, stored_links.RecoveryV2)
REQUESTS: Final = RecordType("request", Request, stored_links.RequestV1, stored_links.RequestV2)
LINKS: Final = RecordType("link", Link, stored_links.LinkV1, stored_links.LinkV2)
NONCES: Final = RecordType("nonce", UsedNonce, stored_links.UsedNonceV1, newest=NEWEST)
"""By wallet: one that signs without end pushes out its own nonces, and nobody else's."""
RECORDS: Final = RecordType("record", PendingRecord, stored.PendingRecordV1)
REFUSED: Final = RecordType("refused", RefusedMessage, stored.RefusedMessageV1, newest=NEWEST)
KEPT: Final = RecordType("kept-envelope", KeptEnvelope, stored_kept.KeptEnvelopeV1)
SEALED: Final = RecordType("sealed-envelope", SealedEnvelope, stored_kept.SealedEnvelopeV1)
TALLIES: Final = RecordType("room-tally", RoomTally, stored_kept.RoomTallyV1)
PAUSES: Final = RecordType("domain-pause", DomainPause, stored_kept.DomainPauseV1, newest=NEWEST)
SEEN: Final = RecordType("seen-profile", SeenProfile, stored_kept.SeenProfileV1, newest=SEEN_KEPT)
"""By domain; those of contacts move to a section of their own rather than being pushed out."""
TOLD: Final = RecordType("told", ToldRequest, stored_links.ToldRequestV1, newest=TOLD_KEPT)
NOTICES: Final = RecordType("notice", Notice, stored.NoticeV1, newest=NEWEST)
OFFERS: Final = RecordType("pairing", PairingOffer, stored_links.PairingOfferV1)
WINDOWS: Final = RecordType("window", PairingWindow, stored_links.PairingWindowV1)
DEPOSITS: Final = RecordType("escrow", EscrowDeposit, stored.EscrowDepositV1)
CODES: Final = RecordType("recovery-code", RecoveryCodeMade, stored.RecoveryCodeMadeV1)
WALLETS: Final = RecordType("wallet", StoredWallet, stored.StoredWalletV1)


def link_key(account: str, profile: str) -> str:
    """Where the request and the link of ``profile`` lie: a vault may hold several main profiles."""
    return f"{account}|{profile}"
