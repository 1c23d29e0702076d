"""The vault's first schema: a header that says how to unlock it, and sealed items."""

import sqlalchemy as sa
from alembic import op

revision = "vault_0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "vault_header",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kdf", sa.LargeBinary, nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "vault_item",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("shelf", sa.String(32), nullable=False),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("section", sa.LargeBinary, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("shelf", "key", name="vault_item_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("vault_item_section", "vault_item", ["shelf", "section", "seq"])
