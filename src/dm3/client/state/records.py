"""What a client keeps in its vault, and on which shelf. Times in UNIX seconds unless said otherwise."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct

from dm3.crypto import KeyWallet, ProfileKeys, Seed, WalletKey, reader_id_from
from dm3.model import SignedProfile
from dm3.protocol.linking import Asking, Link, PairingOffer, Recovery, Request
from dm3.protocol.messages import PeerName
from dm3.store.vault import Shelf
from dm3.wire import read_signed_profile

from . import stored_kept, stored_links
from . import stored_records as stored
from .kept_records import (
    DomainPause,
    KeptEnvelope,
    RefusedMessage,
    RoomTally,
    SealedEnvelope,
    SeenProfile,
)
from .outbox_entry import OutboxEntry


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
    """An alias still to be claimed: a chosen name, or an owner alias with its owner's authorisation."""

    alias: str
    owner: str | None = None
    message: str | None = None
    signature: str | None = None


class Identity(Struct, frozen=True, kw_only=True):
    """A profile of our own with its keys.

    ``name`` is its own name for good, ``app`` the domain that it is of: for a profile that its owner
    publishes under an ENS name alone, that name itself.
    ``address`` has signed the profile; ``owner`` is the user's wallet. ``wallet_key`` is the LSP's own
    wallet, which ``wallet_is_random`` marks as one that cannot be derived from the seed.
    ``reader`` is this device's name at the delivery services. ``signed`` is the signed profile's JSON.
    After a rotation ``replaces`` is the former profile's hash until the new one is published, and
    ``former`` are the seeds whose messages may still be under way; ``authorization`` is the
    wallet's word that the new profile replaces that one, where the wallet is not held here.
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
        """This device's name at the delivery services of the linked ``profile``, another one for each.

        The names of an earlier version tell the profile's kind; under those messages are kept already.
        """
        told = f"{self.kind}-" if self.reader.startswith(f"{self.kind}-") else ""
        return told + reader_id_from(self._first_seed, self.reader, profile)

    @property
    def _first_seed(self) -> Seed:
        """The seed by which readers are named: a main profile's stay as they are when it has new keys."""
        return self.former[-1] if self.kind is IdentityKind.MAIN and self.former else self.seed

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
    """A message in a conversation of ``profile``; ``text`` is its canonical JSON.

    ``peer`` is the name from which it came or to which it went, one of those that the peer has.

    ``at`` is the time to order by in milliseconds: the delivery service's where it postmarked the
    message, else the sender's own. ``discarded`` says that it was given up and never sent. Of one whose
    conversation was deleted, ``peer``, ``type`` and ``text`` are empty.
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
    """The head of a conversation; ``last_at`` in milliseconds.

    One is kept for each name of a peer. As one conversation they are told under the name ``peer`` by which
    the peer is known best, with all other names in ``also``.
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


class Notice(Struct, frozen=True):
    """Something that the user should know; ``at`` in seconds."""

    account: str
    kind: str
    sentence: str
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


NEWEST: Final = 1_000
"""How much is kept of what anybody may cause by writing to a profile: no stranger fills a vault."""

TOLD_KEPT: Final = 10_000
"""More than is told within the longest time for which a request may wait, at ten an hour."""

IDENTITIES: Final = Shelf("identity", Identity, stored.IdentityV1, stored.IdentityV2)
MESSAGES: Final = Shelf("message", StoredMessage, stored.StoredMessageV1)
CONVERSATIONS: Final = Shelf("conversation", Conversation, stored.ConversationV1)
PEER_NAMES: Final = Shelf("peer-name", PeerName, stored.PeerNameV1)
OUTBOX: Final = Shelf("outbox", OutboxEntry, stored.OutboxEntryV1, stored.OutboxEntryV2)
RESENT: Final = Shelf("resent", ResentMessage, stored.ResentMessageV1)
ASKINGS: Final = Shelf("asking", Asking, stored_links.AskingV1, stored_links.AskingV2)
RECOVERIES: Final = Shelf("recovery", Recovery, stored_links.RecoveryV1, stored_links.RecoveryV2)
REQUESTS: Final = Shelf("request", Request, stored_links.RequestV1, stored_links.RequestV2)
LINKS: Final = Shelf("link", Link, stored_links.LinkV1, stored_links.LinkV2)
NONCES: Final = Shelf("nonce", UsedNonce, stored_links.UsedNonceV1)
RECORDS: Final = Shelf("record", PendingRecord, stored.PendingRecordV1)
REFUSED: Final = Shelf("refused", RefusedMessage, stored.RefusedMessageV1, newest=NEWEST)
KEPT: Final = Shelf("kept-envelope", KeptEnvelope, stored_kept.KeptEnvelopeV1)
SEALED: Final = Shelf("sealed-envelope", SealedEnvelope, stored_kept.SealedEnvelopeV1)
TALLIES: Final = Shelf("room-tally", RoomTally, stored_kept.RoomTallyV1)
PAUSES: Final = Shelf("domain-pause", DomainPause, stored_kept.DomainPauseV1, newest=NEWEST)
SEEN: Final = Shelf("seen-profile", SeenProfile, stored_kept.SeenProfileV1, newest=10 * NEWEST)
TOLD: Final = Shelf("told", ToldRequest, stored_links.ToldRequestV1, newest=TOLD_KEPT)
NOTICES: Final = Shelf("notice", Notice, stored.NoticeV1, newest=NEWEST)
OFFERS: Final = Shelf("pairing", PairingOffer, stored_links.PairingOfferV1)
WINDOWS: Final = Shelf("window", PairingWindow, stored_links.PairingWindowV1)
DEPOSITS: Final = Shelf("escrow", EscrowDeposit, stored.EscrowDepositV1)
CODES: Final = Shelf("recovery-code", RecoveryCodeMade, stored.RecoveryCodeMadeV1)
WALLETS: Final = Shelf("wallet", StoredWallet, stored.StoredWalletV1)


def link_key(account: str, profile: str) -> str:
    """Where the request and the link of ``profile`` lie: a vault may hold several main profiles."""
    return f"{account}|{profile}"
