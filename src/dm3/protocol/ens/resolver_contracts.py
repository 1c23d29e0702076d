"""The resolver contracts that lead to a gateway: which kind one is, whom it asks and whom it believes.

Generators that yield the questions of `dm3.protocol.wallets.chain`. Known are ENS's OffchainResolver and
dm3's ERC3668Resolver with a SignatureCcipVerifier (specification 2.5).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct

from dm3.base.errors import MalformedData
from dm3.crypto import checksum_address
from dm3.protocol.wallets import CallQuestion, CallReverted, ChainInquiry, CodeQuestion

from .abi import WORD, read_word
from .authority import EXTENDED, getter, supports
from .lookup import ResolverRefused
from .names import dns_encode
from .offchain import BadLookup, OffchainLookup, decode_lookup, is_lookup
from .records import ResolveRequest, decode_address, encode_resolve
from .reverts import revert_reason
from .signing import Scheme
from .transactions import calldata

SIGNERS: Final = "signers(address)"
_YES: Final = (1).to_bytes(WORD)
_NOBODY: Final = "0x" + "00" * 20


class ContractKind(StrEnum):
    """What kind of contract answers for a domain."""

    MISSING = "missing"
    OFFCHAIN_RESOLVER = "OffchainResolver"
    ERC3668_RESOLVER = "ERC3668Resolver"
    OTHER_OFFCHAIN = "another off-chain resolver"
    ON_CHAIN = "on-chain resolver"


class Trust(Struct, frozen=True):
    """Whose answers a domain's resolver believes: ``verifier`` knows the signers, who sign for ``target``."""

    verifier: str
    target: str


def contract_kind(address: str) -> ChainInquiry[ContractKind]:
    """Tell the kind of the contract at ``address`` by what it says of itself and the views that it has."""
    if not (yield CodeQuestion(address)):
        return ContractKind.MISSING
    if not (yield from supports(address, EXTENDED)):
        return ContractKind.ON_CHAIN
    if (yield from _answers_a_word(address, "ccipVerifier(bytes32)", bytes(WORD))):
        return ContractKind.ERC3668_RESOLVER
    if (yield from _answers_a_word(address, SIGNERS, _NOBODY)):
        return ContractKind.OFFCHAIN_RESOLVER
    return ContractKind.OTHER_OFFCHAIN


def trust_of(address: str, kind: ContractKind, domain: str) -> ChainInquiry[Trust | None]:
    """Whom the resolver at ``address`` believes for ``domain``; None when it is nobody or not to be told."""
    if kind is ContractKind.OFFCHAIN_RESOLVER:
        return Trust(address, address)
    if kind is not ContractKind.ERC3668_RESOLVER:
        return None
    try:
        answer = yield CallQuestion(address, calldata("getVerifierOfDomain(bytes)", dns_encode(domain)))
        # A struct of string[] and address, and the node at which it is set.
        verifier = decode_address(answer[read_word(answer, 0) + WORD :][:WORD])
    except (CallReverted, MalformedData):
        return None
    if verifier is None:
        return None
    target = yield from getter(verifier, "resolver()")
    return Trust(verifier, target or address)


def believes(verifier: str, signer: str) -> ChainInquiry[bool]:
    """Whether the contract ``verifier`` believes what ``signer`` signs."""
    try:
        answer = yield CallQuestion(verifier, calldata(SIGNERS, checksum_address(signer)))
    except CallReverted:
        return False
    return bool(answer == _YES)


def lookup_of(address: str, name: str, call: bytes) -> ChainInquiry[OffchainLookup]:
    """Where the resolver at ``address`` sends whoever asks ``call`` about ``name``.

    Raises `ResolverRefused` or `BadLookup` when it sends nobody anywhere.
    """
    request = encode_resolve(ResolveRequest(Scheme.OFFCHAIN_RESOLVER, name, call))
    try:
        yield CallQuestion(address, request)
    except CallReverted as reverted:
        if is_lookup(reverted.data):
            return decode_lookup(reverted.data)
        raise ResolverRefused(f"{address}: {revert_reason(reverted.data)}") from None
    raise BadLookup("it answers by itself, and asks no gateway")


def _answers_a_word(address: str, function: str, value: object) -> ChainInquiry[bool]:
    try:
        return len((yield CallQuestion(address, calldata(function, value)))) == WORD
    except (CallReverted, MalformedData):
        return False
