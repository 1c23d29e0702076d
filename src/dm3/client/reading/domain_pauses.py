"""Back-off for each domain whose names cannot be looked up: what one does costs no other anything."""

from __future__ import annotations

from typing import Final

from ..state.context_parts import HasVaultAndClock
from ..state.kept_records import DomainPause
from ..state.records import PAUSES

FIRST_PAUSE: Final = 2
LONGEST_PAUSE: Final = 900
"""Seconds between two attempts; doubled each time."""


class DomainPauses:
    """The pauses, kept in the vault: the next run of a command waits as well."""

    def __init__(self, context: HasVaultAndClock) -> None:
        self._context = context

    async def is_paused(self, domain: str) -> bool:
        """Whether no name of ``domain`` is to be looked up now."""
        pause = await self._context.vault.get(PAUSES, domain)
        return pause is not None and pause.until > self._context.seconds()

    async def lengthen(self, domain: str) -> None:
        """Note that a name of ``domain`` could not be looked up."""
        kept = await self._context.vault.get(PAUSES, domain)
        attempts = kept.attempts + 1 if kept else 1
        until = self._context.seconds() + pause_after(attempts)
        await self._context.vault.put(PAUSES, domain, DomainPause(attempts, until))

    async def end(self, domain: str) -> None:
        """Note that names of ``domain`` are answered."""
        if await self._context.vault.get(PAUSES, domain) is not None:
            change = self._context.vault.change()
            change.remove(PAUSES, domain)
            await self._context.vault.commit(change)


def pause_after(attempts: int) -> int:
    """The pause in seconds after so many attempts in vain."""
    return int(min(FIRST_PAUSE * 2 ** min(attempts - 1, 20), LONGEST_PAUSE))
