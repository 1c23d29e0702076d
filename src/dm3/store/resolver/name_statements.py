"""The SQL of `dm3.store.resolver.names`, put together once."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert

from .tables import alias, alias_change, profile, record, used_alias_signature, used_nonce


class InsertNew:
    """Insert a row unless its key is there already; SQLite and PostgreSQL spell it in different classes."""

    def __init__(self, table: sa.Table) -> None:
        self._by_dialect: dict[str, Insert] = {
            "sqlite": sqlite.insert(table).on_conflict_do_nothing(),
            "postgresql": postgresql.insert(table).on_conflict_do_nothing(),
        }

    def run(self, connection: Connection, **values: Any) -> bool:
        """Whether the row was inserted."""
        statement = self._by_dialect[connection.dialect.name]
        options = {"preserve_rowcount": True}
        return connection.execute(statement, values, execution_options=options).rowcount == 1


_name: Final[sa.BindParameter[str]] = sa.bindparam("name")
_alias: Final[sa.BindParameter[str]] = sa.bindparam("alias")

NEW_PROFILE: Final = InsertNew(profile)
NEW_ALIAS: Final = InsertNew(alias)
NEW_NONCE: Final = InsertNew(used_nonce)
NEW_RECORD: Final = InsertNew(record)
NEW_CHANGE: Final = InsertNew(alias_change)
NEW_SIGNATURE: Final = InsertNew(used_alias_signature)

PROFILE: Final = sa.select(
    profile.c.name,
    profile.c.address,
    profile.c.signed_profile,
    profile.c.profile_hash,
    profile.c.content_hash,
    profile.c.signing_key,
).where(profile.c.name == _name)
CONTENT_HASH: Final = sa.select(profile.c.content_hash).where(profile.c.name == _name)
PROFILE_HASH: Final = sa.select(profile.c.profile_hash).where(profile.c.name == _name)
REPLACE_PROFILE: Final = sa.update(profile).where(
    profile.c.name == sa.bindparam("of_name"), profile.c.profile_hash == sa.bindparam("old_hash")
)

TARGET: Final = sa.select(alias.c.name).where(alias.c.alias == _alias)
CHOSEN: Final = (
    sa.select(alias.c.alias)
    .where(alias.c.name == _name, alias.c.of_owner == sa.false())
    .order_by(alias.c.claimed_at, alias.c.alias)
    .limit(1)
)
COUNT: Final = (
    sa.select(sa.func.count()).select_from(alias).where(alias.c.name == _name, alias.c.of_owner == sa.false())
)
MOVE_ALIAS: Final = sa.update(alias).where(
    alias.c.alias == sa.bindparam("moved"), alias.c.name == sa.bindparam("old_name")
)
REMOVE_ALIAS: Final = sa.delete(alias).where(
    alias.c.alias == _alias, alias.c.name == _name, alias.c.of_owner == sa.false()
)

LAST: Final = sa.select(alias_change.c.last).where(alias_change.c.alias == _alias)
SET_LAST: Final = sa.update(alias_change).where(alias_change.c.alias == sa.bindparam("changed"))
USED: Final = sa.select(used_alias_signature.c.signature_hash).where(
    used_alias_signature.c.signature_hash == sa.bindparam("signature_hash")
)

NONCE: Final = sa.select(used_nonce.c.nonce).where(
    used_nonce.c.owner == sa.bindparam("owner"), used_nonce.c.nonce == sa.bindparam("nonce")
)
_OVER: Final = (
    sa.select(used_nonce.c.owner, used_nonce.c.nonce)
    .where(used_nonce.c.keep_until < sa.bindparam("now"))
    .limit(sa.bindparam("most"))
)
PURGE: Final = sa.delete(used_nonce).where(sa.tuple_(used_nonce.c.owner, used_nonce.c.nonce).in_(_OVER))

RECORDS: Final = sa.select(record.c.key, record.c.value).where(
    record.c.name == _name, record.c.value.is_not(None)
)
RECORD: Final = sa.select(record.c.value, record.c.issued_at).where(
    record.c.name == _name, record.c.key == sa.bindparam("key")
)
NEWER_RECORD: Final = sa.update(record).where(
    record.c.name == sa.bindparam("of_name"),
    record.c.key == sa.bindparam("of_key"),
    record.c.issued_at < sa.bindparam("than"),
)
CLEAR_RECORDS: Final = sa.update(record).where(record.c.name == sa.bindparam("of_name")).values(value=None)
