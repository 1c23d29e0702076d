"""A delivery service's keys beside its data: they belong together, and are made only by starting it new.

Whoever writes to a service seals for its published keys. Other keys in their place, made without a word
because a file was lost or a folder mistyped, would make every message fail for good.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from msgspec import Struct
from sqlalchemy import Connection

from dm3.base import to_base64
from dm3.base.errors import ConfigurationError
from dm3.crypto import Passphrase, ProfileKeys
from dm3.store import Database
from dm3.store.delivery import has_mailboxes, read_state, remember
from dm3.store.vault import is_vault

from .service_keys import load_service_keys

SEALED: Final = "service-keys.vault"
KEPT: Final = "service-keys.pass"
_SIGNING_KEY: Final = "signing-key"
_HINT: Final = (
    "Restore {files} from the backup that belongs to delivery.sqlite. If they are lost for good, start once "
    "with --new-keys yes and publish the service's record anew: what was sealed for the former keys cannot "
    "be taken, and everybody has to log in again."
)


class _Past(Struct, frozen=True):
    """Whether the database holds anything, and the signing key (base64) with which it was last served."""

    used: bool
    signing_key: str | None


async def own_keys(
    folder: Path, passphrase: Passphrase | None, database: Database, *, new_keys: bool = False
) -> ProfileKeys:
    """The keys of the service that starts in ``folder`` over ``database``; made where both are new.

    ``new_keys`` accepts that they are others than before. Raises `ConfigurationError` where keys are missing
    or do not belong to the data, and as `load_service_keys`.
    """
    past = await database.read(_past)
    missing = _missing(folder, passphrase)
    if missing:
        if past.used and not new_keys:
            raise ConfigurationError(
                f"{database.file} holds data, but the service's keys are missing: {' and '.join(missing)}",
                hint=_HINT.format(files=" and ".join(missing)),
            )
        _set_aside(folder)
    keys = await load_service_keys(folder, passphrase)
    signing_key = to_base64(keys.signing_public)
    if past.used and past.signing_key not in (None, signing_key) and not new_keys:
        raise ConfigurationError(
            f"the service's keys in {folder} are others than those with which {database.file} was served",
            hint=_HINT.format(files=f"{SEALED} and {KEPT}"),
        )
    if past.signing_key != signing_key:
        await database.write(lambda connection: remember(connection, {_SIGNING_KEY: signing_key}))
    return keys


def _past(connection: Connection) -> _Past:
    return _Past(has_mailboxes(connection), read_state(connection).get(_SIGNING_KEY))


def _missing(folder: Path, passphrase: Passphrase | None) -> list[str]:
    wanted = [SEALED] if passphrase is not None else [SEALED, KEPT]
    return [name for name in wanted if not is_vault(folder / name)]


def _set_aside(folder: Path) -> None:
    """Make way for new keys, and throw nothing away that somebody may find the other half of."""
    sealed = folder / SEALED
    if not is_vault(sealed):
        sealed.unlink(missing_ok=True)
        return
    number = 1
    while (aside := folder / f"{SEALED}.lost-{number}").exists():
        number += 1
    sealed.rename(aside)
