"""What devices tell each other, item by item, and which of two items about the same thing counts.

Every item is about one *place*, and all items of a place stand in one total order: so it does not matter in
which order they come, how often, or through whom (specification 5.2).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

from msgspec import Struct

from dm3.base import Members, canonical_json, read_json, sha256_hex
from dm3.base.errors import MalformedData

LATEST: Final = 4_102_444_800_000
"""The last time that a mark may name, in milliseconds: 2100-01-01. A clock that is wrong says no more."""
MAX_NAME: Final = 1_000
MAX_DRAFT: Final = 100_000
"""Characters of a draft that is told; a longer one stays where it was written."""


class ItemKind(StrEnum):
    """The kinds of items known here. The set is open: others are kept as they came."""

    SENT = "sent"
    KEPT = "kept"
    READ = "read"
    LINK = "link"
    NONCE = "nonce"
    BLOCKED = "blocked"
    ALLOWED = "allowed"
    ARCHIVED = "archived"
    PINNED = "pinned"
    MUTED = "muted"
    DRAFT = "draft"
    SETTINGS = "settings"
    RECOVERY = "recovery"
    KEYS = "keys"
    HOLDS = "holds"
    DEVICE = "device"
    REMOVED = "removed"
    WANT = "want"


FLAGS: Final = (
    ItemKind.BLOCKED,
    ItemKind.ALLOWED,
    ItemKind.ARCHIVED,
    ItemKind.PINNED,
    ItemKind.MUTED,
)
"""What a user decides about a conversation, by yes or no."""


class LinkWord(StrEnum):
    """What was decided on a Link Message; each beats those before it."""

    REJECTED = "rejected"
    APPROVED = "approved"
    ENDED = "ended"


class Item(Struct, frozen=True):
    """One item: its canonical JSON ``text``, the ``place`` that it is about, and its ``rank`` there."""

    kind: str
    place: str
    rank: tuple[int, ...]
    text: str

    def members(self) -> Members:
        """Its members, which were checked when it was read."""
        return Members(read_json(self.text, what="the item"), "the item")


def beats(item: Item, held: Item | None) -> bool:
    """Whether ``item`` counts rather than what is ``held`` of the same place."""
    return held is None or (item.rank, item.text) > (held.rank, held.text)


def read_item(value: Any) -> Item:
    """Read an item. Raises `MalformedData` for one of a known kind that is not made as it is to be."""
    members = Members(value, "the item")
    kind = members.text("kind", max_length=100)
    text = canonical_json(value)
    match kind:
        case ItemKind.SENT:
            message = members.text("text")
            return Item(kind, f"sent|{sha256_hex(message)}", (), text)
        case ItemKind.KEPT:
            profile, message = members.text("profile", max_length=MAX_NAME), members.text("text")
            _time(members)
            _flag(members, "unread")
            return Item(kind, f"kept|{profile}|{sha256_hex(message)}", (), text)
        case ItemKind.READ:
            return Item(kind, _conversation(kind, members), (_time(members),), text)
        case _ if kind in FLAGS:
            return Item(kind, _conversation(kind, members), (_time(members), int(_flag(members))), text)
        case ItemKind.DRAFT:
            members.text("text", max_length=MAX_DRAFT)
            return Item(kind, _conversation(kind, members), (_time(members),), text)
        case ItemKind.SETTINGS:
            name = members.text("name", max_length=100)
            members.text("value", max_length=100)
            return Item(kind, f"settings|{name}", (_time(members),), text)
        case ItemKind.RECOVERY:
            profile = members.text("profile", max_length=MAX_NAME)
            members.text("mode", max_length=100)
            return Item(kind, f"recovery|{profile}", (_time(members),), text)
        case ItemKind.KEYS:
            members.text("sealed")
            return Item(kind, f"keys|{_device(members)}", (_time(members),), text)
        case ItemKind.HOLDS:
            members.text("hash", max_length=100)
            return Item(kind, f"holds|{_device(members)}", (_time(members),), text)
        case ItemKind.NONCE:
            owner, nonce = members.text("owner", max_length=100), members.text("nonce", max_length=200)
            members.text("messageHash", max_length=100)
            return Item(kind, f"nonce|{owner}|{nonce}", (members.whole("expiresAt"),), text)
        case ItemKind.LINK:
            return _link(members, text)
        case ItemKind.DEVICE:
            place = f"device|{_device(members)}|{members.text('by', max_length=100)}"
            return Item(kind, place, (), text)
        case ItemKind.REMOVED:
            return Item(kind, f"removed|{_device(members)}", (_count(members, "through"),), text)
        case ItemKind.WANT:
            return Item(kind, f"want|{_device(members)}", (), text)
        case _:
            return Item(kind, f"other|{sha256_hex(text)}", (), text)


def _link(members: Members, text: str) -> Item:
    profile = members.text("profile", max_length=MAX_NAME)
    try:
        word = LinkWord(members.text("is", max_length=100))
    except ValueError:
        raise MalformedData("the item says of a link what is not known") from None
    order = [list(LinkWord).index(word)]
    if word is LinkWord.APPROVED:
        link = members.object("link")
        order += [link.whole("askedAt"), link.whole("validUntil"), len(members.texts("messages"))]
        order.append(int(link.optional_text("profileKey") is not None))
    place = f"link|{profile}|{members.text('message', max_length=100)}"
    return Item(ItemKind.LINK, place, tuple(order), text)


def _conversation(kind: str, members: Members) -> str:
    profile, peer = (members.text(name, max_length=MAX_NAME) for name in ("profile", "peer"))
    return f"{kind}|{profile}|{peer}"


def _device(members: Members) -> str:
    return members.text("device", max_length=100)


def _count(members: Members, name: str) -> int:
    count = members.whole(name)
    if count < 0:
        raise MalformedData(f"the item: {name} is below nought")
    return count


def _time(members: Members) -> int:
    at = _count(members, "at")
    if at > LATEST:
        raise MalformedData("the item: at is later than any clock says")
    return at


def _flag(members: Members, name: str = "on") -> bool:
    flag = members.raw().get(name)
    if not isinstance(flag, bool):
        raise MalformedData(f"the item: {name} must be true or false")
    return flag


# --- made here ------------------------------------------------------------------------------------


def sent_item(text: str) -> Item:
    """A message of the profile that was sent: its canonical JSON with its signature."""
    return read_item({"kind": ItemKind.SENT.value, "text": text})


def kept_item(profile: str, text: str, at: int, *, unread: bool) -> Item:
    """A message of a conversation of ``profile``, as it is kept; ``at`` in milliseconds."""
    members = {"kind": ItemKind.KEPT.value, "profile": profile, "text": text}
    return read_item({**members, "at": min(at, LATEST), "unread": unread})


def read_mark_item(profile: str, peer: str, at: int) -> Item:
    """Everything in this conversation up to ``at`` (milliseconds, the messages' times) was read."""
    return read_item({"kind": ItemKind.READ.value, "profile": profile, "peer": peer, "at": min(at, LATEST)})


def mark_item(kind: ItemKind, profile: str, peer: str, *, on: bool, at: int) -> Item:
    """A conversation got a mark, or has it no longer (``on`` False), at ``at`` (milliseconds)."""
    return read_item({"kind": kind.value, "profile": profile, "peer": peer, "on": on, "at": at})


def draft_item(profile: str, peer: str, text: str, at: int) -> Item:
    """What is half written in a conversation since ``at`` (milliseconds), empty for nothing."""
    return read_item({"kind": ItemKind.DRAFT.value, "profile": profile, "peer": peer, "text": text, "at": at})


def settings_item(name: str, value: str, at: int) -> Item:
    """What the user has set for the main profile at ``at`` (milliseconds); ``value`` is empty for nothing."""
    return read_item({"kind": ItemKind.SETTINGS.value, "name": name, "value": value, "at": at})


def recovery_item(profile: str, mode: str, at: int) -> Item:
    """Whether the user is asked before the keys of a link are given back; empty: as the rules say."""
    return read_item({"kind": ItemKind.RECOVERY.value, "profile": profile, "mode": mode, "at": at})


def later_mark(held: Item | None, now: int) -> int:
    """The time of a new mark in the place of ``held``, in milliseconds.

    It is later than that one, whatever the clocks say: the user's last word counts.
    """
    return min(LATEST, max(now, held.rank[0] + 1 if held is not None else 0))


def nonce_item(owner: str, nonce: str, message_hash: str, expires_at: int) -> Item:
    """A Link Message's nonce was used; it may be forgotten after ``expires_at`` (UNIX seconds)."""
    return read_item(
        {
            "kind": ItemKind.NONCE.value,
            "owner": owner,
            "nonce": nonce,
            "messageHash": message_hash,
            "expiresAt": expires_at,
        }
    )


def want_item(device: str) -> Item:
    """The device ``device`` is asked to tell all that it knows: something of it has not come."""
    return read_item({"kind": ItemKind.WANT.value, "device": device})
