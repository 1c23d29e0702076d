"""Public statements on a board, and how their readers verify them (specification 5.8)."""

from typing import TYPE_CHECKING

from dm3.lazy import lazy_face

if TYPE_CHECKING:
    from .items import (
        MAX_ITEM_CHARS,
        MAX_STATEMENT_CHARS,
        GoneItem,
        GoneReason,
        NotAStatement,
        PublishedItem,
        check_statement,
        gone_json,
        published_json,
        read_item,
    )
    from .verifying import VerifiedStatement, verify_statement
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            ".items": (
                "GoneItem",
                "GoneReason",
                "MAX_ITEM_CHARS",
                "MAX_STATEMENT_CHARS",
                "NotAStatement",
                "PublishedItem",
                "check_statement",
                "gone_json",
                "published_json",
                "read_item",
            ),
            ".verifying": (
                "VerifiedStatement",
                "verify_statement",
            ),
        },
    )

__all__ = [
    "MAX_ITEM_CHARS",
    "MAX_STATEMENT_CHARS",
    "GoneItem",
    "GoneReason",
    "NotAStatement",
    "PublishedItem",
    "VerifiedStatement",
    "check_statement",
    "gone_json",
    "published_json",
    "read_item",
    "verify_statement",
]
