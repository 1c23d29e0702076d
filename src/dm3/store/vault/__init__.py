"""The vault: sealed records, its locks, and its way as one file to another machine."""

from typing import TYPE_CHECKING

from dm3.lazy import lazy_face

if TYPE_CHECKING:
    from .change import Change, Conflict
    from .export import export_vault
    from .files import is_vault
    from .record_types import RecordType, Versioned
    from .rekey import rekey_vault
    from .stored_schema import Stored
    from .vault import Vault
    from .vault_import import Imported, Rewrite, import_vault
    from .within import Within
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            ".change": (
                "Change",
                "Conflict",
            ),
            ".export": ("export_vault",),
            ".vault_import": (
                "Imported",
                "Rewrite",
                "import_vault",
            ),
            ".files": ("is_vault",),
            ".record_types": (
                "RecordType",
                "Versioned",
            ),
            ".rekey": ("rekey_vault",),
            ".stored_schema": ("Stored",),
            ".vault": ("Vault",),
            ".within": ("Within",),
        },
    )

__all__ = [
    "Change",
    "Conflict",
    "Imported",
    "RecordType",
    "Rewrite",
    "Stored",
    "Vault",
    "Versioned",
    "Within",
    "export_vault",
    "import_vault",
    "is_vault",
    "rekey_vault",
]
