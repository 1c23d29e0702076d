"""What a resolver remembers of its own past."""

import sqlalchemy as sa
from alembic import op

revision = "resolver_0003"
down_revision = "resolver_0002"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "service_state",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
