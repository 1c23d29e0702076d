"""What goes when a conversation is deleted, and the little that stays of it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from dm3.store.vault import Change, RecordType, Vault

from ..state.marks import MARKS, Marks
from ..state.records import CONVERSATIONS, MESSAGES, PEER_NAMES, RESENT, StoredMessage
from .conversations import DELETED, message_key, only_hash
from .outlines import remove_outline
from .peer_names import conversation_key


async def remove_conversation(
    vault: Vault, change: Change, profile: str, names: tuple[str, ...], now: int
) -> int:
    """Remove the conversation of ``profile`` with a peer within ``change``; returns how many messages went.

    Of each message its hash stays, so that what still comes of it – from another service or device – does
    not bring it back; of the marks, that the peer is blocked. ``now`` in milliseconds. The commit raises
    `Conflict` when something comes meanwhile.
    """
    removed = 0
    for name in names:
        section = conversation_key(profile, name)
        messages = await vault.entries(MESSAGES, section=section)
        await remove_outline(vault, change, section, (kept.record for kept in messages))
        for kept in messages:
            key = message_key(profile, kept.record.hash)
            change.put(MESSAGES, key, only_hash(kept.record), section=DELETED, expect=kept.revision)
            change.remove(RESENT, key)
            removed += 1
        head = await vault.find(CONVERSATIONS, section)
        if head is not None:
            change.remove(CONVERSATIONS, section, expect=head.revision)
        marks = await vault.find(MARKS, section)
        if marks is None:
            continue
        if marks.record.blocked:
            only_blocked = Marks(profile=profile, peer=name, blocked=True, changed_at=now)
            change.put(MARKS, section, only_blocked, section=profile, expect=marks.revision)
        else:
            change.remove(MARKS, section, expect=marks.revision)
    return removed


async def forget_peer(
    vault: Vault, change: Change, profile: str, name: str, known: Collection[str]
) -> list[StoredMessage]:
    """Remove within ``change`` all that ``profile`` keeps of a peer's name, where its messages are ``known``.

    Not even their hashes stay, nor whose the name is. Returns those whose hashes are not known: then nothing
    is removed. The commit raises `Conflict` when something comes meanwhile.
    """
    section = conversation_key(profile, name)
    messages = await vault.entries(MESSAGES, section=section)
    others = [kept.record for kept in messages if kept.record.hash not in known]
    if others:
        return others
    await remove_outline(vault, change, section, (kept.record for kept in messages))
    for kept in messages:
        key = message_key(profile, kept.record.hash)
        change.remove(MESSAGES, key, expect=kept.revision)
        change.remove(RESENT, key)
    kinds: tuple[RecordType[Any], ...] = (CONVERSATIONS, MARKS, PEER_NAMES)
    for kind in kinds:
        found = await vault.find(kind, section)
        if found is not None:
            change.remove(kind, section, expect=found.revision)
    return []
