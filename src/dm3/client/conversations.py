"""Conversations: messages kept once, listed by profile and peer."""

from __future__ import annotations

from msgspec.structs import replace

from dm3.model import Message
from dm3.store.vault import Change, Vault

from .records import CONVERSATIONS, MESSAGES, Conversation, Direction, StoredMessage


def message_key(profile: str, message_hash: str) -> str:
    """The key under which a profile's message is kept."""
    return f"{profile}|{message_hash}"


def conversation_key(profile: str, peer: str) -> str:
    """The key of a conversation, which is also its messages' section."""
    return f"{profile}|{peer}"


async def is_kept(vault: Vault, profile: str, message_hash: str) -> bool:
    """Whether the message is there already."""
    return await vault.get(MESSAGES, message_key(profile, message_hash)) is not None


async def keep(
    vault: Vault, change: Change, profile: str, message: Message, direction: Direction, at: int | None = None
) -> StoredMessage:
    """Add a message to its conversation within ``change``; ``at`` in milliseconds.

    The commit raises `Conflict` when the message is there already.
    """
    peer = message.from_ if direction is Direction.IN else message.to
    stored = StoredMessage(
        profile=profile,
        peer=peer,
        direction=direction,
        hash=message.hash,
        type=message.type,
        content=message.content,
        text=message.text,
        at=at or message.timestamp,
        reference=message.reference,
        unread=direction is Direction.IN,
    )
    section = conversation_key(profile, peer)
    change.put(MESSAGES, message_key(profile, stored.hash), stored, section=section, expect=0)
    kept = await vault.find(CONVERSATIONS, section)
    head = kept.record if kept else Conversation(profile=profile, peer=peer, last_at=0, messages=0, unread=0)
    head = replace(
        head,
        last_at=max(head.last_at, stored.at),
        messages=head.messages + 1,
        unread=head.unread + stored.unread,
    )
    change.put(CONVERSATIONS, section, head, section=profile)
    return stored


async def conversations(vault: Vault, profile: str) -> list[Conversation]:
    """The conversations of a profile, the latest first."""
    heads = [kept.record for kept in await vault.entries(CONVERSATIONS, section=profile)]
    return sorted(heads, key=lambda head: -head.last_at)


async def messages(vault: Vault, profile: str, peer: str) -> list[StoredMessage]:
    """The messages of a conversation in order of time."""
    found = await vault.entries(MESSAGES, section=conversation_key(profile, peer))
    return sorted((kept.record for kept in found), key=lambda message: message.at)


async def mark_read(vault: Vault, profile: str, peer: str) -> None:
    """Mark a conversation's messages as read."""
    section = conversation_key(profile, peer)
    head = await vault.get(CONVERSATIONS, section)
    if head is None or not head.unread:
        return
    change = vault.change()
    for kept in await vault.entries(MESSAGES, section=section):
        if kept.record.unread:
            key = message_key(profile, kept.record.hash)
            change.put(MESSAGES, key, replace(kept.record, unread=False), section=section)
    change.put(CONVERSATIONS, section, replace(head, unread=0), section=profile)
    await vault.commit(change)


async def newest(vault: Vault, profile: str, *, count: int, size: int) -> list[StoredMessage]:
    """The newest messages of a profile: at most ``count``, at most ``size`` characters in all.

    Oldest first, so that they are forwarded in their order.
    """
    found: list[StoredMessage] = []
    for head in await conversations(vault, profile):
        found.extend(await messages(vault, profile, head.peer))
    chosen: list[StoredMessage] = []
    for message in sorted(found, key=lambda message: -message.at)[:count]:
        size -= len(message.text)
        if size < 0:
            break
        chosen.append(message)
    return chosen[::-1]
