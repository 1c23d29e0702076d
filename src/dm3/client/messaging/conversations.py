"""Conversations: messages kept once, listed by profile and name, told by profile and peer.

Edits, reactions, receipts and the like are kept beside the messages that they are about. They count as
unread as little as they open a conversation; `dm3.client.messaging.timelines` shows what they make of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from dm3.base import whole_characters
from dm3.model import Message, MessageType
from dm3.protocol.messages import is_entry
from dm3.store.vault import Change, Conflict, Vault, Versioned

from ..state.outbox_entry import OutboxEntry
from ..state.records import CONVERSATIONS, MESSAGES, Conversation, Direction, StoredMessage
from .outlines import add_place
from .peer_names import conversation_key, name_groups_of, names_of

ATTEMPTS = 20
READ_AT_ONCE: Final = 200
"""How many messages are read at a time where only some are looked for."""
DELETED: Final = "deleted"
"""The section of messages of which only the hash is left."""


def message_key(profile: str, message_hash: str) -> str:
    """The key under which a profile's message is kept."""
    return f"{profile}|{message_hash}"


async def is_kept(vault: Vault, profile: str, message_hash: str) -> bool:
    """Whether the message is there already."""
    return await vault.get(MESSAGES, message_key(profile, message_hash)) is not None


def only_hash(stored: StoredMessage) -> StoredMessage:
    """What is left of a message that was deleted with its conversation: it is known, and tells nothing."""
    return replace(stored, peer="", type="", content=None, text="", reference=None, unread=False)


async def is_deleted(vault: Vault, profile: str, message_hash: str) -> bool:
    """Whether the message went with its conversation."""
    found = await vault.get(MESSAGES, message_key(profile, message_hash))
    return found is not None and not found.text


async def keep(
    vault: Vault,
    change: Change,
    profile: str,
    message: Message,
    direction: Direction,
    at: int | None = None,
    *,
    unread: bool = True,
) -> StoredMessage:
    """Add a message to its conversation within ``change``; ``at`` in milliseconds.

    What has come counts as ``unread`` where it stands for itself. Of what is only about a message that was
    deleted with its conversation, nothing but the hash is kept.

    The commit raises `Conflict` when the message is there already, or its conversation has changed.
    """
    peer = message.from_ if direction is Direction.IN else message.to
    counts = await _counts(vault, profile, message)
    stored = StoredMessage(
        profile=profile,
        peer=peer,
        direction=direction,
        hash=message.hash,
        type=message.type,
        content=None if message.content is None else whole_characters(message.content),
        text=message.text,
        at=message.timestamp if at is None else at,
        reference=message.reference,
        unread=unread and counts and direction is Direction.IN,
    )
    if not counts and message.reference and await is_deleted(vault, profile, message.reference):
        stored = only_hash(stored)
        change.put(MESSAGES, message_key(profile, stored.hash), stored, section=DELETED, expect=0)
        return stored
    section = conversation_key(profile, peer)
    change.put(MESSAGES, message_key(profile, stored.hash), stored, section=section, expect=0)
    add_place(change, section, stored)
    if not counts:
        return stored
    kept = await vault.find(CONVERSATIONS, section)
    head = kept.record if kept else Conversation(profile=profile, peer=peer, last_at=0, messages=0, unread=0)
    head = replace(
        head,
        last_at=max(head.last_at, stored.at),
        messages=head.messages + 1,
        unread=head.unread + stored.unread,
    )
    change.put(CONVERSATIONS, section, head, section=profile, expect=kept.revision if kept else 0)
    return stored


async def _counts(vault: Vault, profile: str, message: Message) -> bool:
    """Whether a message stands for itself, as does an edit of something that is not here (yet)."""
    if message.type == MessageType.EDIT:
        return message.reference is None or not await is_kept(vault, profile, message.reference)
    return is_entry(message.type)


async def conversations(vault: Vault, profile: str) -> list[Conversation]:
    """The conversations of a profile, the latest first."""
    groups = await name_groups_of(vault, profile)
    kept = await vault.entries(CONVERSATIONS, section=profile)
    return joined_heads((one.record for one in kept), groups)


def joined_heads(heads: Iterable[Conversation], groups: dict[str, tuple[str, ...]]) -> list[Conversation]:
    """One conversation for each peer, from what is kept under its names, the latest first.

    ``groups``: all names of each peer, by each of them.
    """
    joined: dict[str, Conversation] = {}
    for head in heads:
        shown, *also = groups.get(head.peer, (head.peer,))
        other = joined.get(shown)
        joined[shown] = replace(
            head,
            peer=shown,
            also=tuple(also),
            last_at=max(head.last_at, other.last_at) if other else head.last_at,
            messages=head.messages + (other.messages if other else 0),
            unread=head.unread + (other.unread if other else 0),
        )
    return sorted(joined.values(), key=lambda head: -head.last_at)


async def messages(vault: Vault, profile: str, peer: str) -> list[StoredMessage]:
    """The messages of the conversation with ``peer``, whichever of its names this is, in order of time."""
    return await messages_under(vault, profile, await names_of(vault, profile, peer))


async def messages_under(vault: Vault, profile: str, names: tuple[str, ...]) -> list[StoredMessage]:
    """The messages from and to these names in order of time."""
    found = [
        kept.record
        for name in names
        for kept in await vault.entries(MESSAGES, section=conversation_key(profile, name))
    ]
    return sorted(found, key=lambda message: message.at)


async def mark_read(vault: Vault, profile: str, peer: str, until: int | None = None) -> list[StoredMessage]:
    """Mark the messages of the conversation with ``peer`` as read; returns those that were not.

    ``until``: only those of up to this time, in milliseconds.
    """
    for attempt in range(ATTEMPTS):
        change = vault.change()
        read = []
        for name in await names_of(vault, profile, peer):
            read += await _mark_read(vault, change, profile, name, until)
        if not change:
            return []
        try:
            await vault.commit(change)
        except Conflict:  # something has come meanwhile
            if attempt == ATTEMPTS - 1:
                raise
        else:
            return read
    raise AssertionError("unreachable")


async def _mark_read(
    vault: Vault, change: Change, profile: str, name: str, until: int | None
) -> list[StoredMessage]:
    section = conversation_key(profile, name)
    head = await vault.find(CONVERSATIONS, section)
    if head is None or not head.record.unread:
        return []
    read = []
    for kept in await _unread(vault, section, head.record.unread):
        if until is None or kept.record.at <= until:
            read.append(seen := replace(kept.record, unread=False))
            change.put(MESSAGES, message_key(profile, seen.hash), seen, section=section, expect=kept.revision)
    if read or until is None:
        left = 0 if until is None else max(0, head.record.unread - len(read))
        now_read = replace(head.record, unread=left)
        change.put(CONVERSATIONS, section, now_read, section=profile, expect=head.revision)
    return read[::-1]


async def _unread(vault: Vault, section: str, count: int) -> list[Versioned[StoredMessage]]:
    """The ``count`` messages of a conversation that are unread, newest first: no further ones are read."""
    found: list[Versioned[StoredMessage]] = []
    before: int | None = None
    while len(found) < count and (
        page := await vault.latest(MESSAGES, section=section, before=before, limit=READ_AT_ONCE)
    ):
        before = page[-1].seq
        found += [kept for kept in page if kept.record.unread]
    return found


async def mark_discarded(vault: Vault, change: Change, profiles: tuple[str, ...], entry: OutboxEntry) -> None:
    """Say within ``change`` that a message of one of ``profiles`` was given up."""
    for profile in profiles:
        key = message_key(profile, entry.message_hash)
        found = await vault.get(MESSAGES, key)
        if found is not None and found.peer == entry.to:
            section = conversation_key(profile, found.peer)
            change.put(MESSAGES, key, replace(found, discarded=True), section=section)


async def newest(vault: Vault, profile: str, *, count: int, size: int) -> list[StoredMessage]:
    """The newest messages of a profile: at most ``count``, at most ``size`` characters in all.

    Oldest first, so that they are forwarded in their order.
    """
    found: list[StoredMessage] = []
    for head in await conversations(vault, profile):
        kept = await messages_under(vault, profile, head.names)
        found.extend(message for message in kept if not message.discarded)
    chosen: list[StoredMessage] = []
    for message in sorted(found, key=lambda message: -message.at)[:count]:
        size -= len(message.text)
        if size < 0:
            break
        chosen.append(message)
    return chosen[::-1]
