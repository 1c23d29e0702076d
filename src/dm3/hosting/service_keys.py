"""A delivery service's own keys on disk: made once, sealed, read again at every start."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from msgspec import Struct

from dm3.base.errors import StoreError, VaultLocked
from dm3.crypto import Entropy, Passphrase, ProfileKeys, RandomBytes, Seed, seed_from
from dm3.store.stored_schema import Stored
from dm3.store.vault import Shelf, Vault


class ServiceSeed(Struct, frozen=True):
    """The seed of a service's key pairs."""

    seed: Seed


class ServiceSeedV1(Stored):
    """The stored form of `ServiceSeed`; see `dm3.client.stored_records`."""

    seed: Seed


SEEDS: Final = Shelf("service-seed", ServiceSeed, ServiceSeedV1)


async def load_service_keys(
    folder: Path, passphrase: Passphrase | None = None, *, random: RandomBytes = os.urandom
) -> ProfileKeys:
    """Read, or make, the keys in ``folder``; they are sealed under ``passphrase``.

    Without one a random passphrase is kept beside them in a file that only its owner may read: enough
    against a copied database, not against a copied folder. Raises `VaultLocked` or `StoreError`.
    """
    kept, sealed = folder / "service-keys.pass", folder / "service-keys.vault"
    secret = passphrase or _kept_passphrase(kept, random)
    try:
        vault = await Vault.open(sealed, secret, random=random)
    except VaultLocked:
        # The same option opens a person's vault, so it is easily set for both.
        hint = f"They were made with the one in {kept}: leave passphrase-file out." if kept.exists() else None
        raise VaultLocked(f"the service's keys in {sealed}", hint=hint) from None
    try:
        held = await vault.get(SEEDS, "delivery")
        if held is None:
            held = ServiceSeed(seed_from(Entropy(random(32))))
            await vault.put(SEEDS, "delivery", held, expect=0)
        return ProfileKeys.from_seed(held.seed)
    finally:
        await vault.close()


def _kept_passphrase(path: Path, random: RandomBytes) -> Passphrase:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        if not path.stat().st_size:  # new, or left so by a crash before anything was sealed under it
            path.write_text(random(32).hex(), encoding="ascii")
        return Passphrase(path.read_bytes().strip())
    except OSError as error:
        raise StoreError(f"the file {path} cannot be used: {error.strerror}") from None
