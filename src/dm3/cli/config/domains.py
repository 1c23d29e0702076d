"""The domains that a resolver serves: from a file with one table for each, or from options for all."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import UNSET, Struct, UnsetType, structs

from dm3.base import normalize
from dm3.base.errors import ConfigurationError, InvalidName
from dm3.protocol.names import RESERVED_LABELS
from dm3.resolver import DomainSettings

from .config import Config
from .toml_file import read_toml

INSTEAD_OF: Final = ("domain", "alias-parent", "siwe-domain", "resolver-contract")
"""The options that say the same as the file."""
_FORM: Final = 'It has a table for each domain, such as ["myapp.eth"], its name in quotes, with: {}.'


class _Table(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """One domain as it stands in the file; `DomainSettings` says what it means."""

    delivery_services: tuple[str, ...] | UnsetType = UNSET
    listed_services_only: bool | UnsetType = UNSET
    claims_open: bool | UnsetType = UNSET
    alias_parents: tuple[str, ...] | UnsetType = UNSET
    reserved: frozenset[str] | UnsetType = UNSET
    max_aliases: int | UnsetType = UNSET
    siwe_domains: tuple[str, ...] | UnsetType = UNSET
    siwe_uris: tuple[str, ...] | UnsetType = UNSET
    chain_ids: tuple[int, ...] | UnsetType = UNSET
    resolver_contract: str | UnsetType = UNSET
    widget: Any | UnsetType = UNSET  # the widget host's part of the table: `dm3.cli.config.widget_config`


def domain_settings(config: Config) -> tuple[DomainSettings, ...]:
    """The domains as configured. Raises `ConfigurationError`."""
    path = config["domains-file"]
    if path is not None:
        both = [name for name in INSTEAD_OF if config.sources[name] != "default"]
        if both:
            raise ConfigurationError(
                f"{both[0]} (from {config.sources[both[0]]}) and domains-file are both given",
                hint="The file says it all; move what the option says into the domain's table.",
            )
        return _released(read_domains(path), config)
    contracts = dict(config["resolver-contract"])
    unknown = sorted(contracts.keys() - set(config["domain"]))
    if unknown:
        raise ConfigurationError(f"resolver-contract is given for {unknown[0]}, which is not served")
    domains = tuple(
        DomainSettings(
            name=domain,
            alias_parents=config["alias-parent"] or None,
            siwe_domains=config["siwe-domain"],
            resolver_contract=contracts.get(domain),
        )
        for domain in config["domain"]
    )
    return _released(domains, config)


def _released(domains: tuple[DomainSettings, ...], config: Config) -> tuple[DomainSettings, ...]:
    """The domains without the reserved labels that anybody may claim. Raises `ConfigurationError`."""
    labels = frozenset(config["release-label"])
    unknown = sorted(labels - RESERVED_LABELS)
    if unknown:
        raise ConfigurationError(
            f"release-label is given for {unknown[0][:60]!r}, which is not reserved",
            hint=f"Reserved are: {', '.join(sorted(RESERVED_LABELS))}.",
        )
    return tuple(structs.replace(domain, reserved=domain.reserved - labels) for domain in domains)


def read_domains(path: Path) -> tuple[DomainSettings, ...]:
    """The domains in a TOML file, in its order. Raises `ConfigurationError`."""
    return tuple(_domain(path, name, table) for name, table in read_tables(path).items())


def read_tables(path: Path) -> dict[str, Any]:
    """The file's table for each domain, as it stands there. Raises `ConfigurationError`."""
    tables = read_toml(path, "the file of domains")
    if not tables:
        raise _other_form(path, "it has no domain")
    return tables


def _domain(path: Path, name: str, table: Any) -> DomainSettings:
    try:
        name = normalize(name)
        given = structs.asdict(msgspec.convert(table, _Table))
    except InvalidName as error:
        raise _other_form(path, str(error)) from None
    except msgspec.ValidationError as error:
        raise _other_form(path, f"{name}: {error}") from None
    given = {field: value for field, value in given.items() if value is not UNSET and field != "widget"}
    if "reserved" in given:
        # What could pass for the application itself stays reserved.
        given["reserved"] = RESERVED_LABELS | given["reserved"]
    return DomainSettings(name=name, **given)


def _other_form(path: Path, why: str) -> ConfigurationError:
    known = ", ".join(field.encode_name for field in structs.fields(_Table))
    return ConfigurationError(f"the file of domains {path}: {why}", hint=_FORM.format(known))
