"""The keys that a link message carries are those of the profile that it is about (specification 3.3)."""

from __future__ import annotations

from dm3.base.errors import InvalidInput
from dm3.crypto import KeyWallet, ProfileKeys, WalletKey
from dm3.model import LinkPayload
from dm3.protocol.names import ResolvedProfile

from .refusals import LinkRefused, Reason


def require_keys_of(payload: LinkPayload, profile: ResolvedProfile) -> ProfileKeys:
    """The keys that ``payload`` carries. Raises `LinkRefused` unless they are those of ``profile``."""
    if payload.profile_key is None:
        raise LinkRefused(Reason.NO_KEY)
    keys = ProfileKeys.from_seed(payload.profile_key)
    published = profile.signed.profile
    if (keys.signing_public, keys.encryption_public) != (
        published.signing_key,
        published.encryption_key,
    ):
        raise LinkRefused(Reason.WRONG_KEY)
    return keys


def require_wallet_of(wallet_key: WalletKey, profile: ResolvedProfile) -> None:
    """Raise `LinkRefused` unless it is the key of the wallet that has signed ``profile``."""
    try:
        address = KeyWallet(wallet_key).address
    except InvalidInput:
        raise LinkRefused(Reason.WRONG_KEY, "no wallet has such a private key") from None
    if address != profile.owner:
        raise LinkRefused(Reason.WRONG_KEY, "it is not that of the profile's wallet")
