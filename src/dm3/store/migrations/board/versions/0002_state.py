"""What a board remembers of its own past."""

import sqlalchemy as sa
from alembic import op

revision = "board_0002"
down_revision = "board_0001"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "service_state",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
