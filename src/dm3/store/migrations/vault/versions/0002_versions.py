"""Records carry the version of their stored form, and the header counts the vault's data keys.

Records are not rewritten: one without a version is read as version 1, and kept anew when it changes. Builds
from before would call a record with a version damaged; by this revision they refuse the vault as a newer one.
"""

import sqlalchemy as sa
from alembic import op

revision = "vault_0002"
down_revision = "vault_0001"


def upgrade() -> None:
    """Add the number of the data key."""
    op.add_column("vault_header", sa.Column("generation", sa.Integer, nullable=False, server_default="1"))
