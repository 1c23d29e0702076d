"""What seals a copy in escrow, and when copies were given out to a site's login."""

import sqlalchemy as sa
from alembic import op

revision = "delivery_0004"
down_revision = "delivery_0003"


def upgrade() -> None:
    """Add the column and the table."""
    op.add_column("escrow", sa.Column("sealed", sa.Text))
    op.create_table(
        "escrow_release",
        sa.Column("app", sa.String(255), primary_key=True),
        sa.Column("owner", sa.String(42), primary_key=True),
        sa.Column("nonce", sa.String(64), primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("page", sa.Text, nullable=False),
        sa.Column("given", sa.Boolean, nullable=False),
    )
    op.create_index("escrow_release_at", "escrow_release", ["at"])
