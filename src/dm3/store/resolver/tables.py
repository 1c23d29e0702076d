"""The resolver's tables: what is registered under which name. Names are in ENSIP-15 normal form."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

metadata: Final = sa.MetaData()

profile = sa.Table(
    "profile",
    metadata,
    sa.Column("name", sa.String(255), primary_key=True),
    sa.Column("address", sa.String(42), nullable=False),
    sa.Column("signed_profile", sa.Text, nullable=False),
    sa.Column("profile_hash", sa.String(66), nullable=False),
    sa.Column("content_hash", sa.String(66), nullable=False),
    sa.Column("signing_key", sa.LargeBinary, nullable=False),
    comment="Address names. content_hash is of the profile without its signature.",
)

alias = sa.Table(
    "alias",
    metadata,
    sa.Column("alias", sa.String(255), primary_key=True),
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("of_owner", sa.Boolean, nullable=False),
    sa.Column("claimed_at", sa.BigInteger, nullable=False),
    sa.Index("alias_name", "name"),
    comment="Names that point to an address name: chosen ones and owner aliases. UNIX seconds.",
)

used_nonce = sa.Table(
    "used_nonce",
    metadata,
    sa.Column("owner", sa.String(42), primary_key=True),
    sa.Column("nonce", sa.String(256), primary_key=True),
    sa.Column("keep_until", sa.BigInteger, nullable=False),
    sa.Index("used_nonce_keep_until", "keep_until"),
    comment="Nonces of owners' authorisations that must not count again. UNIX seconds.",
)

record = sa.Table(
    "record",
    metadata,
    sa.Column("name", sa.String(255), primary_key=True),
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("value", sa.Text, nullable=True),
    sa.Column("issued_at", sa.BigInteger, nullable=False),
    comment="Text records published by profiles; NULL is a removed one. UNIX milliseconds.",
)

alias_change = sa.Table(
    "alias_change",
    metadata,
    sa.Column("alias", sa.String(255), primary_key=True),
    sa.Column("last", sa.String(66), nullable=False),
    comment="The hash of the text that claimed or removed an alias last.",
)

used_alias_signature = sa.Table(
    "used_alias_signature",
    metadata,
    sa.Column("signature_hash", sa.String(66), primary_key=True),
    comment="Undated claims and removals of aliases that must not count again.",
)

released_alias = sa.Table(
    "released_alias",
    metadata,
    sa.Column("alias", sa.String(255), primary_key=True),
    sa.Column("name", sa.String(255), nullable=False),
    comment="Reserved aliases, and the address name that may claim each of them all the same.",
)

service_state = sa.Table(
    "service_state",
    metadata,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
    comment="What the resolver remembers of its own past.",
)
