"""What each side remembers of a link: frozen records, times in UNIX seconds (specification 3.3)."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from dm3.crypto import Seed, WalletKey
from dm3.model import LinkKind, LinkPayload

from .pairing import PairingProofs
from .policy import RecoveryMode
from .tables import LinkState, OutgoingLinkState, RequestState


class Request(Struct, frozen=True, kw_only=True):
    """A profile's request at the main profile. Times in UNIX seconds.

    ``state``: whether it waits or was rejected.
    ``profile_name``: the profile that would be linked.
    ``payload``: what it has sent; may carry its keys.
    ``main_name``: the name of the main profile that was asked.
    ``owner``: the account whose wallet has signed (EIP-55).
    ``own_wallet``: that wallet owns the main profile, too.
    ``bound``: what the wallet signed names the profile and its page.
    ``uri``: the page that asks.
    ``nonce``: the Link Message's nonce.
    ``reply_to``: the name that asked; for a recovery the temporary profile that would get the keys.
    ``reply_hash``: the hash of that name's signed profile.
    ``message_hash``: the message that brought it.
    ``received_at``: when it came.
    ``expires_at``: how long it may wait.
    ``issued_at``: when the Link Message says that it was made.
    ``link_uri``: the page of the link which it is about, empty where there is none.
    ``opaque``: the wallet signed a hash, which nobody can read; such a request is never ``bound``.
    ``paired``: it has proved a pairing code, and this is what proves that to whom asked.
    ``signed_until``: until when the link would last by the wallet's text, 0 for no end; asked is
    ``payload.valid_until``.
    """

    state: RequestState
    profile_name: str
    payload: LinkPayload
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
    link_uri: str = ""
    opaque: bool = False
    paired: str | None = None
    signed_until: int = 0

    @property
    def is_uncovered(self) -> bool:
        """Whether the link would last longer than the wallet's text says."""
        return not self.is_recovery and 0 < self.signed_until < self.payload.valid_until

    @property
    def is_recovery(self) -> bool:
        """Whether keys are to be given back, to ``reply_to``; else a profile asks to be linked."""
        return self.payload.kind is LinkKind.RECOVER


class Moment(StrEnum):
    """What has happened to a link."""

    LINKED = "linked"
    RENEWED = "renewed"
    RECOVERED = "recovered"


class LinkMoment(Struct, frozen=True, kw_only=True):
    """One line of a link's history.

    ``at``: when, in UNIX seconds.
    ``what``: what has happened.
    ``until``: until when the link was valid then, in UNIX seconds.
    ``page``: the page that asked.
    ``to``: the profile that asked; for a recovery the one that got the keys.
    """

    at: int
    what: Moment
    until: int
    page: str
    to: str


class Link(Struct, frozen=True, kw_only=True):
    """A link at the main profile. Times in UNIX seconds.

    ``state``: whether it is in force.
    ``profile_name``: the linked profile.
    ``profile_hash``: the hash of its signed profile.
    ``main_name``: the main profile's name in what was signed.
    ``owner``: the account whose wallet has signed (EIP-55).
    ``uri``: the page that asked.
    ``valid_until``: when it ends.
    ``linked_at``: when it began.
    ``link_message``: the Link Message that was accepted last.
    ``vocabulary``: the spelling that the other side's messages have (specification 3.2).
    ``profile_key``: the seed of the linked profile's keys, where it was handed over.
    ``wallet_key``: its wallet, where that was handed over.
    ``nonce``: the key-creation nonce.
    ``recoveries``: when its keys were last given back.
    ``earlier_messages``: Link Messages accepted before, by devices that know those; each stands for this
    link when it is revoked, as do ``renewals``.
    ``renewals``: Link Messages that have moved the validity since.
    ``asked_at``: when the latest request or renewal that counts was issued.
    ``recovery``: whether the user is asked before its keys are given back; None: as the policy says.
    ``paired``: it was made by a pairing code, and takes another one to have its keys given back.
    ``uncovered``: the user has approved a term beyond what the wallet's text says.
    ``history``: the newest of what has happened to it.
    """

    state: LinkState
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
    recovery: RecoveryMode | None = None
    paired: bool = False
    uncovered: bool = False
    history: tuple[LinkMoment, ...] = ()

    def in_force(self, now: int) -> bool:
        """Whether it is linked and valid now, noticed or not that its time has come."""
        return self.state is LinkState.LINKED and now <= self.valid_until

    @property
    def messages(self) -> tuple[str, ...]:
        """Every Link Message that stands for this link, oldest first."""
        return (*self.earlier_messages, self.link_message, *self.renewals)


class Asked(Struct, frozen=True):
    """A request that was sent.

    ``link_message``: what the wallet signed.
    ``wallet_signature``: its signature, 0x-hex.
    ``until``: until when the link would be valid, in UNIX seconds.
    ``with_keys``: it carried the profile's keys.
    ``pairing``: the proofs of the code with which it was asked, None without one.
    """

    link_message: str
    wallet_signature: str
    until: int
    with_keys: bool
    pairing: PairingProofs | None = None


class OutgoingLink(Struct, frozen=True, kw_only=True):
    """A linked profile's own view of its request and link. Times in UNIX seconds.

    ``state``: how far it is.
    ``main_name``: the main profile that was asked.
    ``link_message``: what the wallet signed for the latest request.
    ``wallet_signature``: its signature, 0x-hex.
    ``requested_until``: until when the latest request asks; 0 once the link was ended or revoked: then
    nothing may be accepted any more.
    ``after_accept``: keys are sent only after the acceptance.
    ``public_record``: the published record names the main profile.
    ``valid_until``: when the link ends; never earlier than what the main profile has.
    ``accepted_message``: the Link Message that was accepted.
    ``accepted_signature``: the wallet's signature over it.
    ``accepted_until``: until when it was asked for then.
    ``main_signature``: the main profile's, which came with the acceptance.
    ``earlier``: requests to the same main profile that have no answer yet.
    ``pairing``: the proofs of the latest request, None without a code.
    ``main_owner``: who owned the main profile's name when it was asked (EIP-55).
    ``other_owner``: it was said that another owner than the wallet that signed is meant.
    ``reads_ours``: the main profile holds this profile's keys and reads its mailbox, so that copies for
    it go there (specification 3.6).
    """

    state: OutgoingLinkState
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
    earlier: tuple[Asked, ...] = ()
    pairing: PairingProofs | None = None
    main_owner: str = ""
    other_owner: bool = False
    reads_ours: bool = False

    @property
    def messages(self) -> tuple[str, ...]:
        """Every Link Message that the main profile may have linked by, oldest first, each once."""
        accepted = () if self.accepted_message is None else (self.accepted_message,)
        return tuple(
            dict.fromkeys((*accepted, *(asked.link_message for asked in self.earlier), self.link_message))
        )
