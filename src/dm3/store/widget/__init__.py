"""The database of a widget host."""

from typing import TYPE_CHECKING

from dm3.lazy import lazy_face

if TYPE_CHECKING:
    from .wrapping_keys import KEPT_DAYS, STATE, KeyBounds, WrappingKeys, forget_unused, last_use
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            ".wrapping_keys": (
                "KEPT_DAYS",
                "KeyBounds",
                "STATE",
                "WrappingKeys",
                "forget_unused",
                "last_use",
            ),
        },
    )

__all__ = ["KEPT_DAYS", "STATE", "KeyBounds", "WrappingKeys", "forget_unused", "last_use"]
