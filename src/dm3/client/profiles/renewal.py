"""New keys of a main profile: its wallet signs them, and that they take the place of those before."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from dm3.base import canonical_json
from dm3.base.errors import InvalidInput
from dm3.crypto import Entropy, ProfileKeys, checksum_address, new_nonce, seed_from
from dm3.model import Profile
from dm3.protocol.names import profile_update_message
from dm3.wire import profile_json, profile_message, with_signature

from ..state.context import Context
from ..state.records import Identity, Stage
from ..state.wallets import Wallet, address_of_wallet, signature_of

MAX_FORMER: Final = 8


async def with_renewed_keys(context: Context, identity: Identity, wallet: Wallet | None) -> Identity:
    """The main profile with new random keys; completing it publishes them.

    The wallet signs twice: the new profile, and that it replaces the one before. Raises `InvalidInput` for
    another wallet than the profile's, and for a profile that its owner publishes under an ENS name alone.
    """
    if identity.is_self_published:
        raise InvalidInput(
            f"{identity.name} is published by its owner alone, and no resolver could replace its keys",
            hint="Make another profile, and publish that under the name: dm3 profile create --name NAME",
        )
    signer = wallet or identity.wallet
    if signer is None or checksum_address(address_of_wallet(signer)) != identity.address:
        raise InvalidInput(
            f"new keys are signed by the wallet {identity.address}, which this profile is of",
            hint="Hand that wallet over: renew_keys(wallet), or --wallet NAME.",
        )
    seed = seed_from(Entropy(context.random(32)))
    keys, held = ProfileKeys.from_seed(seed), identity.profile
    profile = Profile(keys.signing_public, keys.encryption_public, held.profile.delivery_services)
    text = profile_message(canonical_json(profile_json(profile)), signer.address)
    signed = with_signature(profile, await signature_of(signer, text))
    replaces = identity.replaces or held.hash
    update = profile_update_message(identity.name, replaces, signed.hash)
    return with_new_profile(
        identity,
        seed=seed,
        nonce=new_nonce(context.random),
        signed=signed.text,
        stage=Stage.KEYS_MADE,
        replaces=replaces,
        authorization=await signature_of(signer, update),
    )


def with_new_profile(identity: Identity, **changes: object) -> Identity:
    """``identity`` with other keys; those before open what is under way, the first of all among them."""
    former = (identity.seed, *identity.former)
    if len(former) > MAX_FORMER:
        former = (*former[: MAX_FORMER - 1], former[-1])  # the readers of linked mailboxes come from it
    return replace(identity, former=former, **changes)
