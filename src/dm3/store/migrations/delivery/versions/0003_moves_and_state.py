"""Messages that follow their name bit by bit, and what a service remembers of its own past."""

import sqlalchemy as sa
from alembic import op

revision = "delivery_0003"
down_revision = "delivery_0002"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "mailbox_move",
        sa.Column("source", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(255), primary_key=True),
    )
    op.create_table(
        "service_state",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
