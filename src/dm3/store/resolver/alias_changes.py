"""What happened to aliases last: so that an old claim or removal cannot be played again.

Work functions for `dm3.store.Database`.
"""

from __future__ import annotations

from sqlalchemy import Connection

from dm3.protocol.names import FIRST, AliasChange, hash_before_there_was_any

from . import name_statements as sql


def last_change(connection: Connection, alias: str) -> str:
    """The hash of the text that changed ``alias`` (normal form) last; `FIRST` for none."""
    last: str | None = connection.execute(sql.LAST, {"alias": alias}).scalar()
    if last is not None:
        return last
    claimed = connection.execute(sql.TARGET, {"alias": alias}).scalar() is not None
    return hash_before_there_was_any(alias) if claimed else FIRST


def follows(connection: Connection, alias: str, change: AliasChange | None) -> bool:
    """Whether ``change`` follows the last one, or is an undated one that was not used yet."""
    if change is None:
        return True
    if change.after is not None:
        return change.after == last_change(connection, alias)
    return connection.execute(sql.USED, {"signature_hash": change.signer}).scalar() is None


def keep_change(connection: Connection, alias: str, change: AliasChange | None) -> None:
    """Make ``change`` the last one of ``alias``."""
    if change is None:
        return
    if change.after is None:
        sql.NEW_SIGNATURE.run(connection, signature_hash=change.signer)
    if not sql.NEW_CHANGE.run(connection, alias=alias, last=change.text_hash):
        connection.execute(sql.SET_LAST, {"changed": alias, "last": change.text_hash})
