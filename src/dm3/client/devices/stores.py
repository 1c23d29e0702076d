"""What is kept of a main profile's devices and of what they tell each other, by subject."""

from __future__ import annotations

from msgspec import Struct

from ..state.open_profile import OpenProfile
from .book import DeviceBook
from .decisions import LinkDecisions
from .marks import ConversationMarks
from .new_keys import NewKeysSync
from .settings import SettingsSync
from .told_items import ToldItems


class DeviceStores(Struct, frozen=True):
    """Each subject that devices tell each other about.

    ``book``: the devices themselves.
    ``items``: what was told, and is to be told yet.
    ``settings``: what is set for the profile.
    ``decisions``: links, and nonces that were used.
    ``marks``: those of conversations.
    ``new_keys``: other keys of the profile.
    """

    book: DeviceBook
    items: ToldItems
    settings: SettingsSync
    decisions: LinkDecisions
    marks: ConversationMarks
    new_keys: NewKeysSync


def stores_of(own: OpenProfile) -> DeviceStores:
    """What is kept for the devices of a profile."""
    context = own.context
    book, items = DeviceBook(own), ToldItems(context.vault, own.account)
    settings = SettingsSync(context, own.account, items)
    return DeviceStores(
        book=book,
        items=items,
        settings=settings,
        decisions=LinkDecisions(context, own.account, items, settings),
        marks=ConversationMarks(context, items),
        new_keys=NewKeysSync(own, items, book),
    )
