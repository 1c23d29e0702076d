"""Registering a profile: only the one that its name's owner has signed, and never an older one again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from dm3.base import address_of
from dm3.base.errors import AlreadyTaken, BadSignature, Dm3Error, InvalidInput, StoreError, Unreachable
from dm3.crypto import RandomBytes, checksum_address
from dm3.model import SignedProfile
from dm3.net import Directory
from dm3.store import Database
from dm3.store.delivery import NewProfile, Registration, names_beside, register, registered
from dm3.wire import profile_message

from .lookups import ReceiverLookup
from .metrics import Metrics
from .store_room import StoreRoom

FOLLOWERS: Final = 8
"""Names that share a mailbox and are asked whether they follow when its profile changes."""


class Registrar:
    """Registers profiles at the delivery service called ``service``; ``clock`` gives the UNIX seconds
    from which readers are kept.

    ``moved`` is told that names have another mailbox, and messages may have to follow. Where there is no
    ``room``, no new mailbox is made.
    """

    def __init__(
        self,
        service: str,
        directory: Directory,
        database: Database,
        receivers: ReceiverLookup,
        metrics: Metrics,
        random: RandomBytes,
        clock: Callable[[], int],
        moved: Callable[[], None],
        room: StoreRoom,
    ) -> None:
        self._service = service
        self._directory = directory
        self._database = database
        self._receivers = receivers
        self._metrics = metrics
        self._random = random
        self._clock = clock
        self._moved = moved
        self._room = room

    async def register(self, name: str, signed: SignedProfile, reader: str) -> None:
        """Register ``signed`` under ``name`` (in normal form). Repeating it changes nothing.

        A new mailbox keeps messages for ``reader`` from the beginning (specification 3.6).
        Raises `InvalidInput` when the profile does not list this service, `BadSignature` when it is not
        its name's, `AlreadyTaken` when the name resolves to another profile, `StoreError` for a new mailbox
        in a full store, and as `Directory.profile`.
        """
        if self._service not in signed.profile.delivery_services:
            raise InvalidInput(
                f"the profile does not list {self._service} as a delivery service",
                hint="Publish a profile that lists this delivery service, then register it.",
            )
        known = await self._database.read(lambda connection: registered(connection, name))
        before = known.profile_hash if known else None
        if before == signed.hash:
            return
        if before is None and not self._room.takes(verified=True):
            # What is kept free is for those who have a mailbox.
            raise StoreError("the store of this service is full", hint="Try again later.")
        await self._check(name, signed, first=before is None)
        following = await self._following(name, signed.hash) if before is not None else ()
        new = NewProfile(
            name=name,
            profile_hash=signed.hash,
            profile=signed.text,
            new_id=self._random(16).hex(),
            instead_of=before,
            reader=reader,
            now=self._clock(),
        )
        outcome = await self._database.write(lambda connection: register(connection, new, following))
        for changed in (name, *following):
            self._receivers.forget(changed)
        if outcome is Registration.OVERTAKEN:
            raise AlreadyTaken("another profile was registered at the same moment", hint="Try again.")
        self._metrics.registered.inc()
        if before is not None:
            self._moved()

    async def _check(self, name: str, signed: SignedProfile, *, first: bool) -> None:
        own = address_of(name)
        if own is not None:
            await self._require_wallet(own[0], signed)
        try:
            published = await self._published(name)
        except Dm3Error:
            # The first time, an address name's own signature is enough: its resolver may not know it
            # yet. Later on it is not, for an older profile is signed just as well.
            if own is None or not first:
                raise
            return
        if published != signed.hash:
            raise AlreadyTaken(
                f"{name} resolves to another profile than this one",
                hint="Publish the profile first; an older one cannot be registered again.",
            )

    async def _require_wallet(self, address: str, signed: SignedProfile) -> None:
        owner = checksum_address(address)
        message = profile_message(signed.profile_text, owner)
        if not await self._directory.verifier.signed(owner, message, signed.signature):
            raise BadSignature(f"the profile is not signed by {owner}")

    async def _published(self, name: str) -> str:
        try:
            async with asyncio.timeout(self._directory.timeouts.lookup):
                return (await self._directory.profile(name, fresh=True)).signed.hash
        except TimeoutError:
            raise Unreachable(f"{name} cannot be resolved at the moment") from None

    async def _following(self, name: str, profile_hash: str) -> tuple[str, ...]:
        """Names of the same mailbox that have the new profile as well."""
        others = await self._database.read(lambda connection: names_beside(connection, name, FOLLOWERS))
        asked = others[:FOLLOWERS]
        found = await asyncio.gather(*map(self._published, asked), return_exceptions=True)
        return tuple(other for other, seen in zip(asked, found, strict=True) if seen == profile_hash)
