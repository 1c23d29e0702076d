"""The resolver's first schema: profiles, aliases, used nonces, records."""

import sqlalchemy as sa
from alembic import op

revision = "resolver_0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "profile",
        sa.Column("name", sa.String(255), primary_key=True),
        sa.Column("address", sa.String(42), nullable=False),
        sa.Column("signed_profile", sa.Text, nullable=False),
        sa.Column("profile_hash", sa.String(66), nullable=False),
        sa.Column("content_hash", sa.String(66), nullable=False),
        sa.Column("signing_key", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "alias",
        sa.Column("alias", sa.String(255), primary_key=True),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("of_owner", sa.Boolean, nullable=False),
        sa.Column("claimed_at", sa.BigInteger, nullable=False),
    )
    op.create_index("alias_name", "alias", ["name"])
    op.create_table(
        "used_nonce",
        sa.Column("owner", sa.String(42), primary_key=True),
        sa.Column("nonce", sa.String(256), primary_key=True),
        sa.Column("keep_until", sa.BigInteger, nullable=False),
    )
    op.create_index("used_nonce_keep_until", "used_nonce", ["keep_until"])
    op.create_table(
        "record",
        sa.Column("name", sa.String(255), primary_key=True),
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("value", sa.Text, nullable=True),
        sa.Column("issued_at", sa.BigInteger, nullable=False),
    )
