"""Everything that is kept: databases, migrations and the repositories over them."""

from .database import Database

__all__ = ["Database"]
