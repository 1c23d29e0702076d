"""The widget host's first schema: wrapping keys."""

import sqlalchemy as sa
from alembic import op

revision = "widget_0001"
down_revision = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "wrapping_key",
        sa.Column("cookie_hash", sa.LargeBinary, primary_key=True),
        sa.Column("app", sa.String(255), nullable=False),
        sa.Column("locked_key", sa.LargeBinary, nullable=False),
        sa.Column("used_on", sa.Integer, nullable=False),
    )
    op.create_index("wrapping_key_used_on", "wrapping_key", ["used_on"])
