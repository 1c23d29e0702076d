"""Records carry the version of their stored form. The tables are as before, so nothing is rewritten.

The revision is there for builds from before: they would call such a record damaged, and refuse the vault as
one of a newer version instead.
"""

revision = "vault_0002"
down_revision = "vault_0001"


def upgrade() -> None:
    """Nothing to do: a record without a version is read as version 1, and kept anew when it changes."""
