"""The directory: verified profiles and delivery services by name, over any source of names."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Generator
from time import monotonic
from typing import Any, Final, Protocol, TypeVar

from dm3.base import normalize
from dm3.base.errors import BadSignature, MalformedData, NotFound
from dm3.crypto import checksum_address, recover_personal
from dm3.model import DeliveryServiceProfile
from dm3.protocol.resolving import (
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

from .asking import conclude

T = TypeVar("T")

CACHE_SECONDS: Final = 60.0
MISSING_SECONDS: Final = 5.0
CACHE_ENTRIES: Final = 20_000


class Names(Protocol):
    """A source of names: our resolver's HTTP interface, ENS, a static file, or several of them."""

    async def text(self, name: str, key: str) -> str | None:
        """The text record ``key`` of ``name``, or None."""

    async def address(self, name: str) -> str | None:
        """The address that ``name`` points to, or None."""

    def forget(self, name: str) -> None:
        """Look ``name`` up anew the next time."""


class Links(Protocol):
    """Whoever fetches what a text record links to."""

    async def fetch(self, link: UrlRecord | IpfsRecord) -> str:
        """Return the linked text."""


class WalletVerifier(Protocol):
    """Whoever can tell that a wallet signed a text."""

    async def signed(self, address: str, text: str, signature: str) -> bool:
        """Whether ``address`` signed ``text`` with ``personal_sign``."""


class KeyWalletVerifier:
    """Verifies wallets that are plain keys; a contract wallet's word needs a chain."""

    async def signed(self, address: str, text: str, signature: str) -> bool:
        """Whether the key of ``address`` signed ``text``."""
        try:
            return recover_personal(text, signature) == checksum_address(address)
        except (BadSignature, MalformedData):
            return False


class Directory:
    """Resolves names to verified profiles and remembers them for a while.

    ``clock`` gives seconds that never go back. What was not found is remembered, too, for a shorter time.
    """

    def __init__(
        self,
        names: Names,
        *,
        links: Links | None = None,
        verifier: WalletVerifier | None = None,
        cache_seconds: float = CACHE_SECONDS,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.names = names
        self.verifier = verifier or KeyWalletVerifier()
        self._links = links
        self._cache_seconds = cache_seconds
        self._clock = clock
        self._cache: OrderedDict[tuple[str, str], tuple[float, Any]] = OrderedDict()

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
            self._cache.pop((kind, normalize(name)), None)

    async def _remembered(self, kind: str, name: str, inquiry: Callable[[str], Inquiry[T]], fresh: bool) -> T:
        key = (kind, normalize(name))
        now = self._clock()
        until, found = self._cache.get(key, (0.0, None))
        if not fresh and now < until:
            if isinstance(found, NotFound):
                raise NotFound(found.detail)
            return found  # type: ignore[no-any-return]
        if fresh:
            self.names.forget(key[1])
        try:
            result = await self.ask(inquiry(key[1]))
        except NotFound as error:
            self._keep(key, now + min(MISSING_SECONDS, self._cache_seconds), error)
            raise
        self._keep(key, now + self._cache_seconds, result)
        return result

    def _keep(self, key: tuple[str, str], until: float, found: Any) -> None:
        self._cache[key] = (until, found)
        self._cache.move_to_end(key)
        while len(self._cache) > CACHE_ENTRIES:
            self._cache.popitem(last=False)

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
                return await self._answer(question)
            if others is None:
                raise TypeError(f"nobody answers a {type(question).__name__}")
            return await others(question)

        return await conclude(inquiry, answer)

    async def _answer(self, question: Question) -> Any:
        match question:
            case TextQuestion(name, key):
                return await self.names.text(name, key)
            case AddressQuestion(name):
                return await self.names.address(name)
            case WalletQuestion(address, text, signature):
                return await self.verifier.signed(address, text, signature)
            case FetchQuestion(link):
                if self._links is None:
                    raise NotFound("following profile links is not enabled here")
                return await self._links.fetch(link)
