"""Tables of the vault. What they say is in the migrations; this is how queries name it."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, String, Table, UniqueConstraint

metadata = MetaData()

header = Table(
    "vault_header",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kdf", LargeBinary, nullable=False),
    Column("wrapped_key", LargeBinary, nullable=False),
    Column("generation", Integer, nullable=False, server_default="1"),
)
"""One row. ``generation`` counts the data keys: who has opened the vault with another one writes no more."""

item = Table(
    "vault_item",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("shelf", String(32), key="record_type", nullable=False),  # the name that stored tables have
    Column("key", LargeBinary, nullable=False),
    Column("section", LargeBinary, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    UniqueConstraint("record_type", "key", name="vault_item_key"),
    sqlite_autoincrement=True,
)

Index("vault_item_section", item.c.record_type, item.c.section, item.c.seq)
