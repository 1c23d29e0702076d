"""Of whom a key was made that no browser has come back with: one source's keys hold out nobody else's."""

import sqlalchemy as sa
from alembic import op

revision = "widget_0003"
down_revision = "widget_0002"


def upgrade() -> None:
    """Add the column; keys of before count as those that browsers have come back with."""
    op.add_column("wrapping_key", sa.Column("maker", sa.LargeBinary))
    op.create_index("wrapping_key_maker", "wrapping_key", ["maker"])
    for name, where in (("wrapping_key_new", "maker IS NOT NULL"), ("wrapping_key_back", "maker IS NULL")):
        op.create_index(
            name, "wrapping_key", ["used_on"], sqlite_where=sa.text(where), postgresql_where=sa.text(where)
        )
