"""Linking on both sides, and what a linked and a main profile are in use."""

from typing import TYPE_CHECKING

from dm3.lazy import lazy_face

if TYPE_CHECKING:
    from .addressee import AnotherOwner
    from .clock_check import WrongClock
    from .linked_mailboxes import KeysChanged
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            ".addressee": ("AnotherOwner",),
            ".clock_check": ("WrongClock",),
            ".linked_mailboxes": ("KeysChanged",),
        },
    )

__all__ = ["AnotherOwner", "KeysChanged", "WrongClock"]
