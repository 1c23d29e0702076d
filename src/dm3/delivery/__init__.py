"""The delivery service: takes in sealed envelopes and keeps them until their receivers fetch them."""

from typing import TYPE_CHECKING

from dm3.lazy import lazy_face

if TYPE_CHECKING:
    from .service import DeliveryService
    from .settings import DeliverySettings, describe
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            ".service": ("DeliveryService",),
            ".settings": (
                "DeliverySettings",
                "describe",
            ),
        },
    )

__all__ = ["DeliveryService", "DeliverySettings", "describe"]
