"""Creating profiles, first part: their keys and the signed profile (specification 3.2).

Nothing is kept and nobody is told yet; `dm3.client.profiles.activation` does that.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from dm3.base import address_name, canonical_json, normalize
from dm3.base.errors import BadSignature, InvalidInput, KeyRuleViolation, MalformedData
from dm3.crypto import (
    DEFAULT_NONCE,
    Entropy,
    KeyCreationMessage,
    KeyWallet,
    OwnedSignature,
    ProfileKeys,
    Seed,
    WalletKey,
    checksum_address,
    new_nonce,
    own_signature,
    seed_from,
    wallet_key_from,
)
from dm3.model import Profile
from dm3.wire import profile_json, profile_message, with_signature

from ..state.context import Context
from ..state.identity import AliasClaim, Identity, IdentityKind, Stage
from ..state.readers import new_reader
from ..state.wallets import Wallet, address_of_wallet, signature_of
from .app import App

MAX_FORMER: Final = 4
MESSENGER: Final = "https://dm3.chat"
"""The page of main profiles."""


class NotAKeyWallet(KeyRuleViolation):
    """Keys are derived only from the signature of a wallet that is a plain key.

    What a contract wallet confirms may be guessable or empty, and another one tomorrow.
    """

    code = "not-a-key-wallet"
    hint = (
        "With a contract wallet use embed_lsp (dm3 lsp embed) and its sign-in, or create_profile with "
        "entropy."
    )


async def make_main(
    context: Context,
    app: App,
    wallet: Wallet,
    entropy: Entropy | None = None,
    *,
    nonce: str = DEFAULT_NONCE,
) -> Identity:
    """Make a main profile's keys from its wallet's signature (specification 2.2), or from entropy.

    ``app`` is the resolver's domain with the page of main profiles, settled.
    """
    return await _main_identity(context, app, wallet, entropy, nonce=nonce)


async def make_named(
    context: Context, name: str, wallet: Wallet, services: tuple[str, ...], entropy: Entropy | None = None
) -> Identity:
    """As `make_main`, for a profile that lives under the ENS name ``name`` alone.

    Raises `InvalidInput` without ``services``, for there is no domain to take them from, and as
    `Directory.delivery_service` when one is not to be found: publishing the profile would cost for nothing.
    """
    if not services:
        raise InvalidInput(
            f"a profile under {normalize(name)} alone needs a delivery service: there is no domain that "
            "would name one",
            hint="Say which: delivery_services=(…,), or --delivery-service.",
        )
    app = await with_delivery_services(context, App(name, MESSENGER, services))
    for service in app.delivery_services:
        await context.directory.delivery_service(service)
    return await _main_identity(context, app, wallet, entropy, name=normalize(name))


async def _main_identity(
    context: Context,
    app: App,
    wallet: Wallet,
    entropy: Entropy | None,
    *,
    name: str | None = None,
    nonce: str = DEFAULT_NONCE,
) -> Identity:
    message = KeyCreationMessage(address_of_wallet(wallet), nonce)
    return await _new_identity(
        context,
        kind=IdentityKind.MAIN,
        app=app,
        name=name,
        signer=wallet,
        owner=wallet.address,
        seed=seed_from(entropy or await _owned(context, message, wallet)),
        nonce="" if entropy else nonce,
    )


async def make_by_signing(context: Context, app: App, wallet: Wallet) -> Identity:
    """Way 1: the wallet signs once, over our own text with a fresh nonce; all keys come from that.

    ``app`` is settled.
    """
    nonce = new_nonce(context.random)
    owner = address_of_wallet(wallet)
    message = KeyCreationMessage(owner, nonce, app.domain, app.page)
    seed = seed_from(await _owned(context, message, wallet))
    wallet_key = wallet_key_from(seed)
    return await _new_identity(
        context,
        kind=IdentityKind.LIMITED,
        app=app,
        signer=KeyWallet(wallet_key),
        owner=owner,
        seed=seed,
        nonce=nonce,
        wallet_key=wallet_key,
    )


async def with_delivery_services(context: Context, app: App) -> App:
    """``app`` with its delivery services in normal form; asked for before the wallet is."""
    services = app.delivery_services or await context.services_of(app.name)
    return replace(app, delivery_services=tuple(map(normalize, services)))


async def _owned(context: Context, message: KeyCreationMessage, wallet: Wallet) -> OwnedSignature:
    """Have ``wallet`` sign ``message``. Raises `NotAKeyWallet` or `BadSignature`."""
    signature = await signature_of(wallet, message.text)
    try:
        return own_signature(message, signature)
    except MalformedData:
        raise NotAKeyWallet("this signature is not of a plain key's form") from None
    except BadSignature:
        if await context.directory.verifier.signed(message.owner, message.text, signature):
            raise NotAKeyWallet(f"{message.owner} is a contract") from None
        raise


async def make_embedded(
    context: Context,
    app: App,
    owner: str | None,
    *,
    entropy: Entropy | None,
    claim: AliasClaim | None,
    kind: IdentityKind = IdentityKind.LIMITED,
) -> Identity:
    """Way 2: a wallet of its own, from the host's entropy or random, signs our text.

    The host's signature has no part in this; it only authorises ``claim``. Without an ``owner`` it is the
    profile's own wallet.
    """
    app = await with_delivery_services(context, app)
    source = entropy or Entropy(context.random(32))
    wallet_key = wallet_key_from(source)
    signer = KeyWallet(wallet_key)
    nonce = new_nonce(context.random)
    message = KeyCreationMessage(signer.address, nonce, app.domain, app.page)
    return await _new_identity(
        context,
        kind=kind,
        app=app,
        signer=signer,
        owner=owner or signer.address,
        seed=seed_from(own_signature(message, signer.sign_now(message.text))),
        nonce=nonce,
        wallet_key=wallet_key,
        wallet_is_random=True,
        readable_by_site=entropy is not None,
        claim=claim,
    )


async def _new_identity(
    context: Context,
    *,
    kind: IdentityKind,
    app: App,
    signer: Wallet,
    owner: str,
    seed: Seed,
    nonce: str,
    claim: AliasClaim | None = None,
    name: str | None = None,
    wallet_key: WalletKey | None = None,
    wallet_is_random: bool = False,
    readable_by_site: bool = False,
) -> Identity:
    keys = ProfileKeys.from_seed(seed)
    profile = Profile(keys.signing_public, keys.encryption_public, app.delivery_services)
    text = profile_message(canonical_json(profile_json(profile)), signer.address)
    signed = with_signature(profile, await signature_of(signer, text))
    return Identity(
        kind=kind,
        name=name or address_name(signer.address, app.name),
        aliases=(),
        app=normalize(app.name),
        uri=app.page,
        address=checksum_address(signer.address),
        owner=checksum_address(owner),
        seed=seed,
        nonce=nonce,
        signed=signed.text,
        reader=new_reader(context.random),
        stage=Stage.KEYS_MADE,
        wallet_key=wallet_key,
        wallet_is_random=wallet_is_random,
        readable_by_site=readable_by_site,
        claim=claim,
    )


def with_new_keys(context: Context, identity: Identity) -> Identity:
    """The same profile with new random keys, signed by its own wallet; completing it publishes it.

    Raises `InvalidInput` when the profile's own wallet is not here to sign.
    """
    signer = identity.wallet
    if signer is None:
        raise InvalidInput("the profile's own wallet is not held here, so it cannot sign new keys")
    seed = seed_from(Entropy(context.random(32)))
    keys = ProfileKeys.from_seed(seed)
    held = identity.profile
    profile = Profile(keys.signing_public, keys.encryption_public, held.profile.delivery_services)
    text = profile_message(canonical_json(profile_json(profile)), signer.address)
    return replace(
        identity,
        seed=seed,
        nonce=new_nonce(context.random),
        signed=with_signature(profile, signer.sign_now(text)).text,
        stage=Stage.KEYS_MADE,
        wallet_is_random=True,  # it can no longer be derived from the profile's seed
        replaces=identity.replaces or held.hash,
        former=(identity.seed, *identity.former)[:MAX_FORMER],
    )
