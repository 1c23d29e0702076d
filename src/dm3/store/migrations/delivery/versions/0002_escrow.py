"""Sealed copies of profiles' keys, for owners who open them on another device."""

import sqlalchemy as sa
from alembic import op

revision = "delivery_0002"
down_revision = "delivery_0001"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "escrow",
        sa.Column("app", sa.String(255), primary_key=True),
        sa.Column("owner", sa.String(42), primary_key=True),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("blob", sa.LargeBinary, nullable=False),
    )
    op.create_index("escrow_name", "escrow", ["name"])
