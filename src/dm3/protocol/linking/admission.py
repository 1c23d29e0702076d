"""Which checked requests are shown to the main profile's user: not too many, nor again what was rejected."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from dm3.model import LinkKind

from .checks import CheckedRequest
from .pages import same_page
from .policy import LinkPolicy
from .records import Link, Request
from .refusals import LinkRefused, Reason
from .tables import RequestState


class Waiting(Struct, frozen=True):
    """How many requests wait in one room: in all, of one owner, and from one application.

    There are two rooms, so that strangers' requests hold out nobody who is expected.
    """

    in_all: int
    of_owner: int
    of_uri: int


def waiting_beside(checked: CheckedRequest, link: Link | None, pending: Iterable[Request]) -> Waiting:
    """How many of the requests that are ``pending`` share the room of this one.

    ``link``: what is held of the profile that it is about.
    """
    expected, uri = _is_expected(checked, link), checked.link_message.uri
    beside = [request for request in pending if _was_expected(request) is expected]
    return Waiting(
        len(beside),
        sum(request.owner == checked.owner for request in beside),
        sum(same_page(request.uri, uri) for request in beside),
    )


def _is_expected(checked: CheckedRequest, link: Link | None) -> bool:
    """Whether the user's own wallet, a pairing code or an earlier approval stands behind a request.

    All others' are strangers', who can make new wallets, profiles and pages without end.
    """
    return checked.own_wallet or checked.paired is not None or link is not None


def _was_expected(request: Request) -> bool:
    about_link = request.payload.kind is LinkKind.RECOVER or bool(request.link_uri)
    return request.own_wallet or request.paired is not None or about_link


def require_admission(
    checked: CheckedRequest,
    request: Request | None,
    link: Link | None,
    waiting: Waiting,
    policy: LinkPolicy,
    now: int,
) -> None:
    """Raise `LinkRefused` unless the user is to be asked.

    ``request`` and ``link`` are held for the same profile, ``waiting`` is `waiting_beside` them.
    """
    if request is not None and _stays_rejected(checked, request, policy, now):
        raise LinkRefused(Reason.REJECTED, "it is not shown again before the rejected request expires")
    _require_room(_crowded(waiting, checked, request, link), policy)


def require_one_name(checked: CheckedRequest, held: Iterable[Request], policy: LinkPolicy, now: int) -> None:
    """Raise `LinkRefused` where the same profile asks by another of its names as well.

    ``held`` are all requests, waiting or rejected. A profile's key is its identity: whoever has it signed
    them all, whatever names lead to it.
    """
    for request in held:
        payload = request.payload
        if payload.kind is not checked.payload.kind or payload.profile_hash != checked.payload.profile_hash:
            continue
        if payload.profile_name == checked.payload.profile_name:
            continue
        if request.state is RequestState.PENDING:
            raise LinkRefused(Reason.TOO_MANY, f"it waits as {request.profile_name} already")
        if _stays_rejected(checked, request, policy, now):
            raise LinkRefused(Reason.REJECTED, f"as {request.profile_name}")


def _stays_rejected(checked: CheckedRequest, request: Request, policy: LinkPolicy, now: int) -> bool:
    """Whether the user has said no, and to another wallet than their own, which could ask without end.

    A pairing code is shown by the user, once for each request.
    """
    rejected = request.state is RequestState.REJECTED and now <= request.expires_at + policy.skew
    return rejected and not checked.own_wallet and checked.paired is None


def _crowded(
    waiting: Waiting, checked: CheckedRequest, request: Request | None, link: Link | None
) -> Waiting:
    """How many wait where this one comes in addition: not where it takes the place of one that waits."""
    if request is None or request.state is not RequestState.PENDING:
        return waiting
    if _was_expected(request) is not _is_expected(checked, link):
        return waiting  # that one's place is in the other room
    return Waiting(
        in_all=0,
        of_owner=0 if request.owner == checked.owner else waiting.of_owner,
        of_uri=0 if same_page(request.uri, checked.link_message.uri) else waiting.of_uri,
    )


def _require_room(waiting: Waiting, policy: LinkPolicy) -> None:
    if (
        waiting.in_all >= policy.pending_in_all
        or waiting.of_owner >= policy.pending_per_owner
        or waiting.of_uri >= policy.pending_per_uri
    ):
        raise LinkRefused(Reason.TOO_MANY, "decide on the ones that wait first")
