"""Made-up people with fixed keys, and entropy that repeats itself. Never use these keys."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from dm3.crypto import KeyWallet, ProfileKeys, RandomBytes, Seed, WalletKey
from dm3.model import Profile, SignedProfile
from dm3.wire import profile_message, with_signature


def digest(label: str) -> bytes:
    """32 bytes that depend on nothing but ``label``."""
    return hashlib.sha256(f"dm3 unit tests: {label}".encode()).digest()


def stream(label: str = "stream") -> RandomBytes:
    """Entropy that is the same in every run."""
    drawn = 0

    def random(count: int) -> bytes:
        nonlocal drawn
        drawn += 1
        return hashlib.shake_128(f"{label}:{drawn}".encode()).digest(count)

    return random


@dataclass(frozen=True)
class Person:
    """Somebody with a name, profile keys and a wallet."""

    name: str
    keys: ProfileKeys
    wallet: KeyWallet
    profile: Profile

    @property
    def signed_profile(self) -> SignedProfile:
        """The profile, signed by the wallet."""
        unsigned = with_signature(self.profile, "0x").profile_text
        signature = self.wallet.sign_now(profile_message(unsigned, self.wallet.address))
        return with_signature(self.profile, signature)


def person(name: str, *delivery_services: str) -> Person:
    keys = ProfileKeys.from_seed(Seed(digest(f"seed of {name}")))
    return Person(
        name,
        keys,
        KeyWallet(WalletKey(digest(f"wallet of {name}"))),
        Profile(keys.signing_public, keys.encryption_public, delivery_services),
    )


ALICE = person("alice.eth", "ds.eth")
BOB = person("bob.eth", "ds.eth", "ds2.eth")
MALLORY = person("mallory.eth", "ds.eth")
SERVICE = person("ds.eth")
