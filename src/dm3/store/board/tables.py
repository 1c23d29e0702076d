"""The board's tables: statements and what is left of those that are gone (specification 5.8); its past."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import sqlalchemy as sa

metadata: Final = sa.MetaData()

service_state = sa.Table(
    "service_state",
    metadata,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
    comment="What the board remembers of its own past: when it was in use.",
)

statement = sa.Table(
    "statement",
    metadata,
    sa.Column("hash", sa.String(66), primary_key=True),
    sa.Column("author", sa.String(255), nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("profile", sa.Text, nullable=False),
    sa.Column("received_at", sa.BigInteger, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("reason", sa.String(16), nullable=False),
    sa.Column("position", sa.BigInteger, nullable=True),
    sa.Index("statement_author", "author", "received_at"),
    sa.Index("statement_received", "received_at"),
    sa.Index("statement_state", "state", "received_at"),
    sa.Index("statement_position", "position", unique=True),
    comment="position: where the feed tells it, anew with each change; null before it was ever published. "
    "Of one that is gone, message and profile are empty. received_at: milliseconds.",
)


class StatementState(StrEnum):
    """Where a statement stands."""

    WAITING = "waiting"
    PUBLISHED = "published"
    GONE = "gone"
    REFUSED = "refused"
