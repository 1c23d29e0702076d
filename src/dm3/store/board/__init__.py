"""The database of a board."""

from typing import TYPE_CHECKING

from dm3.lazy import lazy_face

if TYPE_CHECKING:
    from .feed import Feed, FeedPage
    from .statements import (
        KEPT_MS,
        MOST_REFUSED,
        STATE,
        Counts,
        Statements,
        StoredStatement,
        clean,
        last_use,
    )
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
                "MOST_REFUSED",
                "STATE",
                "Statements",
                "StoredStatement",
                "clean",
                "last_use",
            ),
            ".tables": ("StatementState",),
        },
    )

__all__ = [
    "KEPT_MS",
    "MOST_REFUSED",
    "STATE",
    "Counts",
    "Feed",
    "FeedPage",
    "StatementState",
    "Statements",
    "StoredStatement",
    "clean",
    "last_use",
]
