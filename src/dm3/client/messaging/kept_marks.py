"""The marks of conversations as they are kept, and what follows from them for a peer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from dm3.protocol.messages import is_entry
from dm3.store.vault import Change, Vault

from ..state.marks import MARKS, Marks, joined
from ..state.records import MESSAGES, Direction
from .conversations import READ_AT_ONCE
from .peer_names import conversation_key, name_groups_of, names_of


async def marks_of(vault: Vault, profile: str, names: tuple[str, ...]) -> Marks:
    """The marks of the peer that has these names, as one."""
    found = [await vault.get(MARKS, conversation_key(profile, name)) for name in names]
    return joined(profile, names[0], (marks for marks in found if marks is not None))


async def all_marks(vault: Vault, profile: str) -> dict[str, Marks]:
    """The marks of the conversations of ``profile``, by every name of each peer that has any."""
    groups = await name_groups_of(vault, profile)
    return marks_by_name(
        profile, (found.record for found in await vault.entries(MARKS, section=profile)), groups
    )


def marks_by_name(
    profile: str, found: Iterable[Marks], groups: dict[str, tuple[str, ...]]
) -> dict[str, Marks]:
    """The marks of each peer as one, by each of its names. ``groups``: all names of a peer, by each."""
    kept = {one.peer: one for one in found}
    marks: dict[str, Marks] = {}
    for name in kept:
        names = groups.get(name, (name,))
        one = joined(profile, names[0], (kept[other] for other in names if other in kept))
        marks.update(dict.fromkeys((*names, name), one))
    return marks


async def is_blocked(vault: Vault, profile: str, peer: str) -> bool:
    """Whether the messages of ``peer``, any of its names, are not to be shown."""
    return (await marks_of(vault, profile, await names_of(vault, profile, peer))).blocked


async def set_marks(
    vault: Vault, change: Change, profile: str, names: tuple[str, ...], now: int, **marks: Any
) -> None:
    """Set these ``marks`` within ``change``, for all of a peer's ``names``; ``now`` in milliseconds."""
    for name in names:
        key = conversation_key(profile, name)
        kept = await vault.find(MARKS, key)
        before = kept.record if kept else Marks(profile=profile, peer=name)
        after = replace(before, **marks)
        if after != before:
            after = replace(after, changed_at=now)
            change.put(MARKS, key, after, section=profile, expect=kept.revision if kept else 0)


async def has_written_to(vault: Vault, profile: str, names: tuple[str, ...]) -> bool:
    """Whether ``profile`` has ever written to the peer that has these names."""
    for name in names:
        if await wrote_after(vault, profile, name, 0) is None:
            return True
    return False


async def wrote_after(vault: Vault, profile: str, name: str, after: int) -> int | None:
    """None where ``profile`` has written to ``name`` since ``after``; else up to where that was looked for.

    Both are places in the order in which messages were kept; 0 is the beginning.
    """
    section = conversation_key(profile, name)
    while found := await vault.entries(MESSAGES, section=section, after=after, limit=READ_AT_ONCE):
        if any(kept.record.direction is Direction.OUT and is_entry(kept.record.type) for kept in found):
            return None
        after = found[-1].seq
    return after


async def gets_receipts(vault: Vault, profile: str, names: tuple[str, ...]) -> bool:
    """Whether the peer may learn that its messages come and are read: not blocked, and no request."""
    marks = await marks_of(vault, profile, names)
    return not marks.blocked and (marks.allowed or await has_written_to(vault, profile, names))
