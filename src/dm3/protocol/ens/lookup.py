"""Looking a name up in ENS: registry, ENSIP-10 wildcards, CCIP-Read (ERC-3668), records and reverse records.

Each function is a generator that yields what is to be asked of the chain or of a gateway and is sent the
answer. `dm3.net.names.ens` puts the questions.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final, TypeVar

from msgspec import Struct

from dm3.base import normalize, to_hex
from dm3.base.errors import Dm3Error, InvalidName, MalformedData, RemoteProtocolError, Unreachable
from dm3.crypto import checksum_address, keccak
from dm3.protocol.wallets import CallQuestion, CallReverted, ChainQuestion

from .abi import WORD, write_word
from .names import namehash
from .offchain import (
    MAX_HOPS,
    AnswerRefused,
    BadLookup,
    GatewayQuestion,
    GatewayReply,
    OffchainLookup,
    callback_call,
    decode_lookup,
    gateway_request,
    is_lookup,
    read_reply,
)
from .records import (
    ETHEREUM_COIN,
    RESOLVE,
    AddressCall,
    CoinAddressCall,
    ResolveRequest,
    TextCall,
    decode_address,
    decode_bytes,
    decode_text,
    encode_call,
    encode_resolve,
)
from .reverts import revert_reason
from .signing import Scheme

T = TypeVar("T")

MAINNET_REGISTRY: Final = "0x00000000000C2E074eC69A0dFb2997BA6C7d2e1e"
"""ENS's registry on Ethereum, and at the same address on its test networks."""

MAX_LABELS: Final = 16
"""Of a name that is looked up: every label may cost a question, and strangers choose the names."""

RESOLVER: Final = keccak(b"resolver(bytes32)")[:4]
SUPPORTS: Final = keccak(b"supportsInterface(bytes4)")[:4]
NAME: Final = keccak(b"name(bytes32)")[:4]
_NO_SUCH_RECORD: Final = keccak(b"UnsupportedResolverProfile(bytes4)")[:4]

LookupQuestion = ChainQuestion | GatewayQuestion
LookupInquiry = Generator[LookupQuestion, Any, T]


class ResolverRefused(RemoteProtocolError):
    """The name's resolver contract refuses the question."""

    code = "resolver-refused"
    hint = "The owner of the name has to correct its resolver contract."


class FoundResolver(Struct, frozen=True):
    """Who answers for a name: the contract at ``address`` (EIP-55), which is set at the name ``at``.

    ``extended``: it answers for names below as well (ENSIP-10).
    """

    address: str
    at: str
    extended: bool


def find_resolver(registry: str, name: str) -> LookupInquiry[FoundResolver | None]:
    """The resolver of ``name``: its own, else one above that answers for names below it (ENSIP-10).

    Raises `InvalidName`, and `MalformedData` when no ENS registry is at ``registry``.
    """
    name = at = normalize(name)
    if name.count(".") >= MAX_LABELS:
        raise InvalidName(f"a name of more than {MAX_LABELS} labels is not looked up in ENS")
    while at:
        address = yield from _resolver_at(registry, at)
        if address is not None:
            extended = yield from _is_extended(address)
            return FoundResolver(address, at, extended) if extended or at == name else None
        at = at.partition(".")[2]
    return None


def find_text(found: FoundResolver, name: str, key: str) -> LookupInquiry[str | None]:
    """The text record ``key`` of ``name``, or None.

    Raises `BadLookup`, `AnswerRefused`, `ResolverRefused`, `MalformedData`, what a gateway's refusal gives
    (`NotFound`, `ServiceRefused`), or why none of the gateways could be asked.
    """
    result = yield from _record(found, name, encode_call(TextCall(namehash(name), key)))
    return None if result is None else decode_text(result)


def find_address(found: FoundResolver, name: str) -> LookupInquiry[str | None]:
    """The Ethereum address of ``name`` (EIP-55), or None; raises as `find_text`."""
    node = namehash(name)
    result = yield from _record(found, name, encode_call(AddressCall(node)))
    if result is None:  # a resolver that knows only the form with a coin
        result = yield from _record(found, name, encode_call(CoinAddressCall(node, ETHEREUM_COIN)))
    return None if result is None else decode_address(result)


def find_primary_name(registry: str, address: str) -> LookupInquiry[str | None]:
    """The name that the holder of ``address`` chose for it, if that name leads back to it; else None.

    Raises `InvalidInput` when ``address`` is none, and as `find_text`.
    """
    address = checksum_address(address)
    reverse = f"{address[2:].lower()}.addr.reverse"
    found = yield from find_resolver(registry, reverse)
    result = None if found is None else (yield from _record(found, reverse, NAME + namehash(reverse)))
    name = None if result is None else decode_text(result)
    try:
        # Another spelling of a name could be taken for somebody else's.
        if name is None or normalize(name) != name:
            return None
    except InvalidName:
        return None
    owner = yield from find_resolver(registry, name)
    if owner is None or (yield from find_address(owner, name)) != address:
        return None
    return name


def _resolver_at(registry: str, name: str) -> LookupInquiry[str | None]:
    try:
        word = yield CallQuestion(registry, RESOLVER + namehash(name))
    except CallReverted:
        word = b""
    if len(word) != WORD or any(word[:12]):
        raise MalformedData(f"there is no ENS registry at {registry} on this chain")
    return checksum_address(to_hex(word[12:])) if any(word) else None


def _is_extended(resolver: str) -> LookupInquiry[bool]:
    try:
        answer = yield CallQuestion(resolver, SUPPORTS + RESOLVE.ljust(WORD, b"\0"))
    except CallReverted:
        return False
    return bool(answer == write_word(1))


def _record(found: FoundResolver, name: str, call: bytes) -> LookupInquiry[bytes | None]:
    """The result of ``call`` about ``name``; None when the resolver knows no such function."""
    asked = call
    if found.extended:
        asked = encode_resolve(ResolveRequest(Scheme.OFFCHAIN_RESOLVER, name, call))
    try:
        result = yield from _called(found.address, asked)
    except CallReverted as reverted:
        plain = not found.extended and not reverted.data
        if plain or reverted.data[:4] == _NO_SUCH_RECORD:
            return None
        raise ResolverRefused(f"{found.address}: {revert_reason(reverted.data)}") from None
    return decode_bytes(result) if found.extended else result


def _called(contract: str, data: bytes) -> LookupInquiry[bytes]:
    """What ``contract`` returns for ``data``, after as many turns elsewhere as it takes, at most four.

    Raises `CallReverted` when it refuses at once.
    """
    for hop in range(MAX_HOPS + 1):
        try:
            result: bytes = yield CallQuestion(contract, data)
        except CallReverted as reverted:
            if not is_lookup(reverted.data):
                if hop == 0:
                    raise
                raise AnswerRefused(f"{contract}: {revert_reason(reverted.data)}") from None
            lookup = decode_lookup(reverted.data)
        else:
            return result
        # Who is called back must be who asked, or a contract in between could be made to take an answer
        # for its own.
        if lookup.sender != contract:
            raise BadLookup(f"{contract} was asked, and sends on in the name of {lookup.sender}")
        if hop < MAX_HOPS:
            data = callback_call(lookup, (yield from _gateways_answer(lookup)))
    raise BadLookup(f"{contract} sends on more than {MAX_HOPS} times")


def _gateways_answer(lookup: OffchainLookup) -> LookupInquiry[bytes]:
    """The answer of the first gateway that gives one; a refusal (4xx) is an answer and ends it (ERC-3668)."""
    failures: list[Dm3Error] = []
    for template in lookup.urls:
        try:
            reply: GatewayReply = yield GatewayQuestion(gateway_request(lookup, template))
        except Dm3Error as error:  # away, or not to be contacted: another one may do
            failures.append(error)
            continue
        try:
            return read_reply(reply)
        except (Unreachable, RemoteProtocolError) as error:
            failures.append(error)
    # What passes by itself is told rather than what does not, so that it is tried again.
    raise next((error for error in failures if isinstance(error, Unreachable)), failures[0])
