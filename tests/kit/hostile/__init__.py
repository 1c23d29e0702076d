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
from .proxy import ANSWERS, Proxy, Reply, a_page, dripping, hanging, passing_on
from .server import HostileServer

__all__ = [
    "ANSWERS",
    "Answer",
    "Heard",
    "HostileDelivery",
    "HostileServer",
    "Proxy",
    "Reply",
    "a_page",
    "dripping",
    "drips",
    "endless",
    "hanging",
    "hangs",
    "junk",
    "names_file",
    "page_of",
    "passing_on",
    "refuses",
    "says",
    "stands_still",
]
