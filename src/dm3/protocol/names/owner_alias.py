"""The owner alias: how a wallet says in public that an LSP is its own (specification 3.1).

Two texts can say so: our own, made for just this, or the host page's sign-in message (EIP-4361) where
the application accepts it. Both are read into one `Authorisation`; its signature is the caller's to check.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from dm3.base import address_of, normalize, owner_alias
from dm3.base.errors import InvalidInput, MalformedData, RemoteProtocolError
from dm3.crypto import checksum_address

from ..wallets import (
    CLOCK_SKEW,
    MAX_AGE,
    MAX_SIWE_BYTES,
    SiweDomain,
    check_siwe,
    parse_siwe,
    time_text,
    unix_time,
)

MAX_TERM: Final = 24 * 3600
"""The longest time between issue and expiry of our own text, in seconds."""

_INTRODUCTION: Final = " asks you to show that a dm3 profile belongs to your Ethereum account:"
_BODY = re.compile(
    r"(?P<domain>[^\n]+)" + re.escape(_INTRODUCTION) + r"\n(?P<owner>[^\n]+)\n\n"
    r"Everybody will be able to see that this profile is yours\.\n"
    r"\(There is no paid transaction initiated\. The signature is used off-chain only\.\)\n\n"
    r"Profile: (?P<name>[^\n]+)\n"
    r"(?:Replaces: (?P<replaces>[^\n]+)\n)?"
    r"Version: 1\n"
    r"Nonce: (?P<nonce>(?:0x)?[0-9a-f]{32,128})\n"
    r"Issued At: (?P<issued>[^\n]+)\n"
    r"Expiration Time: (?P<expires>[^\n]+)"
)


class AuthorisationRefused(RemoteProtocolError):
    """The owner's signature is not for this."""

    code = "authorisation-mismatch"
    hint = "Let the owner's wallet sign the text for this application, owner and profile."


class AuthorisationExpired(AuthorisationRefused):
    """The owner's authorisation has expired."""

    code = "authorisation-expired"
    hint = "Let the owner's wallet sign a new one."


class AuthorisationNotYetValid(AuthorisationRefused):
    """The owner's authorisation is not valid yet."""

    code = "authorisation-not-yet-valid"
    hint = "Check the clocks of both machines."


class AuthorisationUsed(AuthorisationRefused):
    """The owner's authorisation was used before."""

    code = "authorisation-used"
    hint = "Let the owner's wallet sign a new one, with a new nonce."


class OwnerPolicy(Struct, frozen=True):
    """Which sign-in messages an application accepts; without ``siwe_domains`` none.

    ``siwe_uris`` None stands for the URIs of ``siwe_domains``, ``chain_ids`` None for any chain;
    ``siwe_max_age`` in seconds is for messages without an expiration time.
    """

    siwe_domains: tuple[str, ...] = ()
    siwe_uris: tuple[str, ...] | None = None
    chain_ids: tuple[int, ...] | None = None
    siwe_max_age: int = MAX_AGE


class Authorisation(Struct, frozen=True):
    """What the owner allows; ``nonce`` counts once until ``expires_at`` (UNIX seconds, skew included).

    ``replaces`` is the address name that loses the alias, where the owner named one.
    """

    nonce: str
    expires_at: int
    replaces: str | None = None


def consent_text(alias: str) -> str:
    """What the LSP's profile signs to be shown as the owner's (``alias`` in normal form)."""
    return f"owner-alias: {alias}"


def owner_alias_message(
    domain: str,
    owner: str,
    address_name: str,
    nonce: str,
    issued_at: int,
    expires_at: int,
    *,
    replaces: str | None = None,
) -> str:
    """The text that ``owner`` signs to have ``lsp.<owner>.<domain>`` point to ``address_name``.

    ``nonce``: at least 128 random bits in hex; times in UNIX seconds; ``replaces``: the address name that
    the alias points to now. Raises `InvalidInput` when a value has no place in such a text.
    """
    replaced = "" if replaces is None else f"Replaces: {normalize(replaces)}\n"
    text = (
        f"{normalize(domain)}{_INTRODUCTION}\n"
        f"{checksum_address(owner)}\n\n"
        "Everybody will be able to see that this profile is yours.\n"
        "(There is no paid transaction initiated. The signature is used off-chain only.)\n\n"
        f"Profile: {normalize(address_name)}\n"
        f"{replaced}"
        "Version: 1\n"
        f"Nonce: {nonce}\n"
        f"Issued At: {time_text(issued_at)}\n"
        f"Expiration Time: {time_text(expires_at)}"
    )
    if not _BODY.fullmatch(text):
        raise InvalidInput("the nonce must be 32 to 128 hex digits")
    return text


def owner_alias_for(name: str, owner: str) -> str:
    """The alias that ties the address name ``name`` to ``owner``, in normal form."""
    own = address_of(name)
    if own is None:
        raise InvalidInput(f"{name[:100]} is not the name of an address, such as 0x….addr.dm3.eth")
    return owner_alias(owner, own[1])


def check_authorisation(
    text: str, *, domain: str, owner: str, name: str, now: int, policy: OwnerPolicy
) -> Authorisation:
    """Read and check the owner's text for ``name`` below the application's ``domain``.

    ``now`` in UNIX seconds. Raises `MalformedData`, `TooLarge`, `AuthorisationRefused` or `SiweRefused`.
    """
    if text.partition("\n")[0].endswith(_INTRODUCTION):
        return _check_own(text, domain, owner, name, now)
    message = parse_siwe(text)
    if not policy.siwe_domains:
        raise SiweDomain(
            "this application accepts no sign-in messages",
            hint="The resolver's operator says which sites' count: siwe-domain, or domains-file.",
        )
    check_siwe(
        message,
        now=now,
        domains=policy.siwe_domains,
        uris=policy.siwe_uris,
        address=owner,
        chain_ids=policy.chain_ids,
        max_age=policy.siwe_max_age,
    )
    return Authorisation(message.nonce, message.valid_until(policy.siwe_max_age) + CLOCK_SKEW)


def _check_own(text: str, domain: str, owner: str, name: str, now: int) -> Authorisation:
    found = _BODY.fullmatch(text) if len(text) <= MAX_SIWE_BYTES else None
    if not found:
        raise MalformedData("the owner's text does not have the lines it must have")
    issued_at = unix_time(found["issued"], what="Issued At")
    expires_at = unix_time(found["expires"], what="Expiration Time")
    expected = owner_alias_message(
        domain, owner, name, found["nonce"], issued_at, expires_at, replaces=found["replaces"]
    )
    if text != expected:
        raise AuthorisationRefused("it names another application, owner or profile")
    if not 0 < expires_at - issued_at <= MAX_TERM:
        raise AuthorisationRefused(f"it must end within {MAX_TERM // 3600} hours of its issue")
    if issued_at > now + CLOCK_SKEW:
        raise AuthorisationNotYetValid()
    if expires_at <= now - CLOCK_SKEW:
        raise AuthorisationExpired()
    replaces = found["replaces"]
    return Authorisation(found["nonce"], expires_at + CLOCK_SKEW, replaces)
