"""Sending what waits: receivers side by side, each one's messages in order (specification 4)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from dm3.base.errors import Dm3Error, Unreachable
from dm3.store.vault import Conflict

from ..state.context import Context
from ..state.outbox_entry import OutboxEntry, OutboxState
from ..state.records import OUTBOX
from .outbox import after_failure, deliver
from .recipients import Recipient, RecipientLookup

RECEIVERS_AT_ONCE: Final = 32


async def dispatch(
    context: Context, account: str, *, due_only: bool = True, known: Recipient | None = None
) -> list[OutboxEntry]:
    """Try to send what is due for ``account``, or all that waits; returns what could not be sent (yet).

    A receiver whose service hangs or drips holds up what is for itself, and nobody else's messages. What
    another task sends already is waited for, not sent twice. ``known``: a recipient that was
    resolved just now.
    """
    receivers: dict[str, list[OutboxEntry]] = {}
    for kept in await context.vault.entries(OUTBOX, section=account):
        if _is_due(kept.record, context.seconds(), due_only):
            receivers.setdefault(kept.record.to, []).append(kept.record)
    slots = asyncio.Semaphore(RECEIVERS_AT_ONCE)
    found = {
        to: RecipientLookup(context, to, known if known is not None and known.name == to else None)
        for to in receivers
    }
    await asyncio.gather(
        *(_send_to_one(context, slots, found[to], entries, due_only) for to, entries in receivers.items())
    )
    return [kept.record for kept in await context.vault.entries(OUTBOX, section=account)]


async def _send_to_one(
    context: Context,
    slots: asyncio.Semaphore,
    recipient: RecipientLookup,
    entries: Sequence[OutboxEntry],
    due_only: bool,
) -> None:
    """Send what is for one receiver; what was tried less often first, so that none blocks the others.

    Where one does not get through, the others need not run into it as well. But it may be its own trouble,
    its size for something in between: when that happens again, another one is tried, each time the next.
    """
    left = sorted(entries, key=lambda one: one.attempts)
    away: Unreachable | None = None
    others_turn: int | None = None
    while left:
        at = 0 if others_turn is None else others_turn % len(left)
        entry = left.pop(at)
        is_probe, others_turn = others_turn is not None, None
        async with slots:
            failure = await _send(context, recipient, entry, None if is_probe else away, due_only)
        if not isinstance(failure, Unreachable):
            away = away if failure is not None else None
        elif away is None:
            away = failure
            others_turn = entry.attempts - 1 if entry.attempts else None


async def _send(
    context: Context,
    recipient: RecipientLookup,
    entry: OutboxEntry,
    away: Unreachable | None,
    due_only: bool,
) -> Dm3Error | None:
    async def send() -> Dm3Error | None:
        kept = await context.vault.find(OUTBOX, entry.id)
        if kept is None or not _is_due(kept.record, context.seconds(), due_only):
            return None  # another task or program has tried it meanwhile
        failure: Dm3Error | None = away
        if away is None:
            try:
                await deliver(context, kept.record, await recipient())
            except Dm3Error as error:
                failure = error
        change = context.vault.change()
        after = None if failure is None else after_failure(kept.record, failure, context.seconds())
        if after is None:
            change.remove(OUTBOX, entry.id)
        else:
            change.put(OUTBOX, entry.id, after, section=entry.account, expect=kept.revision)
        try:
            await context.vault.commit(change)
        except Conflict:
            return failure  # another program with this vault tried the same entry
        return failure

    return await context.sending.run(entry.id, send)


def _is_due(entry: OutboxEntry, now: int, due_only: bool) -> bool:
    due = not due_only or entry.next_at <= now
    return due and entry.state is OutboxState.WAITING
