"""Becoming a profile of one's own again, from its sealed copy at its services (specification 3.8)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from dm3.base import address_name, normalize, owner_alias, same_name
from dm3.base.errors import Dm3Error, NotFound
from dm3.crypto import (
    Entropy,
    HostSignature,
    RecoveryCode,
    wallet_key_from,
)
from dm3.protocol.escrow import (
    EscrowContents,
    EscrowKey,
    EscrowMismatch,
    check_escrow_challenge,
    open_escrow,
    require_published,
)
from dm3.protocol.names import ResolvedProfile

from ..state.context import Context
from ..state.identity import Identity, IdentityKind, Stage
from ..state.own_records import RecoveryCodeMade
from ..state.readers import new_reader
from ..state.records import CODES, IDENTITIES
from ..state.wallets import Wallet, address_of_wallet, signature_of
from .activation import complete
from .app import App
from .ens_names import address_of_owned

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
        found, blob = await client.escrow.release_to_login(
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
    address = await address_of_owned(context.names, owner, app.name)
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
    challenge = await client.escrow.challenge(application, owner)
    check_escrow_challenge(challenge, service=service, app=application, owner=owner, now=context.seconds())
    signature = await signature_of(wallet, challenge)
    return _of_profile(service, name, *await client.escrow.release(application, owner, challenge, signature))


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
