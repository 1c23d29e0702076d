"""The delivery service: takes in sealed envelopes and keeps them until their receivers fetch them."""

from .service import DeliveryService
from .settings import DeliverySettings, describe

__all__ = ["DeliveryService", "DeliverySettings", "describe"]
