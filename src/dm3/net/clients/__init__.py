"""Our services as their users see them: delivery service and resolver."""

from typing import TYPE_CHECKING

from dm3.lazy import lazy_face

if TYPE_CHECKING:
    from .delivery import DeliveryClient
    from .mailbox_pages import MOST_MAILBOXES, UNAUTHORIZED, Delivered, MailboxQuery, Page
    from .resolver import ResolverClient
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            ".delivery": ("DeliveryClient",),
            ".mailbox_pages": (
                "Delivered",
                "MOST_MAILBOXES",
                "MailboxQuery",
                "Page",
                "UNAUTHORIZED",
            ),
            ".resolver": ("ResolverClient",),
        },
    )

__all__ = [
    "MOST_MAILBOXES",
    "UNAUTHORIZED",
    "Delivered",
    "DeliveryClient",
    "MailboxQuery",
    "Page",
    "ResolverClient",
]
