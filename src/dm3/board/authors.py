"""Whose statements those are: authors are looked up side by side, and none of them holds up the others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from dm3.base.errors import BadSignature, Dm3Error, MalformedData, Unreachable
from dm3.client import PeerProfiles
from dm3.model import Message, SignedProfile
from dm3.protocol.messages import check_message

AT_ONCE: Final = 8
"""How many authors are looked up side by side."""
AUTHOR_SECONDS: Final = 5.0
"""How long one author is looked up."""
ROUND_SECONDS: Final = 10.0
"""How long one round of look-ups may take; who has not had a turn has it in the next."""
FIRST_PAUSE: Final = 2.0
LONGEST_PAUSE: Final = 600.0
"""Seconds until an author who could not be looked up is looked up again: doubled each time."""
MOST_PAUSES: Final = 10_000

Found = SignedProfile | Dm3Error


class Authors:
    """Looks up the profiles of authors; ``clock`` gives seconds that only go forward."""

    def __init__(self, peers: PeerProfiles, clock: Callable[[], float]) -> None:
        self._peers = peers
        self._clock = clock
        self._pauses: dict[str, tuple[float, float]] = {}

    async def of(self, messages: Sequence[Message]) -> dict[str, Found]:
        """The profile that goes with each message, by its hash, or why there is none.

        What nobody can tell now is left out: it is to be asked again.
        """
        by_author: dict[str, list[Message]] = {}
        for message in messages:
            by_author.setdefault(message.from_, []).append(message)
        now, found, places = self._clock(), dict[str, Found](), asyncio.Semaphore(AT_ONCE)

        async def look_up(author: str) -> None:
            async with places:
                found.update(await self._look_up(author, by_author[author]))

        due = [author for author in by_author if self._pauses.get(author, (0.0, 0.0))[0] <= now]
        due.sort(key=lambda author: author in self._pauses)
        turns = [asyncio.create_task(look_up(author)) for author in due]
        try:
            if turns:
                await asyncio.wait(turns, timeout=ROUND_SECONDS)
        finally:
            for turn in turns:
                turn.cancel()
            await asyncio.gather(*turns, return_exceptions=True)
        return found

    async def _look_up(self, author: str, messages: Sequence[Message]) -> Mapping[str, Found]:
        try:
            async with asyncio.timeout(AUTHOR_SECONDS):
                profiles = [(await self._peers.profile(author)).signed]
                if not all(_is_signed(message, profiles[0]) for message in messages):
                    profiles.append((await self._peers.profile(author, fresh=True)).signed)
            if not all(profile.text for profile in profiles):
                raise MalformedData(f"the profile of {author} is empty")
        except asyncio.CancelledError:  # its round is over
            self._pause(author)
            raise
        except (Dm3Error, TimeoutError) as problem:
            error = (
                problem if isinstance(problem, Dm3Error) else Unreachable(f"{author} was not found in time")
            )
            if not error.definite:
                self._pause(author)
                return {}
            self._pauses.pop(author, None)
            return {message.hash: error for message in messages}
        self._pauses.pop(author, None)
        return {
            message.hash: next((one for one in profiles if _is_signed(message, one)), profiles[-1])
            for message in messages
        }

    def _pause(self, author: str) -> None:
        _, before = self._pauses.pop(author, (0.0, 0.0))
        pause = min(2 * before or FIRST_PAUSE, LONGEST_PAUSE)
        self._pauses[author] = (self._clock() + pause, pause)
        while len(self._pauses) > MOST_PAUSES:
            del self._pauses[next(iter(self._pauses))]


def _is_signed(message: Message, signed: SignedProfile) -> bool:
    try:
        check_message(message, signed.profile)
    except BadSignature:
        return False
    return True
