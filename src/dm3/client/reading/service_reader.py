"""Reading our mailboxes at one delivery service, several in one call where it can (specification 5.4)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Final

from dm3.base.errors import Dm3Error, NotFound, Unreachable
from dm3.net.clients import MOST_MAILBOXES, MailboxQuery, Page

from ..state.back_off import BackOff
from ..state.context import Context
from .mailbox_turn import Budget, MailboxTurn, Source, TurnOver

SLOW: Final = 0.6
"""An error that took this part of a step is not run into again at once; what fails quickly costs no time."""
SINGLY: Final = 600.0
"""For how many seconds a service that cannot read several mailboxes at once is not asked whether it can."""
NO_SUCH_CALL: Final = frozenset({400, 404, 405, 501})
TOKENS_AT_ONCE: Final = 8
"""How many mailboxes are logged in at side by side."""

Told = Callable[[Dm3Error], None]
Turns = tuple[MailboxTurn, ...]


class ServiceReader:
    """Reads mailboxes at the delivery service ``name``. One lives as long as the profile is open."""

    def __init__(self, context: Context, name: str, budget: Budget) -> None:
        self.name = name
        self._context = context
        self._budget = budget
        self._back_off = BackOff()
        self._singly_until = 0.0

    async def open(self, sources: Sequence[Source], told: Told) -> Turns:
        """A turn for each mailbox; none, and ``told`` why, where the service is to be left alone now."""
        if self._back_off.left(self.name):
            self._tell_pause(self.name, told)
            return ()
        started = monotonic()
        try:
            key = (await self._context.directory.delivery_service(self.name)).signing_key
            client = await self._context.service(self.name)
        except Dm3Error as error:
            self._failed(self.name, error, monotonic() - started, told)
            return ()
        return tuple(MailboxTurn(source, self.name, client, key, told, self._budget) for source in sources)

    def groups(self, turns: Turns) -> list[Turns]:
        """The mailboxes that are read, and waited at, in one call each."""
        size = 1 if monotonic() < self._singly_until else MOST_MAILBOXES
        return [turns[at : at + size] for at in range(0, len(turns), size)]

    async def read(self, group: Turns, told: Told, wait: float = 0) -> bool:
        """Take in what is new in these mailboxes; waits up to ``wait`` seconds for something to come.

        Returns whether nothing went wrong; else ``told`` has it. One mailbox's error is not another's.
        """
        if len(group) == 1:
            return await self._run(group[0], None, wait, told)
        started = monotonic()
        try:
            pages = await self._several(group, wait, told)
        except Dm3Error as error:
            if not _reads_singly(error):
                self._failed(self.name, error, monotonic() - started - wait, told)
                return False
            self._singly_until = monotonic() + SINGLY
            pages = dict.fromkeys((turn.mailbox.name for turn in group), None)
        self._back_off.worked(self.name)
        ended = await asyncio.gather(
            *(self._run(turn, pages[name], 0, told) for turn in group if (name := turn.mailbox.name) in pages)
        )
        return len(ended) == len(group) and all(ended)

    async def _several(self, group: Turns, wait: float, told: Told) -> dict[str, Page | Dm3Error | None]:
        queries = await self._queries(group, told)
        if not queries:
            return {}
        client = group[0].client
        found: dict[str, Page | Dm3Error | None] = {}
        found.update(await client.fetch_several(queries, wait=wait if len(queries) == len(group) else 0))
        return found

    async def _queries(self, group: Turns, told: Told) -> list[MailboxQuery]:
        """What to ask for; a mailbox that cannot be opened is left out. Raises `Unreachable`."""
        slots = asyncio.Semaphore(TOKENS_AT_ONCE)

        async def query(turn: MailboxTurn) -> MailboxQuery | None:
            if self._back_off.left(turn.mailbox.name):
                self._tell_pause(turn.mailbox.name, told)
                return None
            async with slots:
                try:
                    return await turn.query()
                except Unreachable:
                    raise
                except Dm3Error as error:
                    told(error)
                    return None

        tasks = [asyncio.create_task(query(turn)) for turn in group]
        try:
            return [found for found in await asyncio.gather(*tasks) if found is not None]
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, turn: MailboxTurn, first: Page | Dm3Error | None, wait: float, told: Told) -> bool:
        name = turn.mailbox.name
        if self._back_off.left(name):
            self._tell_pause(name, told)
            return False
        started = monotonic()
        try:
            await turn.run(first, wait)
        except TurnOver as error:
            told(error)
            return False
        except Dm3Error as error:
            self._failed(name, error, monotonic() - started - wait, told)
            return False
        self._back_off.worked(name)
        return True

    def _failed(self, key: str, error: Dm3Error, took: float, told: Told) -> None:
        if took > SLOW * self._context.directory.timeouts.step:
            self._back_off.failed(key, error)
        told(error)

    def _tell_pause(self, key: str, told: Told) -> None:
        error = self._back_off.error(key)
        if error is not None:
            told(error)


def _reads_singly(error: Dm3Error) -> bool:
    """Whether a service that answers so has no call for several mailboxes."""
    return isinstance(error, NotFound) or getattr(error, "status", 0) in NO_SUCH_CALL
