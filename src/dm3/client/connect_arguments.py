"""What `connect` is given beyond its types: URLs, addresses, rules and objects of the caller's own."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from msgspec import ValidationError, convert
from msgspec.structs import asdict

from dm3.base import normalize
from dm3.base.errors import ConfigurationError, InvalidInput
from dm3.crypto import checksum_address
from dm3.net import WalletVerifier
from dm3.protocol.linking import LinkPolicy


def served_by(resolvers: Mapping[str, str]) -> dict[str, str]:
    """The resolvers by domain in normal form. Raises `InvalidInput`, `InvalidName`, `ConfigurationError`."""
    if not isinstance(resolvers, Mapping):
        raise InvalidInput(
            f"resolvers are a mapping of domains to URLs, and this is a {type(resolvers).__name__}",
            hint="Such as {'myapp.eth': 'https://resolver.myapp.example'}.",
        )
    served = {}
    for domain, url in resolvers.items():
        if not _is_url(url):
            shown = repr(url)[:80] if "@" not in str(url) else "what is there"
            raise ConfigurationError(
                f"the resolver of {domain} is said by its URL, and {shown} is none",
                hint="It begins with https://, such as https://resolver.myapp.example.",
            )
        served[normalize(domain)] = url
    return served


def _is_url(given: object) -> bool:
    """Whether this is a URL of HTTP with a host."""
    try:
        parts = urlsplit(given) if isinstance(given, str) else None
        return (
            parts is not None
            and parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and parts.port != 0
        )
    except ValueError:  # a port or an address that is none
        return False


def require_policy(policy: LinkPolicy | None) -> None:
    """Raise `InvalidInput` for a policy in which something else stands than its fields are for."""
    if policy is None:
        return
    try:
        convert(asdict(policy), LinkPolicy)
    except ValidationError as error:
        raise InvalidInput(f"the policy cannot be followed: {error}") from None
    below = [name for name, value in asdict(policy).items() if isinstance(value, int) and value < 0]
    if below:
        raise InvalidInput(f"the policy cannot be followed: `{below[0]}` is at least 0")


def require_verifier(verifier: WalletVerifier | None) -> None:
    """Raise `InvalidInput` for an object that cannot be asked for a wallet's signature."""
    if verifier is not None and (
        isinstance(verifier, type) or not callable(getattr(verifier, "signed", None))
    ):
        raise InvalidInput(
            f"a {type(verifier).__name__} cannot tell what a wallet has signed",
            hint="A verifier has `async def signed(address, text, signature) -> bool`.",
        )


def require_registry(address: str) -> None:
    """Raise `ConfigurationError` unless the ENS registry is said by an address."""
    try:
        checksum_address(address)
    except InvalidInput:
        raise ConfigurationError(
            f"the ENS registry is said by its address, 0x and 40 hex digits, and {address[:60]!r} is none"
        ) from None


def require_at_least(least: int, **given: float | None) -> None:
    """Raise `InvalidInput` for the argument that is below ``least``."""
    for name, value in given.items():
        if value is not None and value < least:
            raise InvalidInput(f"`{name}` of connect() is at least {least}, and this is {value}")
