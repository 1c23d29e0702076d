"""The delivery service's first schema: mailboxes, messages, readers."""

import sqlalchemy as sa
from alembic import op

revision = "delivery_0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "mailbox",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("profile_hash", sa.String(66), nullable=False, unique=True),
        sa.Column("profile", sa.Text, nullable=False),
        sa.Column("extension", sa.Text),
        sa.Column("token_epoch", sa.Integer, nullable=False),
        sa.Column("last_seq", sa.BigInteger, nullable=False),
        sa.Column("held", sa.BigInteger, nullable=False),
        sa.Column("held_bytes", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "mailbox_name",
        sa.Column("name", sa.String(255), primary_key=True),
        sa.Column("mailbox", sa.String(32), nullable=False),
    )
    op.create_index("mailbox_name_mailbox", "mailbox_name", ["mailbox"])
    op.create_table(
        "message",
        sa.Column("mailbox", sa.String(32), primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.String(66), nullable=False),
        sa.Column("origin", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("envelope", sa.Text, nullable=False),
        sa.UniqueConstraint("mailbox", "hash", "origin", name="message_hash"),
    )
    op.create_index("message_expires", "message", ["expires"])
    op.create_table(
        "reader",
        sa.Column("mailbox", sa.String(32), primary_key=True),
        sa.Column("reader", sa.String(64), primary_key=True),
        sa.Column("acked_through", sa.BigInteger, nullable=False),
        sa.Column("seen", sa.BigInteger, nullable=False),
    )
    op.create_index("reader_seen", "reader", ["seen"])
    op.create_table(
        "acknowledgement",
        sa.Column("mailbox", sa.String(32), primary_key=True),
        sa.Column("reader", sa.String(64), primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "used_nonce",
        sa.Column("mailbox", sa.String(32), primary_key=True),
        sa.Column("nonce", sa.String(64), primary_key=True),
        sa.Column("expires", sa.BigInteger, nullable=False),
    )
    op.create_index("used_nonce_expires", "used_nonce", ["expires"])
