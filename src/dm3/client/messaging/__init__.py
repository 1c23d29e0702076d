"""Conversations and what goes out: kept first, then on its way."""

from typing import TYPE_CHECKING

from dm3.lazy import lazy_face

if TYPE_CHECKING:
    from .dispatcher import dispatch
    from .outbox import enqueue
    from .recipients import NobodyThere
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            ".dispatcher": ("dispatch",),
            ".outbox": ("enqueue",),
            ".recipients": ("NobodyThere",),
        },
    )

__all__ = ["NobodyThere", "dispatch", "enqueue"]
