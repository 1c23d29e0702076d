"""Hostile parties that any test can place: real servers on loopback that hang, drip, lie or send junk."""

from .behaviours import (
    Answer,
    Heard,
    drips,
    endless,
    hangs,
    page_of,
    refuses,
    says,
    stands_still,
)
from .delivery import HostileDelivery, junk, names_file
from .server import HostileServer

__all__ = [
    "Answer",
    "Heard",
    "HostileDelivery",
    "HostileServer",
    "drips",
    "endless",
    "hangs",
    "junk",
    "names_file",
    "page_of",
    "refuses",
    "says",
    "stands_still",
]
