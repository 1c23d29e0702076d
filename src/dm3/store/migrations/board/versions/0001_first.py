"""The board's first schema: statements."""

import sqlalchemy as sa
from alembic import op

revision = "board_0001"
down_revision = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "statement",
        sa.Column("hash", sa.String(66), primary_key=True),
        sa.Column("author", sa.String(255), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("profile", sa.Text, nullable=False),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("position", sa.BigInteger, nullable=True),
    )
    op.create_index("statement_author", "statement", ["author", "received_at"])
    op.create_index("statement_received", "statement", ["received_at"])
    op.create_index("statement_state", "statement", ["state", "received_at"])
    op.create_index("statement_position", "statement", ["position"], unique=True)
