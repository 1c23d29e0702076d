"""What users see of requests, links and recoveries: never keys, nor what only the protocol needs."""

from __future__ import annotations

from msgspec import Struct

from dm3.model import LinkKind
from dm3.protocol.linking import (
    Doubt,
    Link,
    LinkMoment,
    LinkState,
    OutgoingLink,
    OutgoingLinkState,
    Recovery,
    RecoveryMode,
    RecoveryState,
    Request,
    doubts_of,
)

from ..state.views import view_of


class RequestView(Struct, frozen=True, kw_only=True):
    """A profile's request on which the user of a main profile has to decide. Times in UNIX seconds.

    ``kind``: what is asked for, in the protocol's words.
    ``is_recovery``: keys are to be given back, to ``reply_to``; else a profile asks to be linked.
    ``profile_name``: the profile that would be linked.
    ``main_name``: the name of the main profile that was asked.
    ``owner``: the account whose wallet has signed (EIP-55).
    ``own_wallet``: that wallet owns the main profile, too.
    ``paired``: it has proved a pairing code that was shown here.
    ``uri``: the page that asks.
    ``link_uri``: the page of the link which it is about, empty where there is none.
    ``reply_to``: the name that asked; for a recovery the temporary profile that would get the keys.
    ``with_keys``: it carries the profile's keys; else they come after the approval.
    ``valid_until``: until when the link would last.
    ``signed_until``: until when it would last by the text that the wallet has signed; 0 for no end.
    ``message_hash``: the message that brought it.
    ``received_at``: when it came.
    ``expires_at``: how long it may wait.
    ``doubts``: what its user is to be warned of, in the order of its weight.
    """

    kind: LinkKind
    is_recovery: bool
    profile_name: str
    main_name: str
    owner: str
    own_wallet: bool
    paired: bool
    uri: str
    link_uri: str
    reply_to: str
    with_keys: bool
    valid_until: int
    signed_until: int
    message_hash: str
    received_at: int
    expires_at: int
    doubts: tuple[Doubt, ...]


def request_view(request: Request) -> RequestView:
    """A request, as the user of the main profile sees it."""
    return view_of(
        RequestView,
        request,
        kind=request.payload.kind,
        paired=request.paired is not None,
        with_keys=request.payload.profile_key is not None,
        valid_until=request.payload.valid_until,
        doubts=doubts_of(request),
    )


class LinkView(Struct, frozen=True, kw_only=True):
    """A link, as the user of the main profile sees it. Times in UNIX seconds.

    ``state``: whether it is in force.
    ``profile_name``: the linked profile.
    ``profile_hash``: the hash of its signed profile.
    ``main_name``: the main profile's name in what was signed.
    ``owner``: the account whose wallet has signed (EIP-55).
    ``uri``: the page that asked.
    ``valid_until``: when it ends.
    ``linked_at``: when it began.
    ``has_keys``: the linked profile's keys are held here.
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
    has_keys: bool
    recovery: RecoveryMode | None
    paired: bool
    uncovered: bool
    history: tuple[LinkMoment, ...]

    def in_force(self, now: int) -> bool:
        """Whether it is linked and valid now, noticed or not that its time has come."""
        return self.state is LinkState.LINKED and now <= self.valid_until


def link_view(link: Link) -> LinkView:
    """A link, as the user of the main profile sees it."""
    return view_of(LinkView, link, has_keys=link.profile_key is not None)


class OutgoingLinkView(Struct, frozen=True, kw_only=True):
    """What a profile knows of the link that it has asked for. Times in UNIX seconds.

    ``state``: how far it is.
    ``main_name``: the main profile that was asked.
    ``main_owner``: who owned the main profile's name then (EIP-55).
    ``other_owner``: it was said that another owner than the wallet that signed is meant.
    ``paired``: it was asked with a pairing code.
    ``requested_until``: until when the latest request asks; 0 once the link was ended or revoked: then
    nothing may be accepted any more.
    ``valid_until``: when the link ends; never earlier than what the main profile has.
    ``after_accept``: keys are sent only after the acceptance.
    ``public_record``: the published record names the main profile.
    ``reads_ours``: the main profile holds this profile's keys and reads its mailbox.
    ``can_disclose``: the acceptance has brought what proves the link to others.
    """

    state: OutgoingLinkState
    main_name: str
    main_owner: str
    other_owner: bool
    paired: bool
    requested_until: int
    valid_until: int
    after_accept: bool
    public_record: bool
    reads_ours: bool
    can_disclose: bool


def outgoing_view(asked: OutgoingLink) -> OutgoingLinkView:
    """A link that was asked for, as the user of the linked profile sees it."""
    return view_of(
        OutgoingLinkView,
        asked,
        paired=asked.pairing is not None,
        can_disclose=asked.main_signature is not None,
    )


class RecoveryView(Struct, frozen=True, kw_only=True):
    """A recovery under way. Times in UNIX seconds.

    ``state``: how far it is.
    ``profile_name``: the profile whose keys are asked for.
    ``main_name``: the main profile that has them.
    ``temporary_name``: the profile through which it asks.
    ``paired``: it was asked with a pairing code.
    ``started_at``: when it asked.
    ``gives_up_at``: when it ends without an answer.
    ``rejection``: why the main profile's user has rejected it, if they have.
    """

    state: RecoveryState
    profile_name: str
    main_name: str
    temporary_name: str
    paired: bool
    started_at: int
    gives_up_at: int
    rejection: str | None


def recovery_view(recovery: Recovery) -> RecoveryView:
    """A recovery, as its user sees it."""
    return view_of(RecoveryView, recovery, paired=recovery.pairing is not None)
