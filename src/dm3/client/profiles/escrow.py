"""Escrow: sealed copies of a profile's keys at its delivery services (specification 3.8).

A copy that no service could take is kept and tried again when the profile is opened.
"""

from __future__ import annotations

import asyncio
from typing import Final

from msgspec import Struct

from dm3.base import checked, owner_alias
from dm3.base.errors import Dm3Error, LocalProtocolError, NotFound, Unreachable
from dm3.crypto import (
    RecoveryCode,
    new_recovery_code,
)
from dm3.protocol.escrow import (
    EscrowContents,
    EscrowKey,
    seal_escrow,
)

from ..state.context import Context
from ..state.identity import Identity
from ..state.open_profile import OpenProfile
from ..state.own_records import EscrowDeposit, RecoveryCodeMade
from ..state.records import CODES, DEPOSITS
from .escrow_releases import tell_of_releases

RELEASES_ASKED: Final = 3_600
"""How often it is asked to whom copies were given out, in seconds."""
TOO_MANY: Final = 429
"""HTTP statuses from here on may be others the next time."""


class HandedIn(Struct, frozen=True):
    """Where a copy is kept now, and what went wrong elsewhere."""

    kept_at: tuple[str, ...]
    errors: tuple[Dm3Error, ...]


@checked
class Escrow:
    """Puts a profile's keys in escrow, and has it taken back."""

    def __init__(self, own: OpenProfile) -> None:
        self._own = own
        self._context = own.context
        self._asked_for_releases = 0

    async def protect_with_code(self) -> RecoveryCode:
        """Put the keys in escrow under a new recovery code, in place of any earlier escrow.

        Show the code once (`dm3.print_recovery_code`) and forget it: with it and the owner's wallet the
        profile can be opened on another device. Raises `LocalProtocolError` for an anonymous profile, and
        what the delivery services answer when none of them takes the copy.
        """
        identity = self._own.identity
        if owner_alias(identity.owner, identity.app) not in identity.aliases:
            raise LocalProtocolError(
                "the profile is anonymous, and its escrow would not be",
                hint="Link it to a main profile, which can hand its keys back.",
            )
        code = new_recovery_code(self._context.random)
        deposit = await make_deposit(self._context, identity, code)
        # Kept for another try only if somebody has it: else its code would never have been shown.
        handed_in = await _hand_in(self._context, identity, deposit)
        if not handed_in.kept_at:
            raise next(iter(handed_in.errors), NotFound("the profile lists no delivery service"))
        made = RecoveryCodeMade(self._context.seconds())
        await self._context.vault.put(CODES, identity.name, made)
        return code

    async def protected_at(self) -> int | None:
        """When the recovery code that counts was made or used here (UNIX seconds); None where none is known.

        `protect_with_code` voids it.
        """
        found = await self._context.vault.get(CODES, self._own.account)
        return found.at if found else None

    async def unprotect(self) -> None:
        """Have every delivery service forget its copy. Raises what the first one answers that cannot."""
        identity, change = self._own.identity, self._context.vault.change()
        change.remove(DEPOSITS, identity.name)
        change.remove(CODES, identity.name)
        await self._context.vault.commit(change)
        for service in identity.profile.profile.delivery_services:
            client = await self._context.service(service)
            token = await client.authenticate(identity.name, identity.keys.signing_private)
            await client.escrow.remove(identity.name, token)

    async def look_for_releases(self) -> None:
        """Ask now and then to whom copies were given out, where a site can have them."""
        identity, now = self._own.identity, self._context.seconds()
        if identity.readable_by_site and now - self._asked_for_releases >= RELEASES_ASKED:
            self._asked_for_releases = now
            try:
                await tell_of_releases(self._context, identity)
            except Dm3Error as error:
                self._own.note(error)


async def make_deposit(context: Context, identity: Identity, key: EscrowKey) -> EscrowDeposit:
    """Seal what recreates ``identity``, for all its delivery services."""
    contents = EscrowContents(
        name=identity.name,
        seed=identity.seed,
        nonce=identity.nonce,
        signed=identity.signed,
        wallet_key=identity.wallet_key,
        readable_by_site=identity.readable_by_site,
    )
    # In a thread: a code is stretched on purpose.
    blob = await asyncio.to_thread(seal_escrow, contents, identity.owner, key, context.random)
    return EscrowDeposit(blob, identity.profile.profile.delivery_services)


async def hand_in_waiting(context: Context, identity: Identity) -> tuple[Dm3Error, ...]:
    """Hand in what is still to be handed in of this profile's escrow; returns what went wrong."""
    deposit = await context.vault.get(DEPOSITS, identity.name)
    return (await _hand_in(context, identity, deposit)).errors if deposit else ()


async def _hand_in(context: Context, identity: Identity, deposit: EscrowDeposit) -> HandedIn:
    kept_at: list[str] = []
    left: list[str] = []
    errors: list[Dm3Error] = []
    for service in deposit.left:
        try:
            client = await context.service(service)
            token = await client.authenticate(identity.name, identity.keys.signing_private)
            await client.escrow.keep(identity.name, token, identity.app, identity.owner, deposit.blob)
        except Dm3Error as error:
            errors.append(error)
            if isinstance(error, Unreachable) or getattr(error, "status", 0) >= TOO_MANY:
                left.append(service)
        else:
            kept_at.append(service)
    waiting = await context.vault.get(DEPOSITS, identity.name)
    change = context.vault.change()
    if left and (kept_at or waiting == deposit):
        change.put(DEPOSITS, identity.name, EscrowDeposit(deposit.blob, tuple(left)))
    elif kept_at or waiting == deposit:
        change.remove(DEPOSITS, identity.name)
    await context.vault.commit(change)
    return HandedIn(tuple(kept_at), tuple(errors))
