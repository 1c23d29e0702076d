"""`dm3 resolver claim`: the operator of a domain gives a reserved name to a profile."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from dm3.base import address_of, is_below, normalize
from dm3.base.errors import AlreadyTaken, InvalidInput, NotFound
from dm3.hosting import sqlite_url
from dm3.resolver import DomainSettings
from dm3.store import Database
from dm3.store.resolver import NameStore, release_alias, withhold_alias

from ..config.domains import domain_settings
from ..console.command import Call, command
from ..console.output import emit, remark
from .serve import resolver_app

OPTIONS: Final = (
    "data-dir",
    "domain",
    "alias-parent",
    "release-label",
    "siwe-domain",
    "resolver-contract",
    "domains-file",
)


@command(resolver_app, "claim", *OPTIONS)
async def claim(
    call: Call,
    label: Annotated[str, typer.Argument(help="The reserved label, such as support, or the whole alias.")],
    for_: Annotated[
        str | None, typer.Option("--for", help="Name of the profile that gets it: 0x….addr.<domain>.")
    ] = None,
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="Reserve it again; who has claimed it meanwhile keeps it.")
    ] = False,
) -> None:
    """Give a reserved name of a domain of yours, such as support, to one profile, which then claims it.

    Run it where the resolver's data are (--data-dir), also while it serves, with the same options.

    Example: dm3 resolver claim support --for 0x….addr.myapp.eth
    """
    if (for_ is None) != withdraw:
        raise InvalidInput("say for whom with --for NAME, or --withdraw")
    config = call.config
    file = config["data-dir"] / "resolver.sqlite"
    if not file.exists():
        raise NotFound(f"there are no data of a resolver in {config['data-dir']}", hint="Say --data-dir.")
    domains = domain_settings(config)
    database = Database.open(sqlite_url(file), "resolver")
    try:
        name = None if for_ is None else await _address_name(NameStore(database), for_)
        alias = _alias(label, domains, name)
        if name is None:
            await database.write(lambda connection: withhold_alias(connection, alias))
            emit({"ok": True, "alias": alias, "for": None}, call.json, f"{alias} is reserved again")
            return
        holder = await database.write(lambda connection: release_alias(connection, alias, name))
    finally:
        await database.close()
    if holder is not None:
        raise AlreadyTaken(f"{alias} is the name of {holder}")
    emit({"ok": True, "alias": alias, "for": name}, call.json, f"{alias} is for {name}")
    if not call.json:
        remark(f"Whose profile that is takes it with: dm3 profile create --alias {alias}")


async def _address_name(store: NameStore, given: str) -> str:
    """The address name of a profile, given by that or by an alias. Raises `NotFound`."""
    normal = normalize(given)
    if address_of(normal) is not None:
        return normal
    found = await store.profile(normal)
    if found is None:
        raise NotFound(f"no profile is registered under {normal}", hint="Give its name, 0x….addr.<domain>.")
    return found.name


def _alias(given: str, domains: tuple[DomainSettings, ...], name: str | None) -> str:
    """The whole alias: as given, or the label below the first alias parent of the profile's domain."""
    normal = normalize(given)
    if "." not in normal:
        fitting = [domain for domain in domains if name is None or is_below(name, domain.name)]
        if not fitting:
            raise InvalidInput(f"{name} is below none of: {', '.join(domain.name for domain in domains)}")
        domain = fitting[0]
        parents = (f"user.{domain.name}",) if domain.alias_parents is None else domain.alias_parents
        if not parents:
            raise InvalidInput(f"{domain.name} has no names to be known by: its alias-parents are empty")
        return normalize(f"{normal}.{parents[0]}")
    if not any(is_below(normal, domain.name) for domain in domains):
        raise InvalidInput(f"{normal} is below none of: {', '.join(domain.name for domain in domains)}")
    return normal
