"""The CCIP-Read gateway: questions of resolver contracts, answered and signed (specification 2.5)."""

from __future__ import annotations

from typing import Final

from dm3.base.errors import Dm3Error, Fault, InvalidInput, TooLarge
from dm3.crypto import KeyWallet
from dm3.protocol.ens import (
    ETHEREUM_COIN,
    AddressCall,
    Call,
    CoinAddressCall,
    Multicall,
    OtherCall,
    Scheme,
    TextCall,
    decode_call,
    decode_resolve,
    encode_address,
    encode_bytes,
    encode_coin_address,
    encode_raw_address,
    encode_results,
    encode_text,
    namehash,
    sign_answer,
)
from dm3.protocol.names import domain_of

from .known_names import NameRecords
from .registry import Registry
from .settings import Domain

MAX_CALLDATA: Final = 16 * 1024
"""The longest question, in bytes."""
MAX_RESULT: Final = 256 * 1024
"""The longest result, in bytes: a multicall may ask for one long record again and again."""


class NoGateway(Dm3Error):
    """This resolver does not answer ENS clients."""

    code = "no-gateway"
    fault = Fault.OPERATOR
    hint = "Its operator sets ccip-signer-file, and resolver-contract for each domain."


class WrongResolver(InvalidInput):
    """The question comes from another contract than the one that this gateway answers."""

    code = "wrong-resolver"
    hint = "GET /domains/{domain} names the resolver contract that answers are signed for."


class WrongNode(InvalidInput):
    """The call asks for another name than the one that is to be resolved."""

    code = "wrong-node"
    hint = "The node in the call must be the namehash of the DNS-encoded name."


class Gateway:
    """Answers for the names of ``registry``, signed with ``signer``; without one it answers nothing."""

    def __init__(self, registry: Registry, signer: KeyWallet | None, answer_seconds: int) -> None:
        self._registry = registry
        self._signer = signer
        self._answer_seconds = answer_seconds

    async def answer(self, sender: str, request: bytes) -> bytes:
        """The ABI-encoded answer to ``request``, the calldata that the contract ``sender`` gave out.

        A name of ours that nobody has registered has empty records, as everywhere in ENS. Raises
        `NotServed` for other names, `NoGateway`, `WrongResolver`, `WrongNode`, `UnsupportedCall`,
        `MalformedData`, `TooLarge` or `StoreError`.
        """
        if self._signer is None:
            raise NoGateway()
        if len(request) > MAX_CALLDATA:
            raise TooLarge(f"the calldata has more than {MAX_CALLDATA} bytes")
        asked = decode_resolve(request)
        domain = self._registry.domains[domain_of(asked.name, self._registry.domains)]
        target = _target(domain, sender)
        call = decode_call(asked.call_data)
        _check_node(call, asked.name)
        found = self._registry.static_records(asked.name) or await self._registry.known.find(asked.name)
        self._registry.metrics.looked_up(found is not None)
        return sign_answer(
            asked.scheme,
            self._signer,
            target=target,
            expires=self._registry.now() + self._answer_seconds,
            request=request,
            result=result_of(call, found, asked.scheme),
        )


def _target(domain: Domain, sender: str) -> str:
    contract = domain.resolver_contract
    if contract is None:
        raise NoGateway(f"no resolver contract is set for {domain.name}")
    if sender.lower() != contract.lower():
        raise WrongResolver(f"answers for {domain.name} are for {contract}")
    return contract


def _check_node(call: Call | Multicall, name: str) -> None:
    node = namehash(name)
    for one in call.calls if isinstance(call, Multicall) else (call,):
        if not isinstance(one, OtherCall) and one.node != node:
            raise WrongNode(name)


def result_of(call: Call | Multicall, found: NameRecords | None, scheme: Scheme) -> bytes:
    """The result of ``call`` for a name that has ``found``, in the form that the contract passes on.

    Raises `TooLarge`.
    """
    if isinstance(call, Multicall):
        result = _results(call, found)
        # dm3's verifier unpacks one layer of every result but an address.
        return encode_bytes(result) if scheme is Scheme.ERC3668_RESOLVER else result
    if isinstance(call, AddressCall) and scheme is Scheme.ERC3668_RESOLVER:
        return encode_raw_address(found.address if found else None)
    return _result(call, found)


def _results(call: Multicall, found: NameRecords | None) -> bytes:
    results: list[bytes] = []
    room = MAX_RESULT
    for one in call.calls:
        results.append(_result(one, found))
        room -= len(results[-1])
        if room < 0:
            raise TooLarge("the records asked for at once", hint="Ask for fewer of them.")
    return encode_results(results)


def _result(call: Call | OtherCall, found: NameRecords | None) -> bytes:
    match call:
        case TextCall():
            return encode_text(found.texts.get(call.key, "") if found else "")
        case AddressCall():
            return encode_address(found.address if found else None)
        case CoinAddressCall():
            return encode_coin_address(found.address if found and call.coin == ETHEREUM_COIN else None)
        case OtherCall():
            return b""
