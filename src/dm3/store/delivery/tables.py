"""The tables of a delivery service.

Every table of a mailbox leads with the mailbox's id as its key, so that a database may be split by it.
Only three are looked up otherwise: `mailbox_name`, by name, `escrow`, by application and owner, and the
clean-up, by time. The sealed parts of an envelope are opaque text.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

mailbox = Table(
    "mailbox",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("profile_hash", String(66), nullable=False, unique=True),
    Column("profile", Text, nullable=False),
    Column("extension", Text),
    Column("token_epoch", Integer, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("held", BigInteger, nullable=False),
    Column("held_bytes", BigInteger, nullable=False),
)
"""One per registered profile. ``last_seq`` numbers its messages in the order of their arrival and never
goes back; ``held`` and ``held_bytes`` are what it holds now; raising ``token_epoch`` revokes tokens."""

mailbox_name = Table(
    "mailbox_name",
    metadata,
    Column("name", String(255), primary_key=True),
    Column("mailbox", String(32), nullable=False),
    Index("mailbox_name_mailbox", "mailbox"),
)
"""The names (in normal form) under which a mailbox receives."""

message = Table(
    "message",
    metadata,
    Column("mailbox", String(32), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", String(66), nullable=False),
    Column("origin", String(64), nullable=False),
    Column("name", String(255), nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("envelope", Text, nullable=False),
    UniqueConstraint("mailbox", "hash", "origin", name="message_hash"),
    Index("message_expires", "expires"),
)
"""What waits to be fetched: ``envelope`` is its JSON text, ``expires`` in UNIX seconds, ``name`` the
receiver's name it was sent to. ``hash`` is as claimed; ``origin`` is a hash of what tells whose it is, so
that nobody takes the place of somebody else's message."""

reader = Table(
    "reader",
    metadata,
    Column("mailbox", String(32), primary_key=True),
    Column("reader", String(64), primary_key=True),
    Column("acked_through", BigInteger, nullable=False),
    Column("seen", BigInteger, nullable=False),
    Index("reader_seen", "seen"),
)
"""Who reads a mailbox. Everything up to ``acked_through`` is acknowledged; ``seen`` in UNIX seconds."""

acknowledgement = Table(
    "acknowledgement",
    metadata,
    Column("mailbox", String(32), primary_key=True),
    Column("reader", String(64), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""What a reader has acknowledged above its ``acked_through``, while others still lack it."""

mailbox_move = Table(
    "mailbox_move",
    metadata,
    Column("source", String(32), primary_key=True),
    Column("name", String(255), primary_key=True),
)
"""Names that have left the mailbox ``source``, while messages for them are still in it."""

service_state = Table(
    "service_state",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)
"""What the service remembers of its own past: by whom the data were written, and when."""

used_nonce = Table(
    "used_nonce",
    metadata,
    Column("mailbox", String(32), primary_key=True),
    Column("nonce", String(64), primary_key=True),
    Column("expires", BigInteger, nullable=False),
    Index("used_nonce_expires", "expires"),
)
"""Challenges that were answered, until they would have expired (UNIX seconds)."""

escrow = Table(
    "escrow",
    metadata,
    Column("app", String(255), primary_key=True),
    Column("owner", String(42), primary_key=True),
    Column("name", String(255), nullable=False),
    Column("blob", LargeBinary, nullable=False),
    Column("sealed", Text),
    Index("escrow_name", "name"),
)
"""Sealed copies of profiles' keys by application and owner (in lower case): ``blob`` belongs to the profile
``name``, and only its owner can open it. ``sealed`` says under what, as canonical JSON; None: as ``blob``
says."""

escrow_release = Table(
    "escrow_release",
    metadata,
    Column("app", String(255), primary_key=True),
    Column("owner", String(42), primary_key=True),
    Column("nonce", String(64), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("page", Text, nullable=False),
    Column("given", Boolean, nullable=False),
    Index("escrow_release_at", "at"),
)
"""A site's logins that asked for a copy: ``nonce`` is a hash of the login's, ``at`` in UNIX seconds, ``page``
its URI, ``given`` whether there was a copy to give out."""
