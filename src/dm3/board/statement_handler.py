"""Taking statements in: what comes into the profile's conversations goes to the board's store.

The profile's vault is the queue: what is in it is looked at again at each start, so a crash loses nothing,
and repeats nothing, for the store knows each hash. A conversation leaves the vault when nothing of it is left
on the board: before, its author may withdraw a statement by a message about it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from time import monotonic
from typing import Final

import structlog

from dm3.base.errors import Dm3Error, MalformedData, NotFound, StoreError
from dm3.client import Client, Direction, Messenger, StoredMessage
from dm3.model import Message, MessageType, SignedProfile
from dm3.protocol.board import GoneReason
from dm3.store.board import Statements, StatementState, StoredStatement
from dm3.wire import read_message

from .rules import HOUR_MS, Refusal, place_for, refusal_of
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
        statements: Statements,
        *,
        clock: Callable[[], float],
        changed: Callable[[], None],
        refused: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._client = client
        self._profile = profile
        self._statements = statements
        self._clock = clock
        self._changed = changed
        self._refused = refused
        self._later: list[StoredMessage] = []
        self.errors: list[Dm3Error] = []

    async def run(self) -> None:
        """Take in what comes, without end; a failure is told, and tried again."""
        self._later = await self._kept()
        cleaned = float("-inf")
        while True:
            try:
                await self._handle_all()
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
        found = [
            message
            for conversation in await self._profile.conversations()
            for message in await self._profile.messages(conversation.peer)
        ]
        return sorted(found, key=lambda message: message.at)

    async def _handle_all(self) -> None:
        """Take in what there is; what nobody can tell of now stays for later."""
        given, self._later = self._later, []
        for place, message in enumerate(given):
            try:
                done = await self._take(message)
            except StoreError:
                self._later += given[place:]
                raise
            except Exception:  # whatever somebody has sent: it costs them their statement, and nobody else
                log.exception("a message was not taken in because of a defect")
                self._refused(Refusal.NOT_A_STATEMENT)
                continue
            if not done:
                self._later.append(message)

    async def _clean(self) -> None:
        """Bound what is kept: in the store by number and time, in the vault what is needed no more."""
        await self._statements.clean(self._settings.most_published, self._now())
        self._changed()
        later = {message.hash for message in self._later}
        for conversation in await self._profile.conversations():
            messages = await self._profile.messages(conversation.peer)
            hashes = [message.hash for message in messages]
            if later.isdisjoint(hashes) and not await self._statements.any_left(hashes):
                with contextlib.suppress(NotFound):  # more has come meanwhile
                    await self._profile.delete_conversation(conversation.peer, messages=len(messages))

    async def _take(self, stored: StoredMessage) -> bool:
        """Take one message in; False where it is to be looked at again."""
        if stored.direction is not Direction.IN or not stored.text:
            return True
        message = read_message(stored.text)
        if message.type == MessageType.DELETE_REQUEST and message.reference is not None:
            if any(message.reference == waits.hash for waits in self._later):
                return False
            # The profile has verified whose message it is.
            withdrawn = GoneReason.WITHDRAWN
            if await self._statements.remove(message.reference, withdrawn, author=message.from_):
                self._changed()
            return True
        try:
            signed = await self._signed_by(message)
        except Dm3Error as error:
            if error.definite:
                await self._refuse(message, Refusal.UNKNOWN_AUTHOR)
            return error.definite
        refusal = refusal_of(message, signed.profile, self._settings, self._now())
        if refusal is None:
            refusal = await self._keep(message, signed)
        if refusal is not None:
            await self._refuse(message, refusal)
        return True

    async def _refuse(self, message: Message, refusal: Refusal) -> None:
        """Count the refusal, and keep it for the author who asks; it holds after a restart, too."""
        self._refused(refusal)
        if refusal is not Refusal.KNOWN:
            await self._statements.refuse(message.hash, message.from_, refusal, self._now())

    async def _keep(self, message: Message, signed: SignedProfile) -> Refusal | None:
        now = self._now()
        counts = await self._statements.counts(message.from_, now - HOUR_MS)
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

    async def _signed_by(self, message: Message) -> SignedProfile:
        """The profile whose key has signed the message, as published now. Raises as a look-up does."""
        peers = self._client.peers
        found = (await peers.profile(message.from_)).signed
        if refusal_of(message, found.profile, self._settings, self._now()) is Refusal.BAD_SIGNATURE:
            found = (await peers.profile(message.from_, fresh=True)).signed
        if not found.text:
            raise MalformedData(f"the profile of {message.from_} is empty")
        return found

    def _now(self) -> int:
        return int(self._clock() * 1_000)
