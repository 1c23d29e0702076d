"""Another profile of the same name, with new keys or services: its wallet signs it, and that it replaces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from dm3.base import canonical_json, normalize
from dm3.base.errors import InvalidInput
from dm3.crypto import Entropy, ProfileKeys, Seed, checksum_address, new_nonce, seed_from
from dm3.model import Profile
from dm3.protocol.names import profile_update_message
from dm3.wire import MAX_DELIVERY_SERVICES, profile_json, profile_message, with_signature

from ..state.context import Context
from ..state.identity import Identity, Stage
from ..state.wallets import Wallet, address_of_wallet, signature_of

MAX_FORMER: Final = 8


async def with_renewed_keys(context: Context, identity: Identity, wallet: Wallet | None) -> Identity:
    """The main profile with new random keys; completing it publishes them.

    The wallet signs twice: the new profile, and that it replaces the one before. Raises `InvalidInput` for
    another wallet than the profile's, and for a profile that its owner publishes under an ENS name alone.
    """
    signer = _signer(identity, wallet)
    seed = seed_from(Entropy(context.random(32)))
    services = identity.profile.profile.delivery_services
    return await _replaced(identity, signer, seed, new_nonce(context.random), services)


async def with_other_services(
    context: Context, identity: Identity, wallet: Wallet | None, services: Sequence[str]
) -> Identity:
    """The main profile with its own keys and other delivery services; completing it publishes that.

    Raises as `with_renewed_keys`, `InvalidInput` for no services or those of now, and as
    `Directory.delivery_service` where one of them is not to be found.
    """
    signer = _signer(identity, wallet)
    wanted = tuple(dict.fromkeys(map(normalize, services)))
    if not 1 <= len(wanted) <= MAX_DELIVERY_SERVICES:
        raise InvalidInput(f"a profile names from 1 to {MAX_DELIVERY_SERVICES} delivery services")
    if wanted == identity.profile.profile.delivery_services:
        raise InvalidInput("these are the delivery services that the profile names already")
    for service in wanted:
        await context.directory.delivery_service(service)
    return await _replaced(identity, signer, identity.seed, identity.nonce, wanted)


def _signer(identity: Identity, wallet: Wallet | None) -> Wallet:
    if identity.is_self_published:
        raise InvalidInput(
            f"{identity.name} is published by its owner alone, and no resolver could replace its profile",
            hint="Make another profile, and publish that under the name: dm3 profile create --name NAME",
        )
    signer = identity.wallet if wallet is None else wallet
    if signer is None or checksum_address(address_of_wallet(signer)) != identity.address:
        raise InvalidInput(
            f"another profile is signed by the wallet {identity.address}, which this one is of",
            hint="Hand that wallet over: renew_keys(wallet), or --wallet NAME.",
        )
    return signer


async def _replaced(
    identity: Identity, signer: Wallet, seed: Seed, nonce: str, services: tuple[str, ...]
) -> Identity:
    keys, held = ProfileKeys.from_seed(seed), identity.profile
    profile = Profile(keys.signing_public, keys.encryption_public, services)
    text = profile_message(canonical_json(profile_json(profile)), signer.address)
    signed = with_signature(profile, await signature_of(signer, text))
    replaces = identity.replaces or held.hash
    update = profile_update_message(identity.name, replaces, signed.hash)
    return with_new_profile(
        identity,
        seed=seed,
        nonce=nonce,
        signed=signed.text,
        stage=Stage.KEYS_MADE,
        replaces=replaces,
        authorization=await signature_of(signer, update),
    )


def with_new_profile(identity: Identity, seed: Seed, **changes: object) -> Identity:
    """``identity`` with another profile; keys before open what is under way, the first of all among them."""
    former = identity.former if seed == identity.seed else (identity.seed, *identity.former)
    if len(former) > MAX_FORMER:
        former = (*former[: MAX_FORMER - 1], former[-1])  # the readers of linked mailboxes come from it
    return replace(identity, seed=seed, former=former, **changes)
