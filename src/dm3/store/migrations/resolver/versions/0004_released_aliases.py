"""Reserved aliases that the operator gives to one profile."""

import sqlalchemy as sa
from alembic import op

revision = "resolver_0004"
down_revision = "resolver_0003"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "released_alias",
        sa.Column("alias", sa.String(255), primary_key=True),
        sa.Column("name", sa.String(255), nullable=False),
    )
