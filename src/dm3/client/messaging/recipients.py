"""Resolve a recipient once; distinguish an unpublished name from an unreachable one."""

from __future__ import annotations

from msgspec import Struct

from dm3.base.errors import InvalidInput, MalformedData, NotFound
from dm3.model import DeliveryServiceProfile, RecordKey
from dm3.net.clients import DeliveryClient
from dm3.protocol.names import ResolvedProfile

from ..reading.seen_profiles import require_in_force
from ..state.capabilities import ServiceFacts
from ..state.context import Context
from ..state.outbox_entry import NOBODY_THERE


class NobodyThere(NotFound):
    """Nobody is published under that name."""

    code = NOBODY_THERE
    hint = "Check how the name is spelled; its owner may also publish a profile later."


class RecipientService(Struct, frozen=True):
    """A delivery service of a recipient.

    ``name``: its ENS name.
    ``profile``: its keys and address, as they are published.
    ``client``: what asks it.
    """

    name: str
    profile: DeliveryServiceProfile
    client: DeliveryClient


class Recipient:
    """Whom messages go to under ``name``: ``found``, verified and in force.

    Its services are looked up when they are needed. What `send` has looked up is handed along until the
    message is on its way, and to all messages that go there at the same time.
    """

    def __init__(self, context: Context, name: str, found: ResolvedProfile) -> None:
        self.name = name
        self.found = found
        self._context = context
        self._services: dict[str, RecipientService] = {}

    @property
    def services(self) -> tuple[str, ...]:
        """The names of its delivery services, its first choice first."""
        return self.found.signed.profile.delivery_services

    async def service(self, name: str, *, fresh: bool = False) -> RecipientService:
        """Its delivery service ``name``; ``fresh``: as it is published now.

        Raises `MalformedData` for what can be no service, `NotFound` or `Unreachable`.
        """
        if fresh or name not in self._services:
            try:
                profile = await self._context.directory.delivery_service(name, fresh=fresh)
                client = await self._context.service(name)
            except InvalidInput as error:  # what the receiver has published is no fault of the message
                raise MalformedData(
                    f"{self.name} names a delivery service that is none: {error.detail}"
                ) from None
            self._services[name] = RecipientService(name, profile, client)
        return self._services[name]

    async def facts(self, at: RecipientService) -> ServiceFacts:
        """What the service says of itself. Raises `Unreachable`."""
        return await self._context.peers.facts(at.name, at.client)

    async def require_support(self, at: RecipientService, message_type: str) -> None:
        """Raise `UnsupportedByPeer` when it says that it does not read this type; `Unreachable`, too."""
        await self._context.peers.require_support(at.name, at.client, self.name, message_type)


async def resolve_recipient(context: Context, name: str) -> Recipient:
    """The recipient ``name``.

    Raises `EarlierProfile` for one that was replaced, `NobodyThere` when the source of the name knows no
    profile, `NobodyAsked` when none is configured that could; as `Directory.profile` for one that is
    published and cannot be read or verified.
    """
    try:
        found = await require_in_force(context, await context.directory.profile(name))
    except NotFound:
        if await context.names.text(name, RecordKey.PROFILE):
            raise
        raise NobodyThere(name) from None
    return Recipient(context, name, found)


class RecipientLookup:
    """Resolves the recipient ``name`` when it is first needed, and once if that works."""

    def __init__(self, context: Context, name: str, known: Recipient | None = None) -> None:
        self._context = context
        self._name = name
        self._known = known

    async def __call__(self) -> Recipient:
        """The recipient. Raises as `resolve_recipient`."""
        if self._known is None:
            self._known = await resolve_recipient(self._context, self._name)
        return self._known
