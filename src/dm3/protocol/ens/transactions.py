"""Transactions that publish records and set names up: what to send to which contract, and what it does.

Pure: nothing is sent here. `dm3.net.chain.transactions` sends, or a hardware wallet or multisig does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct

from dm3.base import normalize, to_hex
from dm3.base.errors import InvalidInput
from dm3.crypto import checksum_address, keccak
from dm3.protocol.wallets import encode

from .names import labelhash, namehash

MAX_TEXT_BYTES: Final = 24 * 1024
"""The longest text that is put on a chain: more would not fit into one transaction's gas."""
LARGE_TEXT_BYTES: Final = 1024
"""From here on a text costs so much gas that a link to it is worth considering."""

_WORD_GAS: Final = 22_100
"""For each 32 bytes that a contract keeps anew (EIP-2929)."""
_BYTE_GAS: Final = 16
_BASE_GAS: Final = 60_000
"""For the transaction itself, the lengths, and the event that tells of the change."""


class PreparedTransaction(Struct, frozen=True, kw_only=True):
    """A transaction that nobody has signed yet.

    ``to``: the contract (EIP-55).
    ``data``: what it is called with.
    ``chain_id``: the chain that it is for.
    ``sentence``: what it does, for people.
    ``value``: what it pays, in wei.
    """

    to: str
    data: bytes
    chain_id: int
    sentence: str
    value: int = 0

    def as_json(self) -> dict[str, Any]:
        """Its members as other wallets take them; numbers that may be large are decimal text."""
        return {
            "chainId": self.chain_id,
            "to": self.to,
            "value": str(self.value),
            "data": to_hex(self.data),
            "sentence": self.sentence,
        }


def selector(signature: str) -> bytes:
    """The first 4 bytes of the calldata of a function such as ``setText(bytes32,string,string)``."""
    return keccak(signature.encode("ascii"))[:4]


def calldata(signature: str, *values: Any) -> bytes:
    """The calldata of a function whose arguments are all of simple types, lists of them, or none."""
    kinds = [kind for kind in signature.partition("(")[2].removesuffix(")").split(",") if kind]
    return selector(signature) + encode(kinds, values)


def set_text(name: str, key: str, value: str, *, resolver: str, chain_id: int) -> PreparedTransaction:
    """Write the text record ``key`` of ``name`` at its own ``resolver`` (ENSIP-5).

    Raises `InvalidName`, and `InvalidInput` for a value that is too long or has no UTF-8 form.
    """
    size = text_size(value)
    if size > MAX_TEXT_BYTES:
        raise InvalidInput(
            f"the record has {size} bytes; more than {MAX_TEXT_BYTES} do not fit into a transaction",
            hint="Publish a link instead, https://… with its dm3Hash.",
        )
    what = f"sets the text record {key} of {normalize(name)} ({size} bytes)"
    data = calldata("setText(bytes32,string,string)", namehash(name), key, value)
    return _prepared(resolver, data, chain_id, what)


def set_address(name: str, address: str, *, resolver: str, chain_id: int) -> PreparedTransaction:
    """Point ``name`` to ``address`` at its own ``resolver`` (EIP-137).

    Raises `InvalidName`, and `InvalidInput` when ``address`` is none.
    """
    wanted = checksum_address(address)
    data = calldata("setAddr(bytes32,address)", namehash(name), wanted)
    return _prepared(resolver, data, chain_id, f"points {normalize(name)} to {wanted}")


def set_resolver(name: str, resolver: str, *, registry: str, chain_id: int) -> PreparedTransaction:
    """Have ``resolver`` answer for ``name`` and all names below it that have none of their own.

    ``registry`` is the ENS registry, or the NameWrapper for a name that is wrapped; both know the function.
    """
    wanted = checksum_address(resolver)
    data = calldata("setResolver(bytes32,address)", namehash(name), wanted)
    return _prepared(
        registry, data, chain_id, f"has {wanted} answer for {normalize(name)} and the names below"
    )


def set_subname(
    name: str, *, owner: str, resolver: str, registry: str, wrapped: bool, chain_id: int
) -> PreparedTransaction:
    """Give ``name`` an entry of its own, which belongs to ``owner`` and has ``resolver`` answer for it.

    For the owner of the name above, which has one: in the ENS registry, or where that name is ``wrapped`` in
    the NameWrapper, whose address ``registry`` is then.
    """
    label, _, parent = normalize(name).partition(".")
    holder, wanted = checksum_address(owner), checksum_address(resolver)
    if wrapped:  # no fuses burnt, and no end of its own
        data = calldata(
            "setSubnodeRecord(bytes32,string,address,address,uint64,uint32,uint64)",
            *(namehash(parent), label, holder, wanted, 0, 0, 0),
        )
    else:
        data = calldata(
            "setSubnodeRecord(bytes32,bytes32,address,address,uint64)",
            *(namehash(parent), labelhash(label), holder, wanted, 0),
        )
    what = f"registers {normalize(name)} for {holder} and has {wanted} answer for it and the names below"
    return _prepared(registry, data, chain_id, what)


def set_verifier(
    name: str, verifier: str, urls: Sequence[str], *, resolver: str, chain_id: int
) -> PreparedTransaction:
    """Tell dm3's ERC3668Resolver at ``resolver`` the gateways of ``name`` and who verifies their answers."""
    if not urls:
        raise InvalidInput("a domain needs at least one gateway URL")
    wanted = checksum_address(verifier)
    data = calldata("setVerifierForDomain(bytes32,address,string[])", namehash(name), wanted, list(urls))
    what = f"has {' and '.join(urls)} answer for {normalize(name)}, verified by {wanted}"
    return _prepared(resolver, data, chain_id, what)


def add_signers(signers: Sequence[str], *, verifier: str, chain_id: int) -> PreparedTransaction:
    """Have the SignatureCcipVerifier at ``verifier`` accept answers of ``signers``, too."""
    wanted = [checksum_address(signer) for signer in signers]
    what = f"accepts answers signed by {' and '.join(wanted)}"
    return _prepared(verifier, calldata("addSigners(address[])", wanted), chain_id, what)


def offchain_resolver_arguments(url: str, signers: Sequence[str]) -> bytes:
    """The constructor's arguments of ENS's OffchainResolver, to put behind its creation code."""
    return encode(("string", "address[]"), (url, [checksum_address(signer) for signer in signers]))


def text_size(value: str) -> int:
    """The bytes of ``value`` in UTF-8. Raises `InvalidInput` when it has no such form."""
    try:
        return len(value.encode("utf-8"))
    except UnicodeEncodeError:
        raise InvalidInput("the record holds lone surrogates") from None


def likely_gas(value: str) -> int:
    """About how much gas it takes to write ``value`` where nothing stood before."""
    size = text_size(value)
    return _BASE_GAS + (size // 32 + 2) * _WORD_GAS + size * _BYTE_GAS


def size_warning(value: str) -> str | None:
    """What to consider before a large record is written, or None."""
    size = text_size(value)
    if size <= LARGE_TEXT_BYTES:
        return None
    return f"the record has {size} bytes and takes about {likely_gas(value):,} gas; a link would take less"


def _prepared(to: str, data: bytes, chain_id: int, sentence: str) -> PreparedTransaction:
    return PreparedTransaction(to=checksum_address(to), data=data, chain_id=chain_id, sentence=sentence)
