"""What a client keeps and knows, below everything that it does."""

from typing import TYPE_CHECKING

from dm3.lazy import lazy_face

if TYPE_CHECKING:
    from .capabilities import message_type
    from .identity import Stage
    from .outbox_entry import NOBODY_THERE, OutboxState
    from .records import ASKINGS, WALLETS, RefusedMessage
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            ".capabilities": ("message_type",),
            ".outbox_entry": (
                "NOBODY_THERE",
                "OutboxState",
            ),
            ".records": (
                "ASKINGS",
                "RefusedMessage",
                "WALLETS",
            ),
            ".identity": ("Stage",),
        },
    )

__all__ = ["ASKINGS", "NOBODY_THERE", "WALLETS", "OutboxState", "RefusedMessage", "Stage", "message_type"]
