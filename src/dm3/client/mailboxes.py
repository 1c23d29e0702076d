"""Picking up: one profile's mailboxes at its delivery services, as one reader of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from msgspec import Struct

from dm3.base.errors import Dm3Error, MalformedData, NotFound, ServiceRefused, StoreError, Unreachable
from dm3.crypto import ProfileKeys, Token
from dm3.model import Envelope, MessageType, ProfileExtension, SignedProfile
from dm3.net.delivery_client import DeliveryClient, Page
from dm3.store.vault import Conflict
from dm3.wire import extension_json
from dm3.wire.dialects import TYPE_ALIASES, TYPE_TO_LINK

from .context import Context

PAGE: Final = 50
LONGEST_WAIT: Final = 25.0
"""Seconds that one fetch waits; services allow so many, and connections last so long."""
UNAUTHORIZED: Final = 401

EXTENSION: Final = ProfileExtension(
    encryption_schemes=("x25519-chacha20-poly1305",),
    # In every spelling: a sender asks for the one that it is about to write.
    supported_types=tuple(dict.fromkeys((*MessageType, *TYPE_ALIASES, *TYPE_TO_LINK))),
)
"""What profiles of this implementation support."""


class Incoming(Struct, frozen=True):
    """An envelope from a mailbox, and the signing key of the delivery service that kept it."""

    hash: str
    envelope: Envelope | None
    service_key: bytes


Take = Callable[[Incoming], Awaitable[None]]
"""Takes an envelope in durably. Raises `Unreachable`, `StoreError` or `Conflict` when that has to wait."""


class Mailbox:
    """The mailbox of ``name``: a profile of ours, or one linked to ours."""

    def __init__(
        self, context: Context, name: str, signed: SignedProfile, keys: ProfileKeys, reader: str
    ) -> None:
        self.name = name
        self.keys = keys
        self._context = context
        self._signed = signed
        self._reader = reader
        self._tokens: dict[str, Token] = {}

    @property
    def services(self) -> tuple[str, ...]:
        """The names of the delivery services that keep it."""
        return self._signed.profile.delivery_services

    async def open(self, *, own: bool = True) -> None:
        """Register the profile and this reader at every delivery service. Safe to repeat.

        Not its ``own``, the profile is one that is linked: what it supports its application says, which may
        be of another make than we are.
        """
        for service in self.services:
            client = await self._context.service(service)
            await client.register(self.name, self._signed, reader=self._reader)
            token = await self._token(service, client)
            await client.add_reader(self.name, token, self._reader)
            if not own:
                continue
            try:
                await client.set_extension(self.name, token, extension_json(EXTENSION))
            except (NotFound, ServiceRefused):
                continue  # a service of another make, which says nothing about its profiles

    async def add_name(self, name: str) -> None:
        """Have the delivery services take messages under a further name of the profile, too."""
        for service in self.services:
            client = await self._context.service(service)
            await client.register(name, self._signed, reader=self._reader)

    async def leave(self) -> None:
        """Have messages no longer kept for this reader; a service that is away forgets it by itself."""
        for service in self.services:
            try:
                client = await self._context.service(service)
                await client.remove_reader(self.name, await self._token(service, client), self._reader)
            except Dm3Error:
                continue

    async def pick_up_at(self, service: str, take: Take, wait: float, troubles: list[Dm3Error]) -> int:
        """Take in what is new at one delivery service; returns how many envelopes that were.

        What was taken in is acknowledged afterwards, never before. ``troubles`` gets what went wrong: a
        service that is away, or messages that wait because their sender cannot be looked up now.
        """
        try:
            return await self._pages(service, take, wait, troubles)
        except Dm3Error as error:
            troubles.append(error)
            return 0

    async def _pages(self, service: str, take: Take, wait: float, troubles: list[Dm3Error]) -> int:
        client = await self._context.service(service)
        key = (await self._context.directory.delivery_service(service)).signing_key
        cursor, taken, seen = "", 0, set[str]()
        while True:
            page = await self._fetch(service, client, cursor, wait)
            done = []
            for delivered in page.messages:
                try:
                    await _to_the_end(take(Incoming(delivered.hash, delivered.envelope, key)))
                except (Unreachable, StoreError, Conflict) as error:
                    troubles.append(error)
                else:
                    done.append(delivered)
            if done:
                token = await self._token(service, client)
                await client.acknowledge(self.name, token, done, reader=self._reader)
            taken += len(done)
            if not page.more:
                return taken
            if page.cursor in seen:
                raise MalformedData(f"{service} sends the same page again and again")
            seen.add(page.cursor)
            cursor, wait = page.cursor, 0

    async def _fetch(self, service: str, client: DeliveryClient, cursor: str, wait: float) -> Page:
        for attempt in (1, 2):
            token = await self._token(service, client)
            try:
                return await client.fetch(
                    self.name, token, reader=self._reader, after=cursor, wait=wait, limit=PAGE
                )
            except ServiceRefused as error:
                if error.status != UNAUTHORIZED or attempt == 2:
                    raise
                self._tokens.pop(service, None)  # it has expired or was revoked
        raise AssertionError("unreachable")

    async def _token(self, service: str, client: DeliveryClient) -> Token:
        if service not in self._tokens:
            self._tokens[service] = await client.authenticate(self.name, self.keys.signing_private)
        return self._tokens[service]


async def _to_the_end(taking: Awaitable[None]) -> None:
    """Cancelled meanwhile, it is still finished first: a message that is kept is also told of."""
    task = asyncio.ensure_future(taking)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


async def pick_up(sources: list[tuple[Mailbox, Take]], wait: float) -> list[Dm3Error]:
    """Take in what is new in several mailboxes at all their delivery services; returns the troubles.

    When nothing is there, waits up to ``wait`` seconds until something comes to any of them.
    """
    troubles: list[Dm3Error] = []

    def rounds(seconds: float) -> list[asyncio.Task[int]]:
        return [
            asyncio.create_task(mailbox.pick_up_at(service, take, seconds, troubles))
            for mailbox, take in sources
            for service in mailbox.services
        ]

    if sum(await asyncio.gather(*rounds(0))):
        return troubles
    clock = asyncio.get_running_loop().time
    ends = clock() + wait
    while not troubles and (left := ends - clock()) >= 1:
        if await _first_of(rounds(min(left, LONGEST_WAIT))):
            break
    return troubles


async def _first_of(waiting: list[asyncio.Task[int]]) -> int:
    """Wait until one of them is over, then stop the others; returns how many envelopes there were."""
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        # What is being taken in is finished, and acknowledged later if not now: stopping is safe.
        for task in waiting:
            task.cancel()
        ended = await asyncio.gather(*waiting, return_exceptions=True)
    for outcome in ended:
        if isinstance(outcome, Exception):
            raise outcome
    return sum(taken for taken in ended if isinstance(taken, int))
