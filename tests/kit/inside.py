"""Behind the faces of profiles: the only place in which tests reach there."""

from __future__ import annotations

from dm3.client import Context, LinkableProfile, Messenger, parts_of
from dm3.client.linking.approver import LinkApprover
from dm3.client.linking.requester import LinkRequester
from dm3.client.messaging.account import HasParts
from dm3.client.reading.mailbox import Mailbox
from dm3.messenger import MessengerServer


def context_of(profile: HasParts) -> Context:
    """What a profile works with: vault, names, services, clock."""
    return parts_of(profile).own.context


def mailbox_of(profile: HasParts) -> Mailbox:
    """A profile's own mailbox at its delivery services."""
    return parts_of(profile).inbox.mailbox


def requester_of(profile: LinkableProfile) -> LinkRequester:
    """The part that asks to be linked."""
    return profile._requester


def desk_of(messenger: Messenger) -> LinkApprover:
    """The part of a main profile that decides on links."""
    return messenger._desk


def routes_of(messenger: MessengerServer) -> dict[str, set[str]]:
    """The paths that a started messenger answers, with their methods."""
    guard = messenger._server.app
    return {route.path: set(route.methods) - {"OPTIONS"} for route in guard._app.routes}
