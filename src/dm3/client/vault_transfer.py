"""Moving to another machine: the vault as one file, and its profiles as readers of their own there."""

from __future__ import annotations

import os
from pathlib import Path

from msgspec.structs import replace

from dm3.base import checked
from dm3.crypto import Passphrase, RandomBytes, canonical
from dm3.store.vault import Imported, Rewrite
from dm3.store.vault import import_vault as import_into

from .state.identity import Identity, Stage
from .state.readers import new_reader
from .state.records import IDENTITIES


def secret_from(passphrase: str | Passphrase) -> Passphrase:
    """A passphrase as a secret. Raises `InvalidInput` for an empty one."""
    secret = Passphrase(passphrase.encode("utf-8")) if isinstance(passphrase, str) else passphrase
    canonical(secret)
    return secret


@checked
async def import_vault(
    path: Path | str,
    passphrase: str | Passphrase,
    *,
    into: Path | str,
    into_passphrase: str | Passphrase,
    random: RandomBytes = os.urandom,
) -> Imported:
    """Take the file of `Client.export_vault` into the vault ``into``, new or empty.

    Every profile becomes a reader of its own at its delivery services, registered when it is next opened:
    where the old machine goes on, messages are kept until both have them. A vault that holds the same
    already is left as it is. Raises `VaultLocked` for a wrong passphrase, `StoreError` for a file that
    cannot be used and for a vault that holds something else; nothing is changed then.
    """

    def as_new_reader(identity: Identity) -> Identity:
        # Opening completes the profile from here on, which registers the reader.
        stage = Stage.TAKEN_OVER if identity.stage is Stage.READY else identity.stage
        return replace(identity, reader=new_reader(random), stage=stage)

    return await import_into(
        Path(path),
        secret_from(passphrase),
        Path(into),
        secret_from(into_passphrase),
        Rewrite(IDENTITIES, as_new_reader),
        random,
    )
