"""Everything that is kept: databases, migrations and the repositories over them."""

from .engine.database import Database

__all__ = ["Database"]
