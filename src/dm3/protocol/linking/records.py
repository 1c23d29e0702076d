"""What each side remembers of a link: frozen records, times in UNIX seconds (specification 3.3)."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from dm3.crypto import Seed, WalletKey
from dm3.model import LinkKind, LinkPayload

from .pairing import PairingProofs
from .policy import RecoveryMode
from .tables import AskingState, LinkState, RequestState


class Request(Struct, frozen=True, kw_only=True):
    """A profile's request at the main profile; ``payload`` may carry its keys.

    ``reply_to`` is the name that asked: for a recovery the temporary profile that would get the keys, whose
    signed profile's hash is ``reply_hash``. ``uri`` is the page that asks, ``link_uri`` that of the link
    which it is about, empty where there is none. ``opaque``: the wallet signed a hash, which nobody can
    read; such a request is never ``bound``. ``paired``: it has proved a pairing code, and this is what
    proves that to whom asked. ``expires_at`` is how long the request may wait; the link would
    last until ``payload.valid_until``, of which the wallet's text says ``signed_until`` (0: no end).
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
    """One line of a link's history: when it was what, until when it was valid then, from which page.

    ``to`` is the profile that asked, for a recovery the one that got the keys.
    """

    at: int
    what: Moment
    until: int
    page: str
    to: str


class Link(Struct, frozen=True, kw_only=True):
    """A link at the main profile. ``recoveries`` are the times of the last recoveries.

    ``link_message`` was accepted last; ``earlier_messages`` before it, by devices that know those;
    ``renewals`` are those that have moved the validity since. Each of them stands for this link when it is
    revoked. ``asked_at`` is when the latest request or renewal that counts was issued. ``recovery`` is the
    user's word for this link on whether they are asked before its keys are given back; None: the policy's.
    ``paired``: it was made by a pairing code, and takes another one to have its keys given back.
    ``uncovered``: the user has approved a term beyond what the wallet's text says. ``history``: the newest of
    what has happened to it.
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
    """A request that was sent: what the wallet signed, until when it is valid, whether it had the keys.

    ``pairing`` are the proofs of the code with which it was asked, None without one.
    """

    link_message: str
    wallet_signature: str
    until: int
    with_keys: bool
    pairing: PairingProofs | None = None


class Asking(Struct, frozen=True, kw_only=True):
    """A linked profile's own view of its request and link.

    ``link_message``, ``wallet_signature`` and ``requested_until`` are those of the latest request, and
    ``requested_until`` is 0 once the link was ended or revoked: then nothing may be accepted any more;
    ``earlier`` are requests to the same main profile that have no answer yet. ``main_signature`` comes with
    the acceptance; ``accepted_message``, with the wallet's ``accepted_signature`` and ``accepted_until``, is
    what was accepted. ``valid_until`` is never earlier than what the main profile has. ``pairing`` are the
    proofs of the latest request, ``main_owner`` is who owned the main profile's name when it was asked, and
    ``other_owner`` that another owner than the wallet that signed was said to be meant. ``reads_ours``: it
    holds this profile's keys and reads its mailbox, so that copies for it go there (specification 3.6).
    """

    state: AskingState
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
