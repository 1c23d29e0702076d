"""A chain, asked over a node's JSON-RPC interface: bounded, and every failure one of our errors."""

from __future__ import annotations

from functools import partial
from itertools import count
from typing import Any, Final, Protocol, Self, TypeVar

import httpx

from dm3.base import canonical_json, from_hex, require_extra, to_hex
from dm3.base.errors import CannotTell, ConfigurationError, MalformedData, ServiceRefused
from dm3.crypto import checksum_address, keccak
from dm3.protocol.services import HttpAnswer, cannot_tell, read_rpc_answer
from dm3.protocol.wallets import CallQuestion, CallReverted, ChainInquiry, ChainQuestion, CodeQuestion

from ..http.bounded_fetch import request_bounded
from ..http.safe_http import open_http
from ..http.timeouts import standard
from ..inquiry import conclude

T = TypeVar("T")

MAX_ANSWER: Final = 1024 * 1024
"""Bytes of a node's answer; a contract's code has at most 48 KB in hex."""
GAS: Final = 15_000_000
"""What one call may use: more than an honest wallet needs, less than what keeps a node busy."""
CALLER: Final = checksum_address("0x" + keccak(b"dm3 asks the chain")[-20:].hex())
"""Whom calls come from: an address that nobody holds. The zero address, which nodes put in by
themselves, passes for a simulation in some contracts and may do anything there."""

_REVERTED: Final = (3, -32015)
"""The codes that nodes give an error of the contract's own."""


class Chain(Protocol):
    """A chain that can be read.

    Both methods raise `Unreachable` when there is no answer, `CannotTell` when it is not a node's,
    `ServiceRefused` with the node's sentence, `TooLarge` or `ForbiddenAddress`.
    """

    async def call(self, to: str | None, data: bytes, block: str = "latest") -> bytes:
        """What the contract at ``to`` returns; with None ``data`` is creation code. Changes nothing.

        Raises also `CallReverted` when the contract refuses.
        """

    async def code(self, address: str) -> bytes:
        """The contract's code at ``address``, empty where there is none."""


class JsonRpcChain:
    """`Chain` over the node at ``url``; use it as an async context manager, or close it.

    The node is the user's or operator's own choice and often on their own machine. Therefore it has an
    HTTP client of its own, which may go there, beside the one for addresses that others choose.
    ``http`` is another client to use, which stays the caller's. ``seconds`` is for a whole answer
    (None: `Timeouts.chain`). With ``chain_id`` the node is asked once, before anything else, whether it is
    that chain's.

    Raises `ConfigurationError` when ``url`` is not an http or https URL, or the extra ``chain`` is missing.
    """

    def __init__(
        self,
        url: str,
        *,
        chain_id: int | None = None,
        http: httpx.AsyncClient | None = None,
        seconds: float | None = None,
    ) -> None:
        require_extra("chain")
        self.chain_id = chain_id
        self._confirmed = chain_id is None
        self._url = _node_url(url)
        self._owns_http = http is None
        self._seconds = standard().chain if seconds is None else seconds
        self._http = http or open_http(allow_private=True, timeout=self._seconds)
        self._ids = count(1)

    def __repr__(self) -> str:
        return f"<JsonRpcChain at {self._url.host}>"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        if self._owns_http:
            await self._http.aclose()

    async def call(self, to: str | None, data: bytes, block: str = "latest") -> bytes:
        """See `Chain.call`; at most `GAS` gas is used."""
        told = {"from": CALLER, "gas": hex(GAS), "data": to_hex(data)}
        if to is not None:
            told["to"] = to
        return self._bytes(await self.ask("eth_call", [told, block]))

    async def code(self, address: str) -> bytes:
        """See `Chain.code`."""
        return self._bytes(await self.ask("eth_getCode", [address, "latest"]))

    async def ask(self, method: str, params: list[Any]) -> Any:
        """Call any method of the node and return its result; raises as `Chain.call`.

        Raises `ConfigurationError` when the node is of another chain than was configured.
        """
        if not self._confirmed:
            await self._confirm()
        return await self._asked(method, params)

    async def _confirm(self) -> None:
        found = quantity(await self._asked("eth_chainId", []), "its chain ID")
        if found != self.chain_id:
            raise ConfigurationError(
                f"the node at {self._url.host} is of chain {found}, not of chain {self.chain_id}",
                hint="Correct the chain ID or the URL in rpc-url.",
            )
        self._confirmed = True

    async def _asked(self, method: str, params: list[Any]) -> Any:
        number = next(self._ids)
        question = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        try:
            status, body = await request_bounded(
                self._http,
                "POST",
                self._url,
                max_bytes=MAX_ANSWER,
                seconds=self._seconds,
                content=canonical_json(question).encode("utf-8"),
                headers={"Content-Type": "application/json"},
            )
        except ServiceRefused as error:  # no HTTP, or compressed
            raise CannotTell(f"the node at {self._url.host}: {error.detail}") from None
        told = HttpAnswer(f"the node at {self._url.host}", status, body)
        answer = read_rpc_answer(told)
        if isinstance(answer.get("error"), dict):
            raise self._told(answer["error"], status)
        if answer.get("id") != number:
            raise cannot_tell(told)
        return answer["result"]

    def _told(self, error: dict[str, Any], status: int) -> CallReverted | ServiceRefused:
        """The error for what the node says went wrong; nodes differ in how they tell a revert."""
        code, message = error.get("code"), str(error.get("message", ""))[:200]
        if code in _REVERTED or "revert" in message.lower():
            return CallReverted(_revert_data(error.get("data")), message)
        return self._refused(message, status, code if isinstance(code, int) else "")

    def _refused(self, detail: str, status: int, code: int | str = "") -> ServiceRefused:
        return ServiceRefused(f"the node at {self._url.host}: {detail}", status=status, service_code=code)

    def _bytes(self, result: Any) -> bytes:
        if not isinstance(result, str):
            raise CannotTell(f"the node at {self._url.host} answers something else than a text")
        try:
            return from_hex(result, what="the node's result")
        except MalformedData as error:
            raise CannotTell(f"the node at {self._url.host}: {error.detail}") from None


async def ask_chain(chain: Chain, inquiry: ChainInquiry[T]) -> T:
    """Put the questions of ``inquiry`` to ``chain`` and return what it concludes."""
    return await conclude(inquiry, partial(_answer, chain))


async def _answer(chain: Chain, question: ChainQuestion) -> bytes:
    match question:
        case CodeQuestion(address):
            return await chain.code(address)
        case CallQuestion(to, data):
            return await chain.call(to, data)


def quantity(value: Any, what: str) -> int:
    """A number as nodes write it, 0x-hex of at most 256 bits. Raises `MalformedData`, naming ``what``."""
    try:
        if isinstance(value, str) and value.startswith("0x") and 2 < len(value) <= 66:
            return int.from_bytes(from_hex("0x" + value[2:].zfill(64), what=what))
    except MalformedData:
        pass
    raise MalformedData(f"the node's answer: {what} is not a number in 0x-hex")


def _node_url(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError, TypeError):
        parsed = httpx.URL()
    if parsed.scheme not in ("http", "https") or not parsed.host:
        # Not shown: such URLs often hold an access key.
        raise ConfigurationError("the URL of the chain's node is not an http or https URL")
    return parsed


def _revert_data(data: Any) -> bytes:
    if isinstance(data, dict):
        data = data.get("data")
    try:
        return from_hex(data.removeprefix("Reverted "), what="the revert") if isinstance(data, str) else b""
    except MalformedData:
        return b""
