"""Names: where they come from, and the directory of verified profiles."""

from typing import TYPE_CHECKING

from dm3.lazy import lazy_face

if TYPE_CHECKING:
    from .directory import Directory
    from .setup_check import check_domain
    from .sources import NameSource
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            ".directory": ("Directory",),
            ".setup_check": ("check_domain",),
            ".sources": ("NameSource",),
        },
    )

__all__ = ["Directory", "NameSource", "check_domain"]
