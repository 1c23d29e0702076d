"""Sealed copies of profiles' keys: one for each application and owner (specification 3.8).

Work functions for `dm3.store.Database`; names are in normal form, owners in lower case.
"""

from __future__ import annotations

import hashlib

from msgspec import Struct
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from .tables import escrow
from .tokens import use_nonce


class Escrowed(Struct, frozen=True):
    """A copy in escrow: the profile it is of, and the sealed bytes.

    ``sealed`` says under what, as JSON text; None: as the bytes themselves say.
    """

    name: str
    blob: bytes
    sealed: str | None = None


class Released(Struct, frozen=True):
    """What a verified challenge gave: whether it was ``fresh``, and what is in escrow."""

    fresh: bool
    found: Escrowed | None = None


def keep_escrow(connection: Connection, app: str, owner: str, kept: Escrowed) -> None:
    """Store the copy for an application and owner, in place of an earlier one."""
    values = {"name": kept.name, "blob": kept.blob, "sealed": kept.sealed}
    place = (escrow.c.app == app) & (escrow.c.owner == owner)
    if connection.execute(update(escrow).where(place).values(values)).rowcount:
        return
    attempt = connection.begin_nested()
    try:
        connection.execute(insert(escrow).values(app=app, owner=owner, **values))
        attempt.commit()
    except IntegrityError:  # another process was first
        attempt.rollback()
        connection.execute(update(escrow).where(place).values(values))


def release_escrow(connection: Connection, app: str, owner: str, nonce: str, expires: int) -> Released:
    """Use up the nonce of a challenge that was signed by ``owner``, and read the copy.

    ``expires`` in UNIX seconds: until then the nonce is remembered.
    """
    # Nonces lie by mailbox; who asks for an escrow need not have one.
    place = hashlib.sha256(f"escrow/{app}/{owner}".encode()).hexdigest()[:32]
    if not use_nonce(connection, place, nonce, expires):
        return Released(False)
    return Released(True, found_escrow(connection, app, owner))


def found_escrow(connection: Connection, app: str, owner: str) -> Escrowed | None:
    """The copy for an application and owner."""
    row = connection.execute(
        select(escrow.c.name, escrow.c.blob, escrow.c.sealed).where(
            escrow.c.app == app, escrow.c.owner == owner
        )
    ).one_or_none()
    return Escrowed(row.name, bytes(row.blob), row.sealed) if row else None


def remove_escrow(connection: Connection, name: str) -> bool:
    """Remove the copy of the profile ``name``; False when there was none."""
    return connection.execute(delete(escrow).where(escrow.c.name == name)).rowcount > 0
