"""Whose names those are that a profile writes to and hears from: kept, looked up, looked up again.

Messages and heads stay under the name that they came from or went to. What is one conversation is decided
when it is shown (`dm3.protocol.messages.peer_names`), so names join and part without anything being moved or
lost.
"""

from __future__ import annotations

import asyncio
from typing import Final

from msgspec.structs import replace

from dm3.base.errors import Dm3Error, Unreachable
from dm3.protocol.messages import PeerName, first_seen, is_all_by, name_groups, seen_again, sight_of, to_check
from dm3.protocol.names import ResolvedProfile
from dm3.store.vault import Change, Conflict, Vault
from dm3.wire import read_message

from ..state.context_parts import HasNames
from ..state.records import CONVERSATIONS, MESSAGES, PEER_NAMES, Direction

AT_ONCE: Final = 8
"""How many names one `sync` looks up at most."""

AWAY: Final = 60_000
NOT_THERE: Final = 86_400_000
"""After how many milliseconds a name is looked up again that could not be, or that leads nowhere."""


def conversation_key(profile: str, peer: str) -> str:
    """The key of what is kept of ``profile`` and the name ``peer``, also its messages' section."""
    return f"{profile}|{peer}"


async def name_groups_of(vault: Vault, profile: str) -> dict[str, tuple[str, ...]]:
    """For every known name that ``profile`` has to do with, all names of that peer, the shown one first."""
    return name_groups(kept.record for kept in await vault.entries(PEER_NAMES, section=profile))


async def names_of(vault: Vault, profile: str, peer: str) -> tuple[str, ...]:
    """All names of the peer called ``peer``, the one to show first; ``peer`` itself if it is not known."""
    known = await vault.get(PEER_NAMES, conversation_key(profile, peer))
    if known is None or known.peer is None:
        return (peer,)
    return (await name_groups_of(vault, profile))[peer]


async def kept_name(context: HasNames, profile: str, peer: str) -> str:
    """``peer``, or where nothing is kept under that name, another name of the same peer.

    Only a name that was never used is looked up; where that fails, it stands for itself.
    """
    vault, key = context.vault, conversation_key(profile, peer)
    if await vault.get(PEER_NAMES, key) or await vault.get(CONVERSATIONS, key):
        return peer
    known = [kept.record for kept in await vault.entries(PEER_NAMES, section=profile)]
    if not known:
        return peer
    try:
        sight = sight_of(await context.directory.profile(peer), 0)
    except Dm3Error:
        return peer
    same = (name.name for name in known if name.peer == (sight.owner, sight.profile))
    return next(same, peer)


async def note(
    context: HasNames,
    change: Change,
    profile: str,
    found: ResolvedProfile,
    *,
    fresh: bool = False,
    heard_at: int = 0,
) -> None:
    """Note within ``change`` whose a name is that ``profile`` has to do with.

    ``heard_at``: when a message came from it whose signature was verified with exactly ``found``.
    """
    key = conversation_key(profile, found.name)
    kept = await context.vault.find(PEER_NAMES, key)
    sight = sight_of(found, context.milliseconds(), fresh=fresh, heard_at=heard_at)
    if kept is not None and kept.record.owner:
        noted = seen_again(kept.record, sight)
    else:
        noted = await _first_met(context.vault, profile, found, sight.at, fresh=fresh, heard_at=heard_at)
    if kept is None or kept.record != noted:
        change.put(PEER_NAMES, key, noted, section=profile, expect=kept.revision if kept else 0)


async def _first_met(
    vault: Vault, profile: str, found: ResolvedProfile, now: int, *, fresh: bool, heard_at: int
) -> PeerName:
    """Judge what was kept under a name before anybody noted whose it is."""
    entries = await vault.entries(MESSAGES, section=conversation_key(profile, found.name))
    earlier = [kept.record for kept in entries]
    received = [message for message in earlier if message.direction is Direction.IN]
    return first_seen(
        found.name,
        sight_of(found, now, fresh=fresh, heard_at=heard_at),
        since=min((message.at for message in earlier), default=now),
        one_owner=is_all_by(found, (read_message(message.text) for message in received)),
        heard_at=max((message.at for message in received), default=0),
    )


async def note_receiver(context: HasNames, profile: str, to: str) -> None:
    """Note whose the name is to which something was just handed over."""
    change = context.vault.change()
    try:
        await note(context, change, profile, await context.directory.profile(to))
        await context.vault.commit(change)
    except (Dm3Error, Conflict):
        return  # the next `sync` looks it up


async def look_up(context: HasNames, profile: str) -> None:
    """Look up the names of ``profile``'s peers that nobody knows yet or that may have changed."""
    vault = context.vault
    known = {kept.record.name: kept.record for kept in await vault.entries(PEER_NAMES, section=profile)}
    heads = [kept.record for kept in await vault.entries(CONVERSATIONS, section=profile)]
    heads.sort(key=lambda head: -head.last_at)
    due = to_check(known.values(), context.milliseconds())
    due += [head.peer for head in heads if head.peer not in known]
    await asyncio.gather(*(_look_up(context, profile, name) for name in due[:AT_ONCE]))


async def _look_up(context: HasNames, profile: str, name: str) -> None:
    change = context.vault.change()
    try:
        async with asyncio.timeout(context.directory.timeouts.peer):
            found = await context.directory.profile(name, fresh=True)
        await note(context, change, profile, found, fresh=True)
    except (Dm3Error, TimeoutError) as error:
        change = context.vault.change()
        away = isinstance(error, Unreachable | TimeoutError)
        await _put_off(context, change, profile, name, AWAY if away else NOT_THERE)
    try:
        await context.vault.commit(change)
    except Conflict:
        return  # another process of ours has just noted it


async def _put_off(context: HasNames, change: Change, profile: str, name: str, pause: int) -> None:
    key, now = conversation_key(profile, name), context.milliseconds()
    kept = await context.vault.find(PEER_NAMES, key)
    known = kept.record if kept else PeerName(name=name, met_at=now)
    later = replace(known, ask_after=now + pause)
    change.put(PEER_NAMES, key, later, section=profile, expect=kept.revision if kept else 0)
