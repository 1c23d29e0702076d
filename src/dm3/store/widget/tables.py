"""The widget host's tables: the halves of visitors' keys (specification 5.6), and what it remembers."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

metadata: Final = sa.MetaData()

service_state = sa.Table(
    "service_state",
    metadata,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
    comment="What the widget host remembers of its own past: when it was in use.",
)

wrapping_key = sa.Table(
    "wrapping_key",
    metadata,
    sa.Column("cookie_hash", sa.LargeBinary, primary_key=True),
    sa.Column("app", sa.String(255), nullable=False),
    sa.Column("locked_key", sa.LargeBinary, nullable=False),
    sa.Column("used_on", sa.Integer, nullable=False),
    sa.Column("maker", sa.LargeBinary),
    sa.Index("wrapping_key_used_on", "used_on"),
    sa.Index("wrapping_key_maker", "maker"),
    comment="Each key is locked under its cookie, which is not kept. used_on: days since 1970. maker: a tag "
    "of the source that it was made for, until its browser comes back on a later day.",
)
for _name, _where in (("wrapping_key_new", "maker IS NOT NULL"), ("wrapping_key_back", "maker IS NULL")):
    sa.Index(
        _name,
        wrapping_key.c.used_on,
        sqlite_where=sa.text(_where),
        postgresql_where=sa.text(_where),
    )
