"""Behind the faces of profiles: the only place in which tests reach there."""

from __future__ import annotations

import dm3.client
from dm3.client import Account, Client, Context, Messenger, RecoveringDevice, parts_of
from dm3.client.linking.approver import LinkApprover
from dm3.client.linking.requester import LinkRequester
from dm3.client.messaging.parts import HasParts
from dm3.client.reading.mailbox import Mailbox
from dm3.client.state.identity import Identity
from dm3.client.state.outbox_entry import OutboxEntry
from dm3.client.state.records import IDENTITIES
from dm3.messenger import MessengerServer
from dm3.protocol.linking import Link, OutgoingLink, Recovery, Request


def context_of(one: Client | HasParts) -> Context:
    """What a client or a profile works with: vault, names, services, clock."""
    return dm3.client.context_of(one) if isinstance(one, Client) else parts_of(one).own.context


def identity_of(profile: HasParts) -> Identity:
    """What is kept of a profile, with its keys."""
    return parts_of(profile).own.identity


async def identities_of(client: Client) -> list[Identity]:
    """What is kept of all profiles in a vault, with their keys."""
    return [kept.record for kept in await context_of(client).vault.entries(IDENTITIES)]


async def held_outbox(profile: HasParts) -> list[OutboxEntry]:
    """What is kept of the messages of a profile on their way."""
    return await parts_of(profile).outgoing.waiting()


async def held_links(messenger: Messenger) -> list[Link]:
    """What is kept of a main profile's links, with their keys."""
    return await desk_of(messenger).links()


async def held_requests(messenger: Messenger) -> list[Request]:
    """What is kept of the requests that wait for a main profile's user."""
    return await desk_of(messenger).requests()


async def held_outgoing(profile: Account) -> OutgoingLink | None:
    """What is kept of the link that a profile has asked for."""
    return await requester_of(profile).asked()


async def held_recovery(device: RecoveringDevice) -> Recovery:
    """What is kept of a recovery under way."""
    return await device._recovering.recovery()


def mailbox_of(profile: HasParts) -> Mailbox:
    """A profile's own mailbox at its delivery services."""
    return parts_of(profile).inbox.mailbox


def requester_of(profile: Account) -> LinkRequester:
    """The part that asks to be linked."""
    return profile._link._requester


def desk_of(messenger: Messenger) -> LinkApprover:
    """The part of a main profile that decides on links."""
    return messenger._wired.desk


def routes_of(messenger: MessengerServer) -> dict[str, set[str]]:
    """The paths that a started messenger answers, with their methods."""
    guard = messenger._server.app
    return {route.path: set(route.methods) - {"OPTIONS"} for route in guard._app.routes}
