"""Checking a sign-in message: where it was made, for whom, and when (specification 3.2)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

from dm3.base.errors import RemoteProtocolError
from dm3.crypto import checksum_address

from .pages import is_page
from .siwe import MAX_AGE, SiweMessage

CLOCK_SKEW: Final = 120
"""How far two clocks may differ, in seconds (specification 3.3)."""


class SiweRefused(RemoteProtocolError):
    """The sign-in message is not accepted here."""

    code = "siwe"


class SiweDomain(SiweRefused):
    """The sign-in message is for another site."""

    code = "siwe-domain"


class SiweUri(SiweRefused):
    """The sign-in message is for another URI."""

    code = "siwe-uri"


class SiweAddress(SiweRefused):
    """The sign-in message is of another Ethereum account."""

    code = "siwe-address"


class SiweNonce(SiweRefused):
    """The sign-in message has another nonce than was asked for, or one that was used before."""

    code = "siwe-nonce"


class SiweChain(SiweRefused):
    """The sign-in message is for another chain."""

    code = "siwe-chain"


class SiweExpired(SiweRefused):
    """The sign-in message has expired."""

    code = "siwe-expired"
    hint = "Sign in again."


class SiweNotYetValid(SiweRefused):
    """The sign-in message is not valid yet."""

    code = "siwe-not-yet-valid"
    hint = "Check the clocks of both machines."


def check_siwe(
    message: SiweMessage,
    *,
    now: int,
    domains: Collection[str],
    uris: Collection[str] | None = None,
    address: str | None = None,
    nonce: str | None = None,
    chain_ids: Collection[int] | None = None,
    skew: int = CLOCK_SKEW,
    max_age: int = MAX_AGE,
) -> None:
    """Check what the message says against what is expected; the signature is the caller's to check.

    ``domains`` are authorities (``app.example:8443``); ``uris`` allow themselves and what lies below
    them, and None allows the pages of ``domains`` (`is_page`). Times in UNIX seconds. Raises a `SiweRefused`.
    """
    allowed = {domain.lower() for domain in domains}
    if message.domain.lower() not in allowed:
        raise SiweDomain(message.domain[:100])
    if not _uri_allowed(message.uri, allowed, uris):
        raise SiweUri(message.uri[:100])
    if address is not None and checksum_address(address) != message.address:
        raise SiweAddress(message.address)
    if nonce is not None and nonce != message.nonce:
        raise SiweNonce()
    if chain_ids is not None and message.chain_id not in chain_ids:
        raise SiweChain(str(message.chain_id))
    if max(message.issued_at, message.not_before or message.issued_at) > now + skew:
        raise SiweNotYetValid()
    if message.valid_until(max_age) <= now - skew:
        raise SiweExpired()


def _uri_allowed(uri: str, domains: Collection[str], uris: Collection[str] | None) -> bool:
    if uris is not None:
        return any(uri == root or uri.startswith(_below(root)) for root in uris)
    return is_page(uri) and urlsplit(uri).netloc.lower() in domains


def _below(root: str) -> tuple[str, ...]:
    bare = root.rstrip("/")
    return (bare + "/", bare + "?", bare + "#")
