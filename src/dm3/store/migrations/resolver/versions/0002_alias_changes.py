"""What happened to an alias last, and which undated signatures were used, so that none counts again."""

import sqlalchemy as sa
from alembic import op

revision = "resolver_0002"
down_revision = "resolver_0001"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "alias_change",
        sa.Column("alias", sa.String(255), primary_key=True),
        sa.Column("last", sa.String(66), nullable=False),
    )
    op.create_table(
        "used_alias_signature",
        sa.Column("signature_hash", sa.String(66), primary_key=True),
    )
