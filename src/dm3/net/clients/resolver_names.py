"""Names at off-chain resolvers over HTTP: asked once for text and address (specification 2.5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from time import monotonic
from typing import Any, Final
from urllib.parse import quote

import httpx
from msgspec import Struct

from dm3.base import Members, normalize
from dm3.base.errors import CannotTell, InvalidInput, MalformedData, NobodyAsked, NotFound, ServiceRefused
from dm3.crypto import checksum_address
from dm3.protocol.services import read_service_answer

from ..cache.bounded_cache import BoundedCache, size_of
from ..http.freshness import told_seconds
from ..http.service_call import ask, expecting

MAX_ANSWER: Final = 1024 * 1024
CACHE_SECONDS: Final = 2.0
CACHE_BYTES: Final = 8 * 1024 * 1024


class _NameAnswer(Struct, frozen=True):
    address: str | None
    texts: Mapping[str, str]


class _Kept(Struct, frozen=True):
    """An answer, until when it is given again, and until when it holds; as ``clock`` counts."""

    answer: _NameAnswer
    again_until: float
    holds_until: float


class ResolverNames:
    """`Names` over the resolvers of known applications; names of others have nothing here.

    ``resolvers`` are base URLs by domain; the longest domain that a name stands below wins. One request
    serves the text and the address of a name: what was found is remembered for 2 seconds, or for less where
    the resolver says so; what it says bounds how long others remember it (`ttl`).
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        resolvers: Mapping[str, str],
        *,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._http = http
        self._resolvers = {normalize(name): url.rstrip("/") for name, url in resolvers.items()}
        self._clock = clock
        self._cache: BoundedCache[str, _Kept] = BoundedCache(max_bytes=CACHE_BYTES)

    async def text(self, name: str, key: str) -> str | None:
        """The text record ``key`` of ``name``, or None.

        Raises `InvalidName`, and `Unreachable` where the resolver itself says nothing of the name:
        `CannotTell` for other answers, `NobodyAsked` for names of no configured domain.
        """
        found = await self._find(normalize(name))
        return None if found is None else found.texts.get(key)

    async def address(self, name: str) -> str | None:
        """The address that ``name`` points to (EIP-55), or None; raises as `text`."""
        found = await self._find(normalize(name))
        return None if found is None else found.address

    def ttl(self, name: str, key: str | None) -> float:
        """For how many seconds what was just found of ``name`` holds, as its resolver says."""
        kept = self._cache.get(normalize(name))
        return inf if kept is None else max(0.0, kept.holds_until - self._clock())

    def serves(self, name: str) -> bool:
        """Whether ``name`` stands below one of the domains. Raises `InvalidName`."""
        return self._resolver_of(normalize(name)) is not None

    def forget(self, name: str) -> None:
        """Ask anew the next time."""
        self._cache.drop(normalize(name))

    async def _find(self, name: str) -> _NameAnswer | None:
        base = self._resolver_of(name)
        if base is None:
            raise NobodyAsked(f"no resolver is configured for {name}")
        kept = self._cache.get(name)
        if kept is not None and self._clock() < kept.again_until:
            return kept.answer
        self._cache.drop(name)
        url = f"{base}/names/{quote(name, safe='')}"
        given = await ask(self._http, "GET", url, max_bytes=MAX_ANSWER)
        try:
            value = read_service_answer(given, max_bytes=MAX_ANSWER)
        except NotFound:
            # Not remembered: whoever claims a name wants to see it at once.
            return None
        except ServiceRefused as error:  # a look-up is answered or not found; the rest says nothing of it
            raise CannotTell(error.detail, verbatim=True, status=error.status) from None
        with expecting(base):
            answer = _name_answer(value)
        told, now = told_seconds(given.cache_control), self._clock()
        ttl = inf if told is None else told
        self._cache.put(name, _Kept(answer, now + min(CACHE_SECONDS, ttl), now + ttl), size_of(answer))
        return answer

    def _resolver_of(self, name: str) -> str | None:
        """The base URL for ``name`` (in normal form): of the longest domain above it."""
        domain = name
        while domain and domain not in self._resolvers:
            domain = domain.partition(".")[2]
        return self._resolvers.get(domain)


def _name_answer(value: Any) -> _NameAnswer:
    members = Members(value, "the resolver's answer")
    texts = members.object("texts").raw()
    if not all(isinstance(text, str) for text in texts.values()):
        raise MalformedData("the resolver's answer: texts must hold strings only")
    address = members.optional_text("address", max_length=100)
    try:
        return _NameAnswer(None if address is None else checksum_address(address), texts)
    except InvalidInput as error:
        raise MalformedData(f"the resolver's answer: {error.detail}") from None
