"""The database of a board."""

from typing import TYPE_CHECKING

from dm3.lazy import lazy_face

if TYPE_CHECKING:
    from .feed import Feed, FeedPage
    from .statements import KEPT_MS, Counts, Statements, StoredStatement
    from .tables import StatementState
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            ".feed": (
                "Feed",
                "FeedPage",
            ),
            ".statements": (
                "Counts",
                "KEPT_MS",
                "Statements",
                "StoredStatement",
            ),
            ".tables": ("StatementState",),
        },
    )

__all__ = [
    "KEPT_MS",
    "Counts",
    "Feed",
    "FeedPage",
    "StatementState",
    "Statements",
    "StoredStatement",
]
