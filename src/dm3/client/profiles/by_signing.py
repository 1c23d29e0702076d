"""Profiles whose keys come from a wallet's signature, made or gone on with (specification 2.2, 3.2)."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from dm3.base import address_name, owner_alias, whole_name
from dm3.base.errors import LocalProtocolError
from dm3.crypto import DEFAULT_NONCE, Entropy, new_nonce, seed_from
from dm3.protocol.names import owner_alias_message, profile_update_message

from ..state.context import Context
from ..state.identity import AliasClaim, Identity, IdentityKind, Stage
from ..state.records import IDENTITIES
from ..state.wallets import Wallet, address_of_wallet, signature_of
from .activation import complete
from .app import App
from .keys import MESSENGER, make_by_signing, make_main, with_delivery_services
from .resume import find_begun, with_alias_claim

ALIAS_TERM: Final = 3_600
"""How long the owner's signature authorises an alias, in seconds."""


class OtherKeys(LocalProtocolError):
    """The vault holds this profile with other keys than the wallet's signature, or the entropy, gives now."""

    code = "other-keys"
    hint = "Nothing was changed: open the profile that is there, or make another one in another vault."


async def create_limited(context: Context, app: App, wallet: Wallet, *, public: bool) -> Identity:
    """Way 1 of creating a limited scope profile, from where an earlier attempt broke off.

    The wallet signs for the keys unless they are made already, and for the owner alias where it is wanted
    and not there yet. Asked for twice at once, it is one profile.
    """
    app = await with_delivery_services(context, app)
    owner = address_of_wallet(wallet)

    async def create() -> Identity:
        return await _create_limited(context, app, owner, wallet, public=public)

    return await context.making.run(("limited", app, owner, public), create)


async def _create_limited(
    context: Context, app: App, owner: str, wallet: Wallet, *, public: bool
) -> Identity:
    identity = await find_begun(context, app, owner, public=public)
    if identity is None:
        made = await make_by_signing(context, app, wallet)
        # While the wallet was asked, another program with this vault may have begun one.
        identity = await find_begun(context, app, owner, public=public) or made
    wanted = public and owner_alias(owner, app.name) not in identity.aliases
    claim = await _owner_claim(context, app, identity, wallet) if wanted else None
    return await complete(context, with_alias_claim(identity, claim))


async def create_main(
    context: Context,
    domain: str,
    wallet: Wallet,
    services: tuple[str, ...],
    alias: str | None,
    entropy: Entropy | None,
    own_nonce: bool,
) -> Identity:
    """Create a main profile, or go on with the one that is in the vault.

    With ``own_nonce`` the text that gives the keys has a random nonce, which this vault keeps, and is no
    other than that from then on.

    Of one that was begun the wallet need not sign again, which helps those that never sign twice alike.
    Raises `InvalidInput` for an alias without a dot, `OtherKeys` when they would give other keys than those
    in use, and `LocalProtocolError` where other services are named for a profile in use: creating one never
    changes that.
    """
    wanted = AliasClaim(whole_name(alias)) if alias else None
    app = await with_delivery_services(context, App(domain, MESSENGER, services))
    owner = address_of_wallet(wallet)
    identity = await find_begun(context, app, owner, kind=IdentityKind.MAIN, public=True)
    if identity is None or (entropy is not None and identity.seed != seed_from(entropy)):
        held = await context.vault.get(IDENTITIES, address_name(owner, app.name))
        nonce = held.nonce if held is not None and held.nonce else DEFAULT_NONCE
        if own_nonce and held is None:
            nonce = new_nonce(context.random)
        made = await make_main(context, app, wallet, entropy, nonce=nonce)
        identity = await _kept_or(context, made, wallet, chosen=bool(services))
    return await complete(context, with_alias_claim(identity, wanted))


async def _kept_or(context: Context, made: Identity, wallet: Wallet, *, chosen: bool) -> Identity:
    """What the vault has of the profile that was made anew, where both are the same.

    One whose creation broke off at other services is made at those of ``made``; the wallet signs that it
    takes the place of what was claimed. Raises `OtherKeys` rather than give keys up with which a name was
    claimed, and `LocalProtocolError` where other services were ``chosen`` for a profile in use.
    """
    held = await context.vault.get(IDENTITIES, made.name)
    if held is None:
        return made
    if held.seed != made.seed:
        if held.is_begun and held.stage is Stage.KEYS_MADE:
            return made
        raise OtherKeys(held.shown_name)
    if held.profile.profile == made.profile.profile:
        return held
    if held.is_begun:
        update = profile_update_message(made.name, held.profile.hash, made.profile.hash)
        authorization = await signature_of(wallet, update)
        return replace(made, aliases=held.aliases, reader=held.reader, authorization=authorization)
    if not chosen:
        return held
    raise LocalProtocolError(
        f"{held.shown_name} is in use, at {', '.join(held.profile.profile.delivery_services)}",
        hint="Nothing was changed. To move it: Services in dm3 messenger, or use_delivery_services(…).",
    )


async def _owner_claim(context: Context, app: App, identity: Identity, wallet: Wallet) -> AliasClaim:
    """The owner alias, with the signature by which its owner authorises it."""
    now, nonce = context.seconds(), context.random(16).hex()
    text = owner_alias_message(app.name, identity.owner, identity.name, nonce, now, now + ALIAS_TERM)
    signature = await signature_of(wallet, text)
    return AliasClaim(owner_alias(identity.owner, app.name), identity.owner, text, signature)
