"""Who may change a name, and what its own resolver can do: questions to the chain (EIP-137, ENSIP-5, 10).

Generators that yield the questions of `dm3.protocol.wallets.chain`; `dm3.net.chain.json_rpc.ask_chain` puts
them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct

from dm3.base import normalize
from dm3.base.errors import ConfigurationError, MalformedData
from dm3.crypto import checksum_address
from dm3.protocol.wallets import CallQuestion, CallReverted, ChainInquiry, CodeQuestion

from .names import namehash
from .records import RESOLVE, TEXT, decode_address
from .transactions import calldata

SUPPORTS_INTERFACE: Final = "supportsInterface(bytes4)"
EXTENDED: Final = RESOLVE
"""The interface of resolvers that answer for the names below theirs, too (ENSIP-10)."""
TEXT_RECORDS: Final = TEXT
"""The interface of resolvers with text records (ENSIP-5)."""

_YES: Final = (1).to_bytes(32)


class ResolverKind(StrEnum):
    """What a name's own resolver can do for whoever wants to write a text record."""

    NONE = "none"
    ON_CHAIN = "on-chain"
    OFF_CHAIN = "off-chain"
    OTHER = "other"


class Authority(Struct, frozen=True, kw_only=True):
    """Who may change a name.

    ``name``: the ENS name.
    ``owner``: the account that may; None when the name is not registered.
    ``wrapper``: the contract that says so where the name is wrapped; else the registry does.
    ``resolver``: the name's own resolver, None when it has none.
    """

    name: str
    owner: str | None
    wrapper: str | None = None
    resolver: str | None = None

    @property
    def sentence(self) -> str:
        """Who owns the name, and who says so."""
        if self.owner is None:
            return f"{self.name} is not in the registry"
        by = f"the NameWrapper {self.wrapper}" if self.wrapper else "the ENS registry"
        return f"{self.name} belongs to {self.owner}, says {by}"


def find_authority(name: str, registry: str) -> ChainInquiry[Authority]:
    """Ask ``registry`` for the owner and the resolver of exactly ``name``.

    Raises `InvalidName`, and `ConfigurationError` when there is no registry at that address.
    """
    name = normalize(name)
    node = namehash(name)
    owner = yield from registry_address(registry, "owner(bytes32)", node)
    if owner is None:
        return Authority(name=name, owner=None)
    resolver = yield from registry_address(registry, "resolver(bytes32)", node)
    wrapped = yield from _wrapped_owner(owner, node, registry)
    if wrapped is not None:
        return Authority(name=name, owner=wrapped, wrapper=owner, resolver=resolver)
    return Authority(name=name, owner=owner, resolver=resolver)


def registry_address(registry: str, function: str, node: bytes) -> ChainInquiry[str | None]:
    """What the registry's ``function`` says of ``node``. Raises `ConfigurationError` where there is none."""
    try:
        answer = yield CallQuestion(registry, calldata(function, node))
        if len(answer) == 32:
            return decode_address(answer)
    except (CallReverted, MalformedData):
        pass
    raise ConfigurationError(
        f"there is no ENS registry at {registry} on this chain",
        hint="Check --rpc-url (which chain is it?) and --ens-registry.",
    )


def supports(address: str, interface: bytes) -> ChainInquiry[bool]:
    """Whether the contract at ``address`` says that it has ``interface`` (ERC-165); no answer is a no."""
    try:
        answer = yield CallQuestion(address, calldata(SUPPORTS_INTERFACE, interface))
    except CallReverted:
        return False
    return bool(answer == _YES)


def resolver_kind(address: str | None) -> ChainInquiry[ResolverKind]:
    """What the resolver at ``address`` can do; off-chain ones have no records of their own to write."""
    if address is None:
        return ResolverKind.NONE
    if (yield from supports(address, TEXT_RECORDS)):
        return ResolverKind.ON_CHAIN
    extended = yield from supports(address, EXTENDED)
    return ResolverKind.OFF_CHAIN if extended else ResolverKind.OTHER


def _wrapped_owner(owner: str, node: bytes, registry: str) -> ChainInquiry[str | None]:
    """Who owns the name in the NameWrapper at ``owner``; None when that is another contract, or a key."""
    if not (yield CodeQuestion(owner)):
        return None
    # A multisig or any other contract may own a name, too. A wrapper names the registry that it serves.
    if (yield from getter(owner, "ens()")) != checksum_address(registry):
        return None
    return (yield from getter(owner, "ownerOf(uint256)", int.from_bytes(node)))


def getter(contract: str, function: str, *values: object) -> ChainInquiry[str | None]:
    """The address that a view of ``contract`` returns; None for the zero address and without such a view."""
    try:
        answer = yield CallQuestion(contract, calldata(function, *values))
        return decode_address(answer) if len(answer) == 32 else None
    except (CallReverted, MalformedData):
        return None
