"""The turn of one mailbox at one delivery service: page after page within its budget (specification 4).

What a service sends is its own choice: pages without end, a cursor that stands still, junk. All of it costs
this turn and nobody else's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic
from typing import Final

from msgspec import Struct

from dm3.base.errors import Dm3Error, MalformedData, NotFound, ServiceRefused, StoreError, Unreachable
from dm3.net.clients import UNAUTHORIZED, Delivered, DeliveryClient, MailboxQuery, Page
from dm3.store.vault import Conflict

from .mailbox import Handle, Mailbox, ReceivedEnvelope

AT_ONCE: Final = 25
"""How many envelopes of a page are taken in side by side."""
ATTEMPTS: Final = 3
"""How often an envelope is taken in where another program decides the same at this moment."""
OVERTAKEN: Final = 0.1
"""After how many seconds the next envelope no longer waits for the one before it."""


class Budget(Struct, frozen=True, kw_only=True):
    """What one mailbox at one service may take of a sync.

    ``pages``; ``seconds`` of waiting for the service's answers; ``junk``, envelopes that cannot be opened.
    """

    pages: int = 400
    seconds: float = 60.0
    junk: int = 100


class TurnOver(MalformedData):
    """A delivery service has sent more than one turn takes."""

    code = "turn-over"
    hint = "What is left comes with the next sync."


class Source(Struct, frozen=True):
    """A mailbox to read, and what takes in what lies there."""

    mailbox: Mailbox
    handle: Handle


class MailboxTurn:
    """Reads ``source`` at ``service``, whose signing key is ``key``. ``told`` gets what went wrong."""

    def __init__(
        self,
        source: Source,
        service: str,
        client: DeliveryClient,
        key: bytes,
        told: Callable[[Dm3Error], None],
        budget: Budget,
    ) -> None:
        self._source = source
        self._service = service
        self.client = client
        self._key = key
        self._told = told
        self._budget = budget
        self._cursor = ""
        self._seen: set[str] = set()
        self._renewed = False
        self._waited = 0.0
        self._junk = 0
        self.taken = 0

    @property
    def mailbox(self) -> Mailbox:
        """The mailbox that is read."""
        return self._source.mailbox

    async def query(self) -> MailboxQuery:
        """What to ask for next. Raises what getting a token raises."""
        token = await self.mailbox.token(self._service, self.client)
        return MailboxQuery(self.mailbox.name, token, self.mailbox.reader, self._cursor)

    async def run(self, first: Page | Dm3Error | None = None, wait: float = 0) -> None:
        """Take everything in, from the ``first`` page if it was fetched; else wait ``wait`` seconds for it.

        Raises `TurnOver` when the budget is spent, and what the service answers.
        """
        page = first if isinstance(first, Page) else await self._fetch(wait, first)
        for _ in range(self._budget.pages):
            await self._handle_page(page)
            if not page.more:
                self._cursor = page.cursor
                return
            self._advance(page.cursor)
            if self._junk >= self._budget.junk:
                raise TurnOver(f"{self._service} sends what cannot be opened")
            if self._waited > self._budget.seconds:
                raise TurnOver(f"{self._service} is slow")
            page = await self._fetch(0, None)
        raise TurnOver(f"{self._service} has more")

    def _advance(self, cursor: str) -> None:
        if cursor in self._seen:
            raise MalformedData(f"{self._service} sends the same page again and again")
        self._seen.add(cursor)
        self._cursor = cursor

    async def _fetch(self, wait: float, refusal: Dm3Error | None) -> Page:
        """The next page. A token that no longer holds is renewed, and a lost registration, once in a turn."""
        started = monotonic()
        try:
            if refusal is None:
                return await self._page(wait)
            raise refusal
        except NotFound:
            await self._renew(self.mailbox.register_again)
        except ServiceRefused as error:
            if error.status not in UNAUTHORIZED:
                raise
            self.mailbox.forget_token(self._service)
            await self._renew(None)
        finally:
            self._waited += max(0.0, monotonic() - started - wait)
        return await self._page(wait)

    async def _renew(self, again: Callable[[str, DeliveryClient], Awaitable[None]] | None) -> None:
        if self._renewed:
            raise ServiceRefused(f"{self._service} gives access and takes it back")
        self._renewed = True
        if again is not None:
            await again(self._service, self.client)

    async def _page(self, wait: float) -> Page:
        asked = await self.query()
        return await self.client.fetch(
            asked.name, asked.token, reader=asked.reader, after=asked.after, wait=wait
        )

    async def _handle_page(self, page: Page) -> None:
        """Take a page in, side by side but in its order where that is quick, then acknowledge it."""
        done: list[Delivered] = []
        running: set[asyncio.Task[None]] = set()
        begun: list[asyncio.Task[None]] = []
        try:
            for delivered in page.messages:
                task = asyncio.create_task(self._handle(delivered, done))
                begun.append(task)
                running.add(task)
                task.add_done_callback(running.discard)
                await asyncio.wait({task}, timeout=OVERTAKEN)
                while len(running) >= AT_ONCE:
                    await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                if task.done():
                    task.result()
        finally:
            # Cancelled meanwhile, they are still finished: a message that is kept is also told of.
            ended = await asyncio.gather(*begun, return_exceptions=True)
        for outcome in ended:
            if isinstance(outcome, BaseException):
                raise outcome
        if done:
            token = await self.mailbox.token(self._service, self.client)
            await self.client.acknowledge(self.mailbox.name, token, done, reader=self.mailbox.reader)

    async def _taken_in(self, incoming: ReceivedEnvelope) -> bool:
        """Take an envelope in, anew where another program with this vault was first, as `Source.handle`."""
        for _ in range(ATTEMPTS - 1):
            with suppress(Conflict):
                return await self._source.handle(incoming)
        return await self._source.handle(incoming)

    async def _handle(self, delivered: Delivered, done: list[Delivered]) -> None:
        incoming = ReceivedEnvelope(
            delivered.hash, delivered.envelope, self._key, self.mailbox.name, self._service
        )
        try:
            opened = await self._taken_in(incoming)
        except (Unreachable, StoreError, Conflict) as error:
            self._told(error)
            return
        done.append(delivered)
        if opened is False:
            self._junk += 1
        else:
            self.taken += 1
