"""Escrow: sealed copies of a profile's keys at its delivery services, and the way back (specification 3.8).

A copy that no service could take is kept and tried again when the profile is opened.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from msgspec import Struct

from dm3.base import address_name, normalize, owner_alias, same_name
from dm3.base.errors import Dm3Error, LocalProtocolError, NotFound, Unreachable
from dm3.crypto import (
    Entropy,
    HostSignature,
    RecoveryCode,
    new_recovery_code,
    wallet_key_from,
)
from dm3.protocol.escrow import (
    EscrowContents,
    EscrowKey,
    EscrowMismatch,
    check_escrow_challenge,
    open_escrow,
    require_published,
    seal_escrow,
)
from dm3.protocol.names import ResolvedProfile

from ..state.context import Context
from ..state.open_profile import OpenProfile
from ..state.own_records import EscrowDeposit, RecoveryCodeMade
from ..state.readers import new_reader
from ..state.records import CODES, DEPOSITS, IDENTITIES, Identity, IdentityKind, Stage
from ..state.wallets import Wallet, address_of_wallet, signature_of
from .activation import complete
from .ens_names import address_of_owned
from .escrow_releases import tell_of_releases
from .keys import App

RELEASES_ASKED: Final = 3_600
"""How often it is asked to whom copies were given out, in seconds."""
TOO_MANY: Final = 429
"""HTTP statuses from here on may be others the next time."""


class HandedIn(Struct, frozen=True):
    """Where a copy is kept now, and what went wrong elsewhere."""

    kept_at: tuple[str, ...]
    errors: tuple[Dm3Error, ...]


class Escrow:
    """Puts a profile's keys in escrow, and has it taken back."""

    def __init__(self, own: OpenProfile) -> None:
        self._own = own
        self._context = own.context
        self._asked_for_releases = 0

    async def protect_with_code(self) -> RecoveryCode:
        """Put the keys in escrow under a new code; as `LimitedScopeProfile.protect_with_code`."""
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
        """When the recovery code that counts was made or used here, in UNIX seconds."""
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
            await client.remove_escrow(identity.name, token)

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
            await client.keep_escrow(identity.name, token, identity.app, identity.owner, deposit.blob)
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


Released = Callable[[str, str], Awaitable[bytes]]
"""Has a delivery service give out the copy of a profile: (service's name, profile's name)."""


async def reopen(context: Context, app: App, wallet: Wallet, key: EscrowKey) -> Identity:
    """Become the profile of ``app`` that belongs to ``wallet``, from its escrow, as a further device.

    The wallet signs one challenge for each delivery service that is asked. Raises `NotFound` when the
    owner has no public profile or no escrow, `EscrowLocked` for another key, `EscrowMismatch` when it
    does not hold the published profile, or what the delivery services answer.
    """
    owner = address_of_wallet(wallet)

    async def by_challenge(service: str, name: str) -> bytes:
        return await _by_challenge(context, service, app, wallet, name)

    return await _reopen(context, app, owner, key, by_challenge)


async def reopen_by_login(context: Context, app: App, login: HostSignature, entropy: Entropy) -> Identity:
    """As `reopen`, of what the site's entropy has sealed: a fresh login is enough, and nothing is signed."""
    application = normalize(app.name)

    async def by_login(service: str, name: str) -> bytes:
        client = await context.service(service)
        found, blob = await client.release_escrow_to_login(
            application, login.owner, login.message, login.signature
        )
        return _of_profile(service, name, found, blob)

    return await _reopen(context, app, login.owner, entropy, by_login)


async def _reopen(context: Context, app: App, owner: str, key: EscrowKey, released: Released) -> Identity:
    published = await published_of(context, app, owner)
    held = await held_profile(context, published)
    if held is not None:
        return held
    contents = await _contents(context, owner, key, published, released)
    if isinstance(key, RecoveryCode):
        await context.vault.put(CODES, published.name, RecoveryCodeMade(context.seconds()))
    return await complete(context, _recreated(context, app, owner, contents, published))


async def published_of(context: Context, app: App, owner: str) -> ResolvedProfile:
    """The profile to which the owner alias leads, as it is published now. Raises `NotFound`."""
    address = await address_of_owned(context, owner, app.name)
    if address is None:
        raise NotFound(
            f"{owner_alias(owner, app.name)}: the account has no public profile for this application"
        )
    return await context.directory.profile(address_name(address, app.name), fresh=True)


async def held_profile(context: Context, published: ResolvedProfile) -> Identity | None:
    """The published profile, where this vault holds it already."""
    held = await context.vault.get(IDENTITIES, published.name)
    if held is None or held.kind is not IdentityKind.LIMITED or held.profile.hash != published.signed.hash:
        return None
    return await complete(context, held)


async def _contents(
    context: Context, owner: str, key: EscrowKey, published: ResolvedProfile, released: Released
) -> EscrowContents:
    """What the first delivery service holds that is the published profile; raises why none does."""
    reason: Dm3Error = NotFound("the profile lists no delivery service")
    for service in published.signed.profile.delivery_services:
        try:
            blob = await released(service, published.name)
            contents = await asyncio.to_thread(open_escrow, blob, published.name, owner, key)
            require_published(contents, published)
            return contents
        except Dm3Error as error:
            # That nothing is there tells less than what another service said.
            reason = error if isinstance(reason, NotFound) else reason
    raise reason


async def _by_challenge(context: Context, service: str, app: App, wallet: Wallet, name: str) -> bytes:
    owner, application = address_of_wallet(wallet), normalize(app.name)
    client = await context.service(service)
    challenge = await client.escrow_challenge(application, owner)
    check_escrow_challenge(challenge, service=service, app=application, owner=owner, now=context.seconds())
    signature = await signature_of(wallet, challenge)
    return _of_profile(service, name, *await client.release_escrow(application, owner, challenge, signature))


def _of_profile(service: str, name: str, found: str, blob: bytes) -> bytes:
    if not same_name(found, name):
        raise EscrowMismatch(f"{service} holds another profile of this account")
    return blob


def _recreated(
    context: Context, app: App, owner: str, contents: EscrowContents, published: ResolvedProfile
) -> Identity:
    wallet_key = contents.wallet_key
    return Identity(
        kind=IdentityKind.LIMITED,
        name=published.name,
        aliases=(owner_alias(owner, app.name),),
        app=normalize(app.name),
        uri=app.page,
        address=published.owner,
        owner=owner,
        seed=contents.seed,
        nonce=contents.nonce,
        signed=published.signed.text,
        reader=new_reader(context.random),
        stage=Stage.TAKEN_OVER,
        wallet_key=wallet_key,
        wallet_is_random=wallet_key is not None and wallet_key != wallet_key_from(contents.seed),
        readable_by_site=contents.readable_by_site,
    )
