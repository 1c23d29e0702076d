"""A board: a profile that takes public statements, and a service that shows them (specification 5.8)."""

from typing import TYPE_CHECKING

from dm3.lazy import lazy_face

if TYPE_CHECKING:
    from .host import BoardHost
    from .settings import BoardSettings, Moderation, check_board
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            ".host": ("BoardHost",),
            ".settings": (
                "BoardSettings",
                "Moderation",
                "check_board",
            ),
        },
    )

__all__ = ["BoardHost", "BoardSettings", "Moderation", "check_board"]
