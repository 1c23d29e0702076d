"""One database with one writer that commits together what arrives together; its migrations."""

from typing import TYPE_CHECKING

from dm3.lazy import lazy_face

if TYPE_CHECKING:
    from .service_state import ServiceState
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            ".service_state": ("ServiceState",),
        },
    )

__all__ = ["ServiceState"]
