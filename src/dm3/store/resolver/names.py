"""What an off-chain resolver has registered: profiles, aliases, owners' nonces, records.

Everything that must hold at the moment of storing is decided inside one write: nobody else was faster,
nothing newer is there. What does not hold comes back as an `Outcome`, for an exception would undo the
transaction that other claims share.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import Connection, CursorResult

from dm3.protocol.names import AliasChange

from ..engine.database import Database
from . import name_statements as sql
from .alias_changes import follows, keep_change, last_change
from .released_aliases import released_for

NONCE_GRACE: Final = 3600
"""Used nonces are kept this much longer (seconds) than they count: clocks of processes differ."""


class Outcome(StrEnum):
    """What became of a claim."""

    STORED = "stored"
    UNCHANGED = "unchanged"
    TAKEN = "taken"
    CHANGED = "changed"
    TOO_MANY = "too-many"
    REPLAYED = "replayed"
    OUTDATED = "outdated"
    MISSING = "missing"


class ProfileRow(Struct, frozen=True):
    """A profile under its address name; hashes as 0x-hex, the signing key has 32 bytes.

    ``content_hash`` is taken over the profile without its signature: of a wallet that does not sign the
    same way twice, two signed profiles may say the same.
    """

    name: str
    address: str
    signed_profile: str
    profile_hash: str
    content_hash: str
    signing_key: bytes


class NameRow(Struct, frozen=True):
    """What a name points to: the profile, and the records published for it by key."""

    profile: ProfileRow
    records: Mapping[str, str]


class OwnerAliasClaim(Struct, frozen=True):
    """An owner alias to store; ``nonce`` counts until ``expires_at``; times in UNIX seconds."""

    alias: str
    name: str
    owner: str
    nonce: str
    expires_at: int
    now: int
    replaces: str | None


class NameStore:
    """The repository of a resolver; names are given in normal form."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def profile(self, name: str) -> ProfileRow | None:
        """The profile registered under the address name or alias ``name``."""
        return await self._database.read(lambda connection: _profile(connection, name))

    async def find(self, name: str) -> NameRow | None:
        """The profile and records of the address name or alias ``name``."""

        def work(connection: Connection) -> NameRow | None:
            found = _profile(connection, name)
            if found is None:
                return None
            rows = connection.execute(sql.RECORDS, {"name": found.name})
            return NameRow(found, {row.key: row.value for row in rows})

        return await self._database.read(work)

    async def chosen_alias(self, name: str) -> str | None:
        """The first alias that was claimed for the address name ``name``; owner aliases do not count."""
        return await self._database.read(
            lambda connection: connection.execute(sql.CHOSEN, {"name": name}).scalar()
        )

    async def claim_profile(self, row: ProfileRow, *, replaces: str | None = None) -> Outcome:
        """Register a profile, or put it in the place of the one with the hash ``replaces``.

        STORED; UNCHANGED when the same profile is registered; TAKEN when another one is.
        """

        def work(connection: Connection) -> Outcome:
            values = _columns(row)
            if sql.NEW_PROFILE.run(connection, **values):
                return Outcome.STORED
            registered = connection.execute(sql.CONTENT_HASH, {"name": row.name}).scalar()
            if registered == row.content_hash:
                return Outcome.UNCHANGED
            if replaces is None:
                return Outcome.TAKEN
            old = {"of_name": row.name, "old_hash": replaces}
            if connection.execute(sql.REPLACE_PROFILE, {**values, **old}).rowcount != 1:
                return Outcome.TAKEN
            # What the old profile published speaks of the old profile; its times stay, against replays.
            connection.execute(sql.CLEAR_RECORDS, {"of_name": row.name})
            return Outcome.STORED

        return await self._database.write(work)

    async def released_for(self, alias: str) -> str | None:
        """The address name that may claim this reserved alias; None where nobody may."""
        return await self._database.read(lambda connection: released_for(connection, alias))

    async def last_change(self, alias: str) -> str:
        """The hash of the text that changed ``alias`` last; `FIRST` for none."""
        return await self._database.read(lambda connection: last_change(connection, alias))

    async def claim_alias(
        self, alias: str, name: str, *, now: int, at_most: int, change: AliasChange | None = None
    ) -> Outcome:
        """Point ``alias`` to the address name ``name`` (STORED or UNCHANGED).

        TAKEN when it points elsewhere, TOO_MANY when ``name`` has ``at_most`` chosen aliases already,
        OUTDATED when ``change`` does not follow the last one or was used before.
        """

        def work(connection: Connection) -> Outcome:
            target = connection.execute(sql.TARGET, {"alias": alias}).scalar()
            if target is not None:
                return Outcome.UNCHANGED if target == name else Outcome.TAKEN
            if connection.execute(sql.COUNT, {"name": name}).scalar_one() >= at_most:
                return Outcome.TOO_MANY
            if not follows(connection, alias, change):
                return Outcome.OUTDATED
            new = sql.NEW_ALIAS.run(connection, alias=alias, name=name, of_owner=False, claimed_at=now)
            if new:
                keep_change(connection, alias, change)
            return Outcome.STORED if new else Outcome.TAKEN

        return await self._database.write(work)

    async def remove_alias(self, alias: str, name: str, *, change: AliasChange | None = None) -> Outcome:
        """Remove the chosen ``alias`` of ``name`` (STORED); MISSING when there is none such.

        OUTDATED as in `claim_alias`.
        """

        def work(connection: Connection) -> Outcome:
            if not follows(connection, alias, change):
                return Outcome.OUTDATED
            removed = connection.execute(sql.REMOVE_ALIAS, {"alias": alias, "name": name})
            if removed.rowcount == 1:
                keep_change(connection, alias, change)
            return _either(removed, Outcome.MISSING)

        return await self._database.write(work)

    async def claim_owner_alias(self, claim: OwnerAliasClaim) -> Outcome:
        """Point an owner alias to an address name and use the authorisation's nonce up.

        STORED; UNCHANGED when it points there already; TAKEN when it points elsewhere and the owner did
        not name that as replaced; REPLAYED when the nonce was used before.
        """

        def work(connection: Connection) -> Outcome:
            target = connection.execute(sql.TARGET, {"alias": claim.alias}).scalar()
            if target == claim.name:
                return Outcome.UNCHANGED
            nonce = {"owner": claim.owner, "nonce": claim.nonce}
            if connection.execute(sql.NONCE, nonce).scalar() is not None:
                return Outcome.REPLAYED
            if target not in (None, claim.replaces):
                return Outcome.TAKEN
            if not sql.NEW_NONCE.run(connection, **nonce, keep_until=claim.expires_at + NONCE_GRACE):
                return Outcome.REPLAYED
            values = {"alias": claim.alias, "name": claim.name, "claimed_at": claim.now}
            if target is None:
                stored = sql.NEW_ALIAS.run(connection, **values, of_owner=True)
            else:
                move = {**values, "moved": claim.alias, "old_name": target}
                stored = connection.execute(sql.MOVE_ALIAS, move).rowcount == 1
            # Only another process, in the same instant, can have been faster; then the nonce is spent.
            return Outcome.STORED if stored else Outcome.TAKEN

        return await self._database.write(work)

    async def publish(
        self, name: str, key: str, value: str | None, *, issued_at: int, profile_hash: str
    ) -> Outcome:
        """Store a record of ``name`` (None removes it); ``issued_at`` in UNIX milliseconds.

        STORED; UNCHANGED when the same was stored for that time; OUTDATED when something as new or newer
        is stored; CHANGED when the profile is no longer the one with ``profile_hash``.
        """
        values = {"name": name, "key": key, "value": value, "issued_at": issued_at}

        def work(connection: Connection) -> Outcome:
            if connection.execute(sql.PROFILE_HASH, {"name": name}).scalar() != profile_hash:
                return Outcome.CHANGED
            if sql.NEW_RECORD.run(connection, **values):
                return Outcome.STORED
            newer = {**values, "of_name": name, "of_key": key, "than": issued_at}
            if connection.execute(sql.NEWER_RECORD, newer).rowcount == 1:
                return Outcome.STORED
            stored = connection.execute(sql.RECORD, {"name": name, "key": key}).one()
            same = stored.issued_at == issued_at and stored.value == value
            return Outcome.UNCHANGED if same else Outcome.OUTDATED

        return await self._database.write(work)


def remove_used_nonces(connection: Connection, now: int, most: int) -> int:
    """Forget up to ``most`` nonces that cannot count at ``now`` (UNIX seconds) any more; returns how many.

    A work function for `dm3.store.Database`.
    """
    return connection.execute(sql.PURGE, {"now": now, "most": most}).rowcount


def _profile(connection: Connection, name: str) -> ProfileRow | None:
    target = connection.execute(sql.TARGET, {"alias": name}).scalar()
    row = connection.execute(sql.PROFILE, {"name": target or name}).one_or_none()
    return None if row is None else ProfileRow(*row)


def _columns(row: ProfileRow) -> dict[str, Any]:
    return {field: getattr(row, field) for field in ProfileRow.__struct_fields__}


def _either(done: CursorResult[Any], otherwise: Outcome) -> Outcome:
    return Outcome.STORED if done.rowcount == 1 else otherwise
