"""One profile's mailbox at its delivery services, as one reader of it: registered, opened, left."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from msgspec import Struct

from dm3.base.errors import CannotOpen, Dm3Error, NotFound, ServiceRefused
from dm3.crypto import ProfileKeys, Token
from dm3.model import Envelope, MessageType, ProfileExtension, SignedProfile
from dm3.net.clients import UNAUTHORIZED, DeliveryClient
from dm3.wire import TYPE_ALIASES, TYPE_TO_LINK, extension_json

from ..state.context import Context

EXTENSION: Final = ProfileExtension(
    encryption_schemes=("x25519-chacha20-poly1305",),
    # In every spelling: a sender asks for the one that it is about to write.
    supported_types=tuple(dict.fromkeys((*MessageType, *TYPE_ALIASES, *TYPE_TO_LINK))),
)
"""What profiles of this implementation support."""


class ReceivedEnvelope(Struct, frozen=True):
    """An envelope from a mailbox.

    ``hash`` of its message as the service claims it; ``envelope``, None for what is none; ``service_key``,
    the signing key of the delivery service that kept it; ``mailbox`` and ``service``, the names of both.
    """

    hash: str
    envelope: Envelope | None
    service_key: bytes
    mailbox: str = ""
    service: str = ""


Handle = Callable[[ReceivedEnvelope], Awaitable[bool]]
"""Takes an envelope in durably, or keeps why not; False for what cannot even be opened.

Raises `Unreachable`, `StoreError` or `Conflict` when that has to wait: the service keeps it until then.
"""


class Mailbox:
    """The mailbox of ``name``: a profile of ours, or one linked to ours. ``also``: its further names.

    Not our ``own``, the profile is one that is linked: what it supports its application says, which may be of
    another make than we are. ``keys_refused`` is called where a service does not take the keys; it may raise
    why.
    """

    def __init__(
        self,
        context: Context,
        name: str,
        signed: SignedProfile,
        keys: ProfileKeys,
        reader: str,
        also: tuple[str, ...] = (),
        *,
        own: bool = True,
        keys_refused: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.name = name
        self.keys = keys
        self.reader = reader
        self._context = context
        self._signed = signed
        self._also = also
        self._own = own
        self._keys_refused = keys_refused
        self._tokens: dict[str, Token] = {}

    @property
    def services(self) -> tuple[str, ...]:
        """The names of the delivery services that keep it."""
        return self._signed.profile.delivery_services

    async def open(self) -> None:
        """Register the profile and this reader at every delivery service. Safe to repeat."""
        for service in self.services:
            await self._open_at(service, await self._context.service(service))

    async def _open_at(self, service: str, client: DeliveryClient) -> None:
        await client.register(self.name, self._signed, reader=self.reader)
        token = await client.authenticate(self.name, self.keys.signing_private)
        await client.add_reader(self.name, token, self.reader)
        self._tokens[service] = token
        if self._own:
            with suppress(NotFound, ServiceRefused):  # a service of another make keeps no such thing
                await client.set_extension(self.name, token, extension_json(EXTENSION))

    async def add_name(self, name: str) -> None:
        """Have the delivery services take messages under a further name of the profile, too."""
        for service in self.services:
            client = await self._context.service(service)
            await client.register(name, self._signed, reader=self.reader)

    async def leave(self) -> None:
        """Have messages no longer kept for this reader; a service that is away forgets it by itself."""
        for service in self.services:
            try:
                client = await self._context.service(service)
                await client.remove_reader(self.name, await self.token(service, client), self.reader)
            except Dm3Error:
                continue

    async def token(self, service: str, client: DeliveryClient) -> Token:
        """What opens the mailbox at ``service``.

        A service that has lost its database does not know the profile any more: it is registered there again,
        under all its names, with this reader. Raises what the service answers, and `KeysChanged` where it
        refuses the keys of a linked profile for that.
        """
        if service not in self._tokens:
            try:
                await self._authenticate(service, client)
            except ServiceRefused as error:
                if error.status in UNAUTHORIZED and self._keys_refused is not None:
                    await self._keys_refused()
                raise
        return self._tokens[service]

    async def _authenticate(self, service: str, client: DeliveryClient) -> None:
        try:
            self._tokens[service] = await client.authenticate(self.name, self.keys.signing_private)
        except NotFound:
            await self.register_again(service, client)

    async def register_again(self, service: str, client: DeliveryClient) -> None:
        """Register the profile at ``service`` as when it was made. Raises what the service answers."""
        await self._open_at(service, client)
        for name in self._also:
            try:
                await client.register(name, self._signed, reader=self.reader)
            except (NotFound, ServiceRefused):
                continue  # one that was dropped elsewhere meanwhile

    def forget_token(self, service: str) -> None:
        """Have the next one asked for: it has expired, or was revoked."""
        self._tokens.pop(service, None)


def is_junk(incoming: ReceivedEnvelope, error: Dm3Error) -> bool:
    """Whether it cannot even be opened, which tells nothing of its sender and costs its service its turn."""
    return incoming.envelope is None or isinstance(error, CannotOpen)


def refusal_key(account: str, incoming: ReceivedEnvelope, error: Dm3Error) -> str:
    """Under which key a refusal is kept.

    Junk has one place for each service, so that a service that sends nothing else does not flush the list.
    """
    if is_junk(incoming, error):
        return f"{account}|junk|{incoming.mailbox}|{incoming.service}"
    return f"{account}|{incoming.hash}"
