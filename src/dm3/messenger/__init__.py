"""The messenger: one inbox for a person with many profiles, as a web application on their own machine."""

from typing import TYPE_CHECKING

from dm3.lazy import lazy_face

if TYPE_CHECKING:
    from .server import MessengerServer
    from .settings import MessengerSettings
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            ".server": ("MessengerServer",),
            ".settings": ("MessengerSettings",),
        },
    )

__all__ = ["MessengerServer", "MessengerSettings"]
