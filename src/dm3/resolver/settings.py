"""What an operator decides about a resolver."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct, field

from dm3.base import is_below, normalize
from dm3.base.errors import ConfigurationError, InvalidInput, MalformedData
from dm3.crypto import checksum_address
from dm3.protocol.names import MAX_ALIASES, RESERVED_LABELS, AliasRules, OwnerPolicy
from dm3.protocol.wallets import MAX_AGE
from dm3.wire import read_text_record

_DM3_RECORDS: Final = "network.dm3."

TTL: Final = 60
ANSWER_SECONDS: Final = 300
CLAIMS_A_MINUTE: Final = 1_200
LOOKUPS_A_MINUTE: Final = 60_000
MAX_ANSWER_SECONDS: Final = 7 * 86_400
"""An answer cannot be taken back before its time is over, so a week is the most."""


class StaticName(Struct, frozen=True):
    """A name that the operator gives: text records by key, and the address it points to."""

    texts: Mapping[str, str] = {}
    address: str | None = None


class DomainSettings(Struct, frozen=True, kw_only=True):
    """One application's ENS name and what may be claimed below it.

    ``alias_parents`` None stands for ``user.<name>``. Sign-in messages count only with ``siwe_domains``
    (authorities such as ``myapp.example``); ``siwe_uris`` None stands for the URIs of these, ``chain_ids``
    None for any chain, ``siwe_max_age`` (seconds) is for messages that name no end.

    ``delivery_services`` are the ENS names that the application uses; with ``listed_services_only`` a
    profile must list one of them to be claimed. ``resolver_contract`` is the address of the contract that
    sends ENS clients here; answers to them are signed for it alone.
    """

    name: str
    alias_parents: tuple[str, ...] | None = None
    reserved: frozenset[str] = RESERVED_LABELS
    max_aliases: int = MAX_ALIASES
    siwe_domains: tuple[str, ...] = ()
    siwe_uris: tuple[str, ...] | None = None
    chain_ids: tuple[int, ...] | None = None
    siwe_max_age: int = MAX_AGE
    claims_open: bool = True
    delivery_services: tuple[str, ...] = ()
    listed_services_only: bool = False
    resolver_contract: str | None = None


class ResolverSettings(Struct, frozen=True, kw_only=True):
    """A resolver's domains (the first is the default), static names, and how long answers keep (s).

    ``ttl`` is for plain HTTP, ``answer_seconds`` for the signed answers of the CCIP gateway. One IP address
    may send ``claims_per_address`` claims and ask for ``lookups_per_address`` names a minute; 0 is no limit.
    """

    domains: tuple[DomainSettings, ...]
    static: Mapping[str, StaticName] = field(default_factory=dict)
    ttl: int = TTL
    answer_seconds: int = ANSWER_SECONDS
    claims_per_address: int = CLAIMS_A_MINUTE
    lookups_per_address: int = LOOKUPS_A_MINUTE


class Domain(Struct, frozen=True):
    """A served domain, its settings checked and in the form that the rules take."""

    name: str
    aliases: AliasRules
    max_aliases: int
    owners: OwnerPolicy
    claims_open: bool
    delivery_services: tuple[str, ...]
    listed_services_only: bool
    resolver_contract: str | None


def check_answer_seconds(settings: ResolverSettings) -> int:
    """How long signed answers are valid. Raises `ConfigurationError`."""
    if not 1 <= settings.answer_seconds <= MAX_ANSWER_SECONDS:
        raise ConfigurationError(f"answer-seconds must be from 1 to {MAX_ANSWER_SECONDS}")
    return settings.answer_seconds


def check_limits(settings: ResolverSettings) -> None:
    """Raise `ConfigurationError` for limits below nothing."""
    if min(settings.claims_per_address, settings.lookups_per_address) < 0:
        raise ConfigurationError(
            "claims-per-address and lookups-per-address are at least 0, which is no limit"
        )


def check_domains(settings: ResolverSettings) -> dict[str, Domain]:
    """The served domains by name, in the order of the settings. Raises `ConfigurationError`."""
    domains: dict[str, Domain] = {}
    for given in settings.domains:
        domain = _domain(given)
        if domain.name in domains:
            raise ConfigurationError(f"the domain {domain.name} is given twice")
        domains[domain.name] = domain
    if not domains:
        raise ConfigurationError("a resolver needs at least one domain")
    return domains


def _domain(given: DomainSettings) -> Domain:
    try:
        name = normalize(given.name)
        parents = given.alias_parents
        parents = (f"user.{name}",) if parents is None else tuple(map(normalize, parents))
        services = tuple(map(normalize, given.delivery_services))
        outside = [parent for parent in parents if not is_below(parent, name)]
        contract = given.resolver_contract
        contract = None if contract is None else checksum_address(contract)
    except InvalidInput as error:
        raise ConfigurationError(f"the domain {given.name[:100]!r}: {error}") from None
    if outside:
        raise ConfigurationError(f"aliases below {outside[0]} do not belong to the domain {name}")
    if given.max_aliases < 0:
        raise ConfigurationError(f"the domain {name}: max-aliases cannot be less than 0")
    if given.listed_services_only and not services:
        raise ConfigurationError(
            f"the domain {name} takes profiles with listed delivery services only, and lists none",
            hint="Name its delivery-services, or leave listed-services-only out.",
        )
    return Domain(
        name,
        AliasRules(parents, given.reserved),
        given.max_aliases,
        OwnerPolicy(given.siwe_domains, given.siwe_uris, given.chain_ids, given.siwe_max_age),
        given.claims_open,
        services,
        given.listed_services_only,
        contract,
    )


def _check_static_types(given: StaticName) -> None:
    # They come from files that people write.
    if not isinstance(given.address, str | None):
        raise InvalidInput("its address is no text", hint='It looks like "0x…", in quotes.')
    if not isinstance(given.texts, Mapping):
        raise InvalidInput("its texts are not members with a text each")
    for key, value in given.texts.items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise InvalidInput(f"its text {str(key)[:100]!r} is no text", hint="Write it in quotes.")
        if key.startswith(_DM3_RECORDS):
            read_text_record(value)


def check_static(name: str, given: StaticName, domains: Mapping[str, Domain]) -> tuple[str, StaticName]:
    """A static name in normal form and its records. Raises `ConfigurationError`."""
    try:
        normal = normalize(name)
        _check_static_types(given)
        address = None if given.address is None else checksum_address(given.address)
        for key, value in given.texts.items():
            (key + value).encode("utf-8")
    except UnicodeEncodeError:
        raise ConfigurationError(f"the static name {name[:100]!r} has a text with half a character") from None
    except (InvalidInput, MalformedData) as error:
        raise ConfigurationError(
            f"the static name {str(name)[:100]!r}: {error.detail or error}", hint=error.hint
        ) from None
    if not any(is_below(normal, domain) for domain in domains):
        raise ConfigurationError(f"the static name {normal} is outside of the domains {', '.join(domains)}")
    return normal, StaticName(dict(given.texts), address)
