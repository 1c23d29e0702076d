"""Taking statements in: what comes into the profile's conversations goes to the board's store.

The profile's vault is the queue: what is in it is looked at again at each start, so a crash loses nothing,
and repeats nothing, for the store knows each hash. What was dealt with leaves the vault for good, and nothing
stays of its author there: the store is what is bounded, and what remembers.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from time import monotonic
from typing import Final

import structlog
from sqlalchemy import Connection

from dm3.base.errors import Dm3Error, StoreError
from dm3.client import Client, Direction, Messenger, StoredMessage
from dm3.model import Message, MessageType, SignedProfile
from dm3.protocol.board import GoneReason
from dm3.service import StoreClock, page_by_page
from dm3.store import Database
from dm3.store.board import Statements, StatementState, StoredStatement, clean
from dm3.wire import read_message

from .authors import Authors, Found
from .rules import HOUR_MS, Refusal, place_for, refusal_of, refusal_to_wait
from .settings import BoardSettings

WAIT_SECONDS: Final = 20.0
PAUSE_SECONDS: Final = 2.0
CLEANING_SECONDS: Final = 600.0

log = structlog.get_logger("dm3.board")


class StatementHandler:
    """Reads the profile's mailbox until it is cancelled.

    ``changed`` is called after each change of what is published, ``refused`` with each refusal's code.
    ``errors``: what stood in the way at the last round.
    """

    def __init__(
        self,
        settings: BoardSettings,
        client: Client,
        profile: Messenger,
        database: Database,
        *,
        clock: StoreClock,
        changed: Callable[[], None],
        refused: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._profile = profile
        self._database = database
        self._statements = Statements(database)
        self._clock = clock
        self._changed = changed
        self._refused = refused
        self._authors = Authors(client.peers, monotonic)
        self._later: list[StoredMessage] = []
        self._done: dict[str, set[str]] = {}
        self.errors: list[Dm3Error] = []

    async def run(self) -> None:
        """Take in what comes, without end; a failure is told, and tried again."""
        self._later = await self._kept()
        cleaned = float("-inf")
        while True:
            try:
                await self._handle_all()
                await self._forget()
                if monotonic() - cleaned > CLEANING_SECONDS:
                    await self._clean()
                    cleaned = monotonic()
                wait = PAUSE_SECONDS if self._later else WAIT_SECONDS
                self._later += await self._profile.sync(wait=wait)
                self.errors = list(self._profile.errors)
            except Dm3Error as error:
                self.errors = [error]
                log.warning("statements cannot be taken in", reason=error.code)
            if self.errors:
                await asyncio.sleep(PAUSE_SECONDS)

    async def _kept(self) -> list[StoredMessage]:
        """Every message in the vault, oldest first: what an earlier life has left, and what it has done."""
        found: list[StoredMessage] = []
        for peer in await self._profile.peers():
            # Nothing is known yet: where there are no messages, nothing is left of it.
            found += await self._profile.forget(peer, ())
        return sorted(found, key=lambda message: message.at)

    async def _handle_all(self) -> None:
        """Take in what there is; what nobody can tell of now stays for later."""
        given, self._later = self._later, []
        read = {stored.hash: message for stored in given if (message := _read(stored)) is not None}
        try:
            found = await self._authors.of([one for one in read.values() if not _withdraws(one)])
        except BaseException:
            self._later = given
            raise
        waiting: Counter[str] = Counter()
        for place, stored in enumerate(given):
            message = read.get(stored.hash)
            try:
                done = message is None or await self._take(message, found.get(stored.hash), waiting)
            except StoreError:
                self._later += given[place:]
                raise
            except Exception:  # whatever somebody has sent: it costs them their statement, and nobody else
                log.exception("a message was not taken in because of a defect")
                self._refused(Refusal.NOT_A_STATEMENT)
                done = True
            if done:
                self._done.setdefault(stored.peer, set()).add(stored.hash)
            else:
                waiting[stored.peer] += 1
                self._later.append(stored)

    async def _forget(self) -> None:
        """Have the vault keep nothing of authors all of whose messages were dealt with."""
        waiting = {message.hash for message in self._later}
        for peer in list(self._done):
            left = await self._profile.forget(peer, self._done[peer])
            if not left:
                del self._done[peer]
            # What came beside a failure was told to nobody.
            self._later += [message for message in left if message.hash not in waiting]

    async def _clean(self) -> None:
        """Bound what is kept in the store, by number and time."""
        await self._clock.look()
        now = 1_000 * self._clock.deleting_now()
        most_published = self._settings.most_published

        def cleaned(connection: Connection, most: int) -> tuple[int, bool]:
            return clean(connection, most_published, now, most)

        async for _ in page_by_page(self._database, cleaned):
            pass
        self._changed()

    async def _take(self, message: Message, found: Found | None, waiting: Counter[str]) -> bool:
        """Take one message in, with what was found of its author; False where it is to be looked at again.

        ``waiting`` counts by author what is to be looked at again before it.
        """
        if _withdraws(message):
            if any(message.reference == waits.hash for waits in self._later):
                return False
            # The profile has verified whose message it is.
            withdrawn = GoneReason.WITHDRAWN
            if await self._statements.remove(message.reference or "", withdrawn, author=message.from_):
                self._changed()
            return True
        if found is None:
            return await self._wait_for(message, waiting)
        if isinstance(found, Dm3Error):
            await self._refuse(message, Refusal.UNKNOWN_AUTHOR)
            return True
        refusal = refusal_of(message, found.profile, self._settings, self._clock.milliseconds())
        if refusal is Refusal.WRONG_TIME and self._clock.jump:  # it may be our clock that is wrong
            return await self._wait_for(message, waiting)
        if refusal is None:
            refusal = await self._keep(message, found)
        if refusal is not None:
            await self._refuse(message, refusal)
        return True

    async def _wait_for(self, message: Message, waiting: Counter[str]) -> bool:
        """Have a message wait whose author nobody can tell of now; True where it is refused instead."""
        now = 1_000 * self._clock.deleting_now()
        refusal = refusal_to_wait(message, waiting[message.from_], waiting.total(), now)
        if refusal is not None:
            await self._refuse(message, refusal)
        return refusal is not None

    async def _refuse(self, message: Message, refusal: Refusal) -> None:
        """Count the refusal, and keep it for the author who asks; it holds after a restart, too."""
        self._refused(refusal)
        if refusal is not Refusal.KNOWN:
            now = self._clock.milliseconds()
            await self._statements.refuse(message.hash, message.from_, refusal, now)

    async def _keep(self, message: Message, signed: SignedProfile) -> Refusal | None:
        now = self._clock.milliseconds()
        counts = await self._statements.counts(message.from_, now - HOUR_MS, now)
        place = place_for(self._settings, counts)
        if isinstance(place, Refusal):
            known = await self._statements.get(message.hash)
            return Refusal.KNOWN if known is not None else place
        added = StoredStatement(
            hash=message.hash,
            author=message.from_,
            message=message.text,
            profile=signed.text,
            received_at=now,
            state=place,
        )
        if not await self._statements.add(added):
            return Refusal.KNOWN
        if place is StatementState.PUBLISHED:
            self._changed()
        return None


def _read(stored: StoredMessage) -> Message | None:
    """The message of somebody else; None where there is nothing to be looked at."""
    if stored.direction is not Direction.IN or not stored.text:
        return None
    try:
        return read_message(stored.text)
    except Dm3Error:
        return None


def _withdraws(message: Message) -> bool:
    return message.type == MessageType.DELETE_REQUEST and message.reference is not None
