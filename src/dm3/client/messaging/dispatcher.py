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

RECEIVERS_AT_ONCE: Final = 32


async def dispatch(context: Context, account: str, *, due_only: bool = True) -> list[OutboxEntry]:
    """Try to send what is due for ``account``, or all that waits; returns what could not be sent (yet).

    A receiver whose service hangs or drips holds up what is for itself, and nobody else's messages. What
    another task sends already is waited for, not sent twice.
    """
    receivers: dict[str, list[OutboxEntry]] = {}
    for kept in await context.vault.entries(OUTBOX, section=account):
        if _is_due(context, kept.record, due_only):
            receivers.setdefault(kept.record.to, []).append(kept.record)
    slots = asyncio.Semaphore(RECEIVERS_AT_ONCE)
    await asyncio.gather(*(_send_to_one(context, slots, entries, due_only) for entries in receivers.values()))
    return [kept.record for kept in await context.vault.entries(OUTBOX, section=account)]


async def _send_to_one(
    context: Context, slots: asyncio.Semaphore, entries: Sequence[OutboxEntry], due_only: bool
) -> None:
    """Send what is for one receiver; what was tried less often first, so that none blocks the others."""
    away: Unreachable | None = None
    for entry in sorted(entries, key=lambda one: one.attempts):
        async with slots:
            failure = await _send(context, entry, away, due_only)
        if isinstance(failure, Unreachable):
            away = failure  # the others need not run into it as well


async def _send(
    context: Context, entry: OutboxEntry, away: Unreachable | None, due_only: bool
) -> Dm3Error | None:
    async def send() -> Dm3Error | None:
        kept = await context.vault.find(OUTBOX, entry.id)
        if kept is None or not _is_due(context, kept.record, due_only):
            return None  # another task or program has tried it meanwhile
        failure: Dm3Error | None = away
        if away is None:
            try:
                await deliver(context, kept.record)
            except Dm3Error as error:
                failure = error
        change = context.vault.change()
        after = None if failure is None else after_failure(context, kept.record, failure)
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


def _is_due(context: Context, entry: OutboxEntry, due_only: bool) -> bool:
    due = not due_only or entry.next_at <= context.seconds()
    return due and entry.state is OutboxState.WAITING
