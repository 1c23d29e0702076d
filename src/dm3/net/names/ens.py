"""ENS names from a chain: `Names` over registry, resolvers and gateways, without any other contract."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Final

import httpx

from dm3.base import normalize
from dm3.base.errors import Dm3Error, NotFound, Unreachable
from dm3.crypto import checksum_address
from dm3.protocol.ens import (
    MAINNET_REGISTRY,
    SUPPORTS,
    FoundResolver,
    GatewayQuestion,
    GatewayReply,
    LookupInquiry,
    LookupQuestion,
    find_address,
    find_primary_name,
    find_resolver,
    find_text,
    namehash,
)
from dm3.protocol.wallets import CallQuestion, CallReverted, ChainQuestion, CodeQuestion

from ..cache.lookup_cache import Found, LookupCache
from ..chain.json_rpc import Chain
from ..http.timeouts import Timeouts, standard
from ..inquiry import conclude
from .ccip_gateways import Gateways

CHAIN_SECONDS: Final = 60.0
"""How long records and resolvers on the chain are remembered: five blocks."""
GATEWAY_SECONDS: Final = 10.0
"""How long a gateway's answer is remembered that does not say itself."""
MAX_GATEWAY_SECONDS: Final = 300.0
MISSING_SECONDS: Final = 5.0
ERROR_SECONDS: Final = 2.0


class EnsNames:
    """`Names` of everything that ENS knows on ``chain``; close it.

    Gateways are asked through ``http``, a guarded client; http and private addresses only where it
    reaches them and with ``allow_private``. ``timeouts`` say how long one look-up may take in all, and
    how long a gateway; ``clock`` gives seconds that never go back. Concurrent questions about one thing are
    asked once.

    Trouble with the chain's node is `Unreachable`, whatever it is, so that nothing is refused for good that
    may be right. What a name's own resolver or gateway does wrong is told as it is: see
    `dm3.protocol.ens.lookup.find_text`.
    """

    def __init__(
        self,
        chain: Chain,
        http: httpx.AsyncClient,
        *,
        registry: str = MAINNET_REGISTRY,
        allow_private: bool = False,
        timeouts: Timeouts | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._chain = chain
        limits = timeouts or standard()
        self._gateways = Gateways(http, allow_private=allow_private, seconds=limits.fetch)
        self._registry = checksum_address(registry)
        self._seconds = limits.lookup
        self._memory = LookupCache(clock)

    async def close(self) -> None:
        """End what is under way; the chain and the HTTP client stay their owner's."""
        await self._memory.close()

    def serves(self, name: str) -> bool:
        """Whether these are names to ask ENS for: all are."""
        return True

    async def text(self, name: str, key: str) -> str | None:
        """The text record ``key`` of ``name``, or None."""
        return await self._found(normalize(name), key, lambda found, name: find_text(found, name, key))

    async def address(self, name: str) -> str | None:
        """The Ethereum address of ``name`` (EIP-55), or None."""
        return await self._found(normalize(name), None, find_address)

    def ttl(self, name: str, key: str | None) -> float:
        """For how many seconds the text record ``key`` just found holds; of the address for None."""
        return self._memory.left(normalize(name), key)

    async def primary_name(self, address: str) -> str | None:
        """The name that ``address`` goes by (its reverse record), if it leads back to ``address``.

        Raises `InvalidInput` when that is no address.
        """
        owner = checksum_address(address)
        inquiry = partial(find_primary_name, self._registry, owner)
        found: str | None = await self._memory.get_or_fetch(
            owner, None, lambda: self._look_up(owner, inquiry)
        )
        return found

    def forget(self, name: str) -> None:
        """Look ``name`` up anew the next time, with its resolver."""
        name = at = normalize(name)
        self._memory.forget(name)
        while at:
            self._memory.forget(namehash(at))
            at = at.partition(".")[2]

    async def _found(
        self,
        name: str,
        key: str | None,
        find: Callable[[FoundResolver, str], LookupInquiry[str | None]],
    ) -> str | None:
        def inquiry() -> LookupInquiry[str | None]:
            resolver = yield from find_resolver(self._registry, name)
            return None if resolver is None else (yield from find(resolver, name))

        found: str | None = await self._memory.get_or_fetch(name, key, lambda: self._look_up(name, inquiry))
        return found

    async def _look_up(self, what: str, inquiry: Callable[[], LookupInquiry[str | None]]) -> Found:
        asking = _Asking(self)
        try:
            async with asyncio.timeout(self._seconds):
                value = await conclude(inquiry(), asking.put)
        except TimeoutError:
            sentence = f"looking {what} up in ENS took longer than {self._seconds:g} seconds"
            return Found(Unreachable(sentence), ERROR_SECONDS)
        except NotFound as error:
            return Found(error, min(asking.seconds, MISSING_SECONDS))
        except Dm3Error as error:
            return Found(error, ERROR_SECONDS)
        return Found(value, asking.seconds if value is not None else min(asking.seconds, MISSING_SECONDS))

    async def ask_chain(self, question: ChainQuestion) -> bytes:
        """What the chain answers; who resolves a name, and whether for those below, is remembered."""
        if isinstance(question, CodeQuestion):
            return await self._chain.code(question.address)
        if question.to == self._registry:
            subject: bytes | str = question.data[4:]  # the node of a name
        elif question.data.startswith(SUPPORTS):
            subject = question.to or ""
        else:
            return await self._called(question)

        async def look_up() -> Found:
            try:
                return Found(await self._called(question), CHAIN_SECONDS)
            except CallReverted as reverted:
                return Found(reverted, CHAIN_SECONDS)

        answer: bytes = await self._memory.get_or_fetch(subject, question.data[:4], look_up)
        return answer

    async def ask_gateway(self, question: GatewayQuestion) -> tuple[GatewayReply, float]:
        """A gateway's answer and for how many seconds it is remembered."""
        reply, seconds = await self._gateways.ask(question)
        return reply, GATEWAY_SECONDS if seconds is None else min(seconds, MAX_GATEWAY_SECONDS)

    async def _called(self, question: CallQuestion) -> bytes:
        try:
            return await self._chain.call(question.to, question.data)
        except (CallReverted, Unreachable):  # the contract's doing, or told as it should be
            raise
        except Dm3Error as error:
            raise Unreachable(f"the chain's node does not carry out this call ({error})") from error


class _Asking:
    """One look-up: puts its questions and notes for how many ``seconds`` the answers hold."""

    def __init__(self, names: EnsNames) -> None:
        self._names = names
        self._asked = False
        self.seconds = CHAIN_SECONDS

    async def put(self, question: LookupQuestion) -> bytes | GatewayReply:
        if not isinstance(question, GatewayQuestion):
            return await self._names.ask_chain(question)
        reply, seconds = await self._names.ask_gateway(question)
        self.seconds = min(self.seconds, seconds) if self._asked else seconds
        self._asked = True
        return reply
