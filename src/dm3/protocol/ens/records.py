"""The calls of ENS resolvers and their results, in both directions (ENSIP-1, 5, 9, 10; EIP-2304).

What a gateway reads comes from anybody: every function here refuses in bounded time what it cannot read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from dm3.base import from_hex, to_hex
from dm3.base.errors import InvalidInput, MalformedData
from dm3.crypto import checksum_address

from .abi import (
    WORD,
    read_bytes,
    read_list,
    read_text,
    read_word,
    write_bytes,
    write_list,
    write_tail,
    write_word,
)
from .names import dns_decode, dns_encode
from .signing import Scheme

RESOLVE: Final = bytes.fromhex("9061b923")
"""``resolve(bytes,bytes)`` (ENSIP-10; answered as ENS's OffchainResolver verifies it)."""
RESOLVE_WITH_CONTEXT: Final = bytes.fromhex("f8c30f63")
"""``resolveWithContext(bytes,bytes,bytes)`` (dm3's ERC3668Resolver)."""
TEXT: Final = bytes.fromhex("59d1d43c")
ADDRESS: Final = bytes.fromhex("3b3b57de")
COIN_ADDRESS: Final = bytes.fromhex("f1cb7e06")
MULTICALL: Final = bytes.fromhex("ac9650d8")

ETHEREUM_COIN: Final = 60
MAX_CALLS: Final = 32
"""The largest number of calls in one multicall."""

_NOBODY: Final = bytes(20)


class UnsupportedCall(InvalidInput):
    """This resolver does not answer that call."""

    code = "unsupported-call"
    hint = "It answers text(bytes32,string), addr(bytes32), addr(bytes32,uint256) and multicall(bytes[])."


class TextCall(Struct, frozen=True):
    """``text(bytes32,string)``; ``node`` has 32 bytes."""

    node: bytes
    key: str


class AddressCall(Struct, frozen=True):
    """``addr(bytes32)``."""

    node: bytes


class CoinAddressCall(Struct, frozen=True):
    """``addr(bytes32,uint256)``; ``coin`` as in SLIP-44."""

    node: bytes
    coin: int


class OtherCall(Struct, frozen=True):
    """A call inside of a multicall that we do not know; its answer is empty."""

    selector: bytes


Call = TextCall | AddressCall | CoinAddressCall


class Multicall(Struct, frozen=True):
    """``multicall(bytes[])``: several calls at once, none of them a multicall itself."""

    calls: tuple[Call | OtherCall, ...]


class ResolveRequest(Struct, frozen=True):
    """What a resolver contract asks its gateway; ``context`` tells the name's owner, where it is told."""

    scheme: Scheme
    name: str
    call_data: bytes
    context: bytes = b""


def encode_call(call: Call | Multicall) -> bytes:
    """The calldata of ``call``. Raises `InvalidInput` for calls that cannot be written."""
    match call:
        case TextCall(node, key):
            return TEXT + _node(node) + write_word(2 * WORD) + write_tail(_utf8(key))
        case AddressCall(node):
            return ADDRESS + _node(node)
        case CoinAddressCall(node, coin):
            return COIN_ADDRESS + _node(node) + write_word(coin)
        case Multicall(calls):
            if len(calls) > MAX_CALLS or any(isinstance(inner, OtherCall | Multicall) for inner in calls):
                raise InvalidInput(f"a multicall holds at most {MAX_CALLS} calls, each of a known kind")
            return MULTICALL + write_list([encode_call(inner) for inner in calls])  # type: ignore[arg-type]


def decode_call(data: bytes) -> Call | Multicall:
    """Read calldata. Raises `MalformedData`, and `UnsupportedCall` for functions that we do not know."""
    call = _multicall(data[4:]) if data[:4] == MULTICALL else _call(data)
    if isinstance(call, OtherCall):
        raise UnsupportedCall(f"the function with the selector {to_hex(call.selector)}")
    return call


def _multicall(arguments: bytes) -> Multicall:
    calls = []
    for data in read_list(arguments, 0, at_most=MAX_CALLS):
        if data[:4] == MULTICALL:
            raise MalformedData("a multicall holds another one")
        calls.append(_call(data))
    return Multicall(tuple(calls))


def _call(data: bytes) -> Call | OtherCall:
    selector, arguments = data[:4], data[4:]
    if len(selector) < 4:
        raise MalformedData("the calldata is too short to name a function")
    if selector not in (TEXT, ADDRESS, COIN_ADDRESS):
        return OtherCall(selector)
    node = arguments[:WORD]
    if len(node) < WORD:
        raise MalformedData("the calldata ends before the node of a name")
    if selector == TEXT:
        return TextCall(node, read_text(arguments, WORD))
    return AddressCall(node) if selector == ADDRESS else CoinAddressCall(node, read_word(arguments, WORD))


def encode_resolve(request: ResolveRequest) -> bytes:
    """The calldata of ``resolve`` or ``resolveWithContext``. Raises `InvalidName`."""
    name = dns_encode(request.name)
    if request.scheme is Scheme.OFFCHAIN_RESOLVER:
        return RESOLVE + write_bytes(name, request.call_data)
    return RESOLVE_WITH_CONTEXT + write_bytes(name, request.call_data, request.context)


def decode_resolve(data: bytes) -> ResolveRequest:
    """Read what a resolver contract asks. Raises `MalformedData` and `UnsupportedCall`."""
    selector, arguments = data[:4], data[4:]
    if selector == RESOLVE:
        scheme, context = Scheme.OFFCHAIN_RESOLVER, b""
    elif selector == RESOLVE_WITH_CONTEXT:
        scheme, context = Scheme.ERC3668_RESOLVER, read_bytes(arguments, 2 * WORD)
    elif len(selector) < 4:
        raise MalformedData("the calldata is too short to name a function")
    else:
        raise UnsupportedCall(
            f"a gateway is asked by resolve or resolveWithContext, not by {to_hex(selector)}"
        )
    name = dns_decode(read_bytes(arguments, 0))
    return ResolveRequest(scheme, name, read_bytes(arguments, WORD), context)


def encode_bytes(data: bytes) -> bytes:
    """One result of type ``bytes``, such as of ``resolve`` itself."""
    return write_bytes(data)


def decode_bytes(data: bytes) -> bytes:
    """Read one result of type ``bytes``; no data at all is no bytes. Raises `MalformedData`."""
    return read_bytes(data, 0) if data else b""


def encode_text(value: str) -> bytes:
    """The result of ``text``; empty for a record that does not exist. Raises `MalformedData`."""
    return write_bytes(_utf8(value))


def decode_text(data: bytes) -> str | None:
    """Read a result of ``text``; None for none. Raises `MalformedData`."""
    return (read_text(data, 0) or None) if data else None


def encode_address(address: str | None) -> bytes:
    """The result of ``addr(bytes32)``: one word, zero for none. Raises `MalformedData`."""
    return bytes(WORD - 20) + _address(address)


def encode_raw_address(address: str | None) -> bytes:
    """The result of ``addr(bytes32)`` as dm3's verifier takes it: 20 bytes. Raises `MalformedData`."""
    return _address(address)


def encode_coin_address(address: str | None) -> bytes:
    """The result of ``addr(bytes32,uint256)`` for an Ethereum address: ``bytes``, empty for none."""
    return write_bytes(b"" if address is None else _address(address))


def decode_address(data: bytes) -> str | None:
    """The EIP-55 address in a result of either ``addr``: one word, ``bytes``, or 20 bytes as they are.

    None for no address and for the zero address. Raises `MalformedData`.
    """
    if len(data) == WORD:
        data, filling = data[12:], data[:12]
        if any(filling):
            raise MalformedData("the result is not an Ethereum address")
    elif len(data) != 20:
        data = decode_bytes(data)
    if len(data) not in (0, 20):
        raise MalformedData("the result is not an Ethereum address")
    return checksum_address(to_hex(data)) if any(data) else None


def encode_results(results: Sequence[bytes]) -> bytes:
    """The result of ``multicall``."""
    return write_list(results)


def decode_results(data: bytes) -> tuple[bytes, ...]:
    """Read a result of ``multicall``. Raises `MalformedData`."""
    return read_list(data, 0, at_most=MAX_CALLS)


def _node(node: bytes) -> bytes:
    if len(node) != WORD:
        raise InvalidInput("the node of a name has 32 bytes")
    return node


def _utf8(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise MalformedData("the text holds lone surrogates") from None


def _address(address: str | None) -> bytes:
    return _NOBODY if address is None else from_hex(address, what="the address", length=20)
