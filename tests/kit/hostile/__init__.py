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
from .page import HOSTILE_PAGE, BlindWallet, floods, learned, listens
from .proxy import ANSWERS, Proxy, Reply, a_page, dripping, hanging, passing_on
from .resolver import HostileResolver, Lie, lied
from .server import HostileServer

__all__ = [
    "ANSWERS",
    "HOSTILE_PAGE",
    "Answer",
    "BlindWallet",
    "Heard",
    "HostileDelivery",
    "HostileResolver",
    "HostileServer",
    "Lie",
    "Proxy",
    "Reply",
    "a_page",
    "dripping",
    "drips",
    "endless",
    "floods",
    "hanging",
    "hangs",
    "junk",
    "learned",
    "lied",
    "listens",
    "names_file",
    "page_of",
    "passing_on",
    "refuses",
    "says",
    "stands_still",
]
