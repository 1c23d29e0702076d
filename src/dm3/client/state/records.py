"""The types of record that a client keeps in its vault. Times in UNIX seconds unless said otherwise."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct

from dm3.crypto import KeyWallet, ProfileKeys, Seed, WalletKey, reader_id_from
from dm3.model import SignedProfile
from dm3.protocol.linking import Link, OutgoingLink, PairingOffer, Recovery, Request
from dm3.protocol.messages import PeerName
from dm3.store.vault import RecordType
from dm3.wire import read_signed_profile

from . import stored_kept, stored_links
from . import stored_records as stored
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


class IdentityKind(StrEnum):
    """What a profile is for."""

    MAIN = "main"
    LIMITED = "limited"
    TEMPORARY = "temporary"


class Stage(StrEnum):
    """How far a profile's creation has come; a crash between two steps resumes at the stage kept.

    Once the name is claimed it leads to the profile, be it that its owner has published it there. A profile
    that was *taken over* is in use elsewhere: all that is left to do is to register this device's reader.
    """

    KEYS_MADE = "keys-made"
    NAME_CLAIMED = "name-claimed"
    ALIAS_CLAIMED = "alias-claimed"
    TAKEN_OVER = "taken-over"
    READY = "ready"


class AliasClaim(Struct, frozen=True):
    """An alias still to be claimed: a chosen name, or an owner alias with its owner's authorisation.

    ``alias``: the name, in normal form.
    ``owner``: the wallet that it belongs to (EIP-55), of an owner alias.
    ``message``: the text that the owner has signed, of an owner alias.
    ``signature``: the owner's signature over it, 0x-hex.
    """

    alias: str
    owner: str | None = None
    message: str | None = None
    signature: str | None = None


class Identity(Struct, frozen=True, kw_only=True):
    """A profile of our own with its keys.

    ``kind``: main or limited profile, or another kind of use.
    ``name``: its own name for good.
    ``aliases``: further names of it, in normal form.
    ``app``: the domain that it is of; of a profile that its owner publishes under an ENS name alone, that
    name.
    ``uri``: the page that it is of.
    ``address``: the account that has signed the profile (EIP-55).
    ``owner``: the account of the user's wallet (EIP-55).
    ``seed``: what its keys are derived from.
    ``nonce``: the key-creation nonce.
    ``signed``: the signed profile's JSON.
    ``reader``: this device's name at the delivery services.
    ``stage``: how far its creation has come.
    ``wallet_key``: the limited profile's own wallet.
    ``wallet_is_random``: that wallet cannot be derived from the seed.
    ``readable_by_site``: its wallet comes from its site's entropy, so the site can read what it writes.
    ``claim``: what is left to be claimed of a creation that broke off.
    ``replaces``: after a rotation, the former profile's hash until the new one is published.
    ``former``: after a rotation, the seeds whose messages may still be under way.
    ``authorization``: the wallet's word for that, where the wallet is not held here.
    """

    kind: IdentityKind
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
    stage: Stage
    wallet_key: WalletKey | None = None
    wallet_is_random: bool = False
    readable_by_site: bool = False
    claim: AliasClaim | None = None
    replaces: str | None = None
    former: tuple[Seed, ...] = ()
    authorization: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Every name of this profile, its own first."""
        return tuple(dict.fromkeys((self.name, *self.aliases)))

    @property
    def is_self_published(self) -> bool:
        """Whether its own name is one that its owner publishes it under; no resolver of dm3 keeps it."""
        return self.name == self.app

    @property
    def is_begun(self) -> bool:
        """Whether its creation has not come to its end yet; nobody has written to it or with it."""
        in_use = self.stage in (Stage.TAKEN_OVER, Stage.READY) or self.replaces is not None
        return not in_use

    @property
    def shown_name(self) -> str:
        """The name that others are told: a chosen alias where there is one."""
        return self.aliases[0] if self.kind is IdentityKind.MAIN and self.aliases else self.name

    @property
    def keys(self) -> ProfileKeys:
        """The profile's key pairs."""
        return ProfileKeys.from_seed(self.seed)

    @property
    def former_keys(self) -> tuple[ProfileKeys, ...]:
        """The key pairs before the last rotations, newest first: they open what is still under way."""
        return tuple(map(ProfileKeys.from_seed, self.former))

    def reader_of(self, profile: str) -> str:
        """This device's name at the services of the linked ``profile``, the same whatever the keys."""
        told = f"{self.kind}-" if self.reader.startswith(f"{self.kind}-") else ""
        seed = (self.former or (self.seed,))[-1] if self.kind is IdentityKind.MAIN else self.seed
        return told + reader_id_from(seed, self.reader, profile)

    @property
    def profile(self) -> SignedProfile:
        """The signed profile."""
        return read_signed_profile(self.signed)

    @property
    def wallet(self) -> KeyWallet | None:
        """The LSP's own wallet."""
        return KeyWallet(self.wallet_key) if self.wallet_key else None


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
SEEN: Final = RecordType("seen-profile", SeenProfile, stored_kept.SeenProfileV1, newest=10 * NEWEST)
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
