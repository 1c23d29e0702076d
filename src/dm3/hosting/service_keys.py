"""A delivery service's own keys on disk: made once, sealed, read again at every start."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from msgspec import Struct

from dm3.base.errors import ConfigurationError, StoreError, VaultLocked
from dm3.crypto import Entropy, Passphrase, ProfileKeys, RandomBytes, Seed, seed_from
from dm3.store.vault import RecordType, Stored, Vault, is_vault


class ServiceSeed(Struct, frozen=True):
    """The seed of a service's key pairs."""

    seed: Seed


class ServiceSeedV1(Stored):
    """The stored form of `ServiceSeed`; see `dm3.client.state.stored_records`."""

    seed: Seed


KEPT: Final = "service-keys.pass"
SEALED: Final = "service-keys.vault"
SEEDS: Final = RecordType("service-seed", ServiceSeed, ServiceSeedV1)


async def load_service_keys(
    folder: Path, passphrase: Passphrase | None = None, *, random: RandomBytes = os.urandom
) -> ProfileKeys:
    """Read, or make, the keys in ``folder``; they are sealed under ``passphrase``.

    Without one a random passphrase is kept beside them in a file that only its owner may read: enough
    against a copied database, not against a copied folder. Raises `VaultLocked` or `StoreError`.
    """
    secret = passphrase or kept_passphrase(folder / KEPT, random)
    vault = await _opened(folder, secret, random)
    try:
        held = await vault.get(SEEDS, "delivery")
        if held is None:
            held = ServiceSeed(seed_from(Entropy(random(32))))
            await vault.put(SEEDS, "delivery", held, expect=0)
        return ProfileKeys.from_seed(held.seed)
    finally:
        await vault.close()


async def read_service_keys(
    folder: Path, passphrase: Passphrase | None = None, *, random: RandomBytes = os.urandom
) -> ProfileKeys:
    """The keys that a service has made in ``folder``. It never makes any, nor a folder or file.

    Raises `ConfigurationError` where there are none, `VaultLocked` or `StoreError`.
    """
    kept = folder / KEPT
    if not is_vault(folder / SEALED):
        raise _no_keys(folder)
    if passphrase is None and not is_vault(kept):
        raise VaultLocked(
            f"the service's keys in {folder / SEALED} are sealed under a passphrase that was not given",
            hint="Name the file of the passphrase that the service runs with: --passphrase-file.",
        )
    vault = await _opened(folder, passphrase or kept_passphrase(kept, random), random)
    try:
        held = await vault.get(SEEDS, "delivery")
    finally:
        await vault.close()
    if held is None:
        raise _no_keys(folder)
    return ProfileKeys.from_seed(held.seed)


async def _opened(folder: Path, secret: Passphrase, random: RandomBytes) -> Vault:
    kept, sealed = folder / KEPT, folder / SEALED
    try:
        return await Vault.open(sealed, secret, random=random)
    except VaultLocked:
        # The same option opens a person's vault, so it is easily set for both.
        hint = f"They were made with the one in {kept}: leave passphrase-file out." if kept.exists() else None
        raise VaultLocked(f"the service's keys in {sealed}", hint=hint) from None


def _no_keys(folder: Path) -> ConfigurationError:
    return ConfigurationError(
        f"no delivery service has kept its keys in {folder}",
        hint="Name the folder that the service runs with (--data-dir) and its --passphrase-file. Keys are "
        "made when a service is started there for the first time.",
    )


def kept_passphrase(path: Path, random: RandomBytes = os.urandom) -> Passphrase:
    """The passphrase in the file ``path``, which only its owner may read; a random one where none is yet.

    Raises `StoreError`.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        if not path.stat().st_size:  # new, or left so by a crash before anything was sealed under it
            path.write_text(random(32).hex(), encoding="ascii")
        return Passphrase(path.read_bytes().strip())
    except OSError as error:
        raise StoreError(f"the file {path} cannot be used: {error.strerror}") from None
