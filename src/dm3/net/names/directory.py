"""The directory: verified profiles and delivery services by name, over any source of names."""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable, Generator
from math import inf
from time import monotonic
from typing import Any, Final, Protocol, TypeVar, runtime_checkable

from dm3.base import normalize
from dm3.base.errors import NobodyAsked, NotFound
from dm3.model import DeliveryServiceProfile
from dm3.protocol.names import (
    AddressQuestion,
    FetchQuestion,
    Inquiry,
    Question,
    ResolvedProfile,
    TextQuestion,
    WalletQuestion,
    resolve_delivery_service,
    resolve_profile,
)
from dm3.wire import IpfsRecord, UrlRecord

from ..cache.timed_cache import TimedCache
from ..chain.wallets import KeyWalletVerifier, WalletVerifier
from ..http.timeouts import Timeouts, standard
from ..inquiry import conclude

T = TypeVar("T")

CACHE_SECONDS: Final = 60.0
MISSING_SECONDS: Final = 5.0
CACHE_BYTES: Final = 32 * 1024 * 1024


class Names(Protocol):
    """A source of names: our resolver's HTTP interface, ENS, a static file, or several of them."""

    async def text(self, name: str, key: str) -> str | None:
        """The text record ``key`` of ``name``, or None."""

    async def address(self, name: str) -> str | None:
        """The address that ``name`` points to, or None."""

    def forget(self, name: str) -> None:
        """Look ``name`` up anew the next time."""


@runtime_checkable
class LimitedNames(Protocol):
    """A source of names whose answers hold for as long as somebody else has said."""

    def ttl(self, name: str, key: str | None) -> float:
        """For how many seconds the text record ``key`` just found holds; of the address for None."""


class Links(Protocol):
    """Whoever fetches what a text record links to."""

    async def fetch(self, link: UrlRecord | IpfsRecord) -> str:
        """Return the linked text."""


class Directory:
    """Resolves names to verified profiles and remembers them for a while.

    That is ``cache_seconds``, or less where what they come from holds for less (`LimitedNames`). ``clock``
    gives seconds that never go back. What was not found is remembered, too, for a shorter time. ``timeouts``
    are for those who wait for its answers; what it asks through has its own.
    """

    def __init__(
        self,
        names: Names,
        *,
        links: Links | None = None,
        verifier: WalletVerifier | None = None,
        cache_seconds: float = CACHE_SECONDS,
        clock: Callable[[], float] = monotonic,
        timeouts: Timeouts | None = None,
    ) -> None:
        self.timeouts = timeouts or standard()
        self.names = names
        self.verifier = verifier or KeyWalletVerifier()
        self._links = links
        self._cache_seconds = cache_seconds
        self._clock = clock
        self._cache: TimedCache[tuple[str, str], Any] = TimedCache(clock, max_bytes=CACHE_BYTES)

    async def profile(self, name: str, *, fresh: bool = False) -> ResolvedProfile:
        """The verified profile of ``name``; ``fresh`` bypasses the cache.

        Raises `NotFound`, `MalformedData`, `BadSignature`, `InvalidName` or `Unreachable`.
        """
        return await self._remembered("profile", name, resolve_profile, fresh)

    async def delivery_service(self, name: str, *, fresh: bool = False) -> DeliveryServiceProfile:
        """The delivery service published under ``name``; raises as `profile`."""
        return await self._remembered("service", name, resolve_delivery_service, fresh)

    def forget(self, name: str) -> None:
        """Drop what is remembered of ``name``, here and at the source of names."""
        self.names.forget(name)
        for kind in ("profile", "service"):
            self._cache.drop((kind, normalize(name)))

    async def _remembered(self, kind: str, name: str, inquiry: Callable[[str], Inquiry[T]], fresh: bool) -> T:
        key = (kind, normalize(name))
        now = self._clock()
        known = None if fresh else self._cache.get(key)
        if known is not None:
            if isinstance(known[0], NotFound):
                raise copy.copy(known[0])  # each asker's own, or their tracebacks would pile up in one
            return known[0]  # type: ignore[no-any-return]
        if fresh:
            self.names.forget(key[1])
        until = now + self._cache_seconds

        async def answer(question: Question) -> Any:
            nonlocal until
            answered = await self.answer(question)
            until = min(until, self._clock() + self._ttl(question))
            return answered

        try:
            result = await conclude(inquiry(key[1]), answer)
        except NotFound as error:
            # The copy has no traceback, which would keep all that the look-up has read.
            self._cache.put_until(key, copy.copy(error), now + min(MISSING_SECONDS, self._cache_seconds))
            raise
        self._cache.put_until(key, result, until)
        return result

    def _ttl(self, question: Question) -> float:
        if isinstance(self.names, LimitedNames):
            match question:
                case TextQuestion(name, key):
                    return self.names.ttl(name, key)
                case AddressQuestion(name):
                    return self.names.ttl(name, None)
        return inf

    async def ask(
        self,
        inquiry: Generator[Any, Any, T],
        others: Callable[[Any], Awaitable[Any]] | None = None,
    ) -> T:
        """Put the questions of ``inquiry`` and return what it concludes.

        ``others`` answers the questions that are not about names, links or wallets.
        """

        async def answer(question: Any) -> Any:
            if isinstance(question, Question):
                return await self.answer(question)
            if others is None:
                raise TypeError(f"nobody answers a {type(question).__name__}")
            return await others(question)

        return await conclude(inquiry, answer)

    async def answer(self, question: Question) -> Any:
        """What this question is answered with, now; raises what answering it raises."""
        match question:
            case TextQuestion(name, key):
                return await self.names.text(name, key)
            case AddressQuestion(name):
                return await self.names.address(name)
            case WalletQuestion(address, text, signature):
                return await self.verifier.signed(address, text, signature)
            case FetchQuestion(link):
                if self._links is None:
                    raise NobodyAsked("following profile links is not enabled here", hint="")
                return await self._links.fetch(link)
