"""Preparing to publish a text record on a chain: what is there, who may change it, and what to send.

Generators that yield the questions of `dm3.protocol.wallets.chain`; nothing is sent.
"""

from __future__ import annotations

from msgspec import Struct

from dm3.base.errors import LocalProtocolError, MalformedData, NotFound
from dm3.crypto import checksum_address
from dm3.protocol.wallets import CallQuestion, CallReverted, ChainInquiry

from .authority import Authority, ResolverKind, find_authority, resolver_kind
from .names import namehash
from .records import AddressCall, TextCall, decode_address, decode_text, encode_call
from .transactions import PreparedTransaction, set_address, set_text, size_warning


class CannotPublish(LocalProtocolError):
    """The record cannot be published under that name."""

    code = "cannot-publish"


class Publication(Struct, frozen=True, kw_only=True):
    """A text record about to be published.

    ``authority``: who may change the name.
    ``resolver``: the contract that has its records.
    ``key``: the text record's key.
    ``value``: what is to stand there.
    ``current``: what stands there; None for nothing.
    ``address``: the account that the name points to; None for none.
    ``transactions``: to be sent in their order; none when everything is as wanted.
    ``warning``: for whoever decides; None where there is none.
    """

    authority: Authority
    resolver: str
    key: str
    value: str
    current: str | None
    address: str | None
    transactions: tuple[PreparedTransaction, ...]
    warning: str | None


def prepare_publication(
    name: str,
    key: str,
    value: str,
    *,
    registry: str,
    chain_id: int,
    owner: str | None = None,
    point: bool = False,
) -> ChainInquiry[Publication]:
    """Prepare writing the text record ``key`` of ``name``.

    ``owner`` is the address that the name must point to, for a record that this address has signed; with
    ``point`` the name is pointed there first. Raises `NotFound` for a name that is not registered,
    `CannotPublish` with what to do, `InvalidName`, `InvalidInput`, or `ConfigurationError`.
    """
    authority = yield from find_authority(name, registry)
    name = authority.name
    resolver = yield from _writable_resolver(authority)
    node = namehash(name)
    current = yield from _current_text(resolver, TextCall(node, key))
    address = yield from _current_address(resolver, AddressCall(node))
    transactions = []
    wanted = None if owner is None else checksum_address(owner)
    if wanted is not None and address != wanted:
        if not point:
            raise CannotPublish(
                f"{name} points to {address or 'no address'}, but the profile is signed by {wanted}: others "
                "would refuse it",
                hint=f"Point {name} to {wanted} first: --set-address does so by a transaction of its own.",
            )
        transactions.append(set_address(name, wanted, resolver=resolver, chain_id=chain_id))
    if current != value:
        transactions.append(set_text(name, key, value, resolver=resolver, chain_id=chain_id))
    return Publication(
        authority=authority,
        resolver=resolver,
        key=key,
        value=value,
        current=current,
        address=address,
        transactions=tuple(transactions),
        warning=size_warning(value),
    )


def _writable_resolver(authority: Authority) -> ChainInquiry[str]:
    """The name's own resolver, which keeps text records. Raises `NotFound` or `CannotPublish`."""
    name, resolver = authority.name, authority.resolver
    if authority.owner is None:
        raise NotFound(
            f"{name} is not in the ENS registry of this chain",
            hint="Names below an off-chain domain are published at its resolver: dm3 profile create --alias. "
            "Others have to be registered first.",
        )
    kind = yield from resolver_kind(resolver)
    if resolver is not None and kind is ResolverKind.ON_CHAIN:
        return resolver
    if kind is ResolverKind.NONE:
        raise CannotPublish(
            f"{name} has no resolver of its own",
            hint="Its owner sets one, such as ENS's public resolver, with setResolver in the ENS registry.",
        )
    if kind is ResolverKind.OFF_CHAIN:
        raise CannotPublish(
            f"the resolver {resolver} of {name} looks its records up off the chain",
            hint="Publish it where that resolver takes its records from: for a resolver of dm3, "
            "with dm3 profile create --alias, or --static-names.",
        )
    raise CannotPublish(
        f"the resolver {resolver} of {name} does not keep text records (ENSIP-5)",
        hint="Its owner sets another one, such as ENS's public resolver, with setResolver in the registry.",
    )


def _current_text(resolver: str, call: TextCall) -> ChainInquiry[str | None]:
    try:
        return decode_text((yield CallQuestion(resolver, encode_call(call))))
    except (CallReverted, MalformedData):
        return None


def _current_address(resolver: str, call: AddressCall) -> ChainInquiry[str | None]:
    try:
        return decode_address((yield CallQuestion(resolver, encode_call(call))))
    except (CallReverted, MalformedData):
        return None
