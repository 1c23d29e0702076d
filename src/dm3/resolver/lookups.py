"""Looking names up: what a name has, whatever kind of name it is (specification 2.5, 3.1)."""

from __future__ import annotations

from typing import Any

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from dm3.base import address_name, normalize
from dm3.base.errors import NotFound
from dm3.crypto import checksum_address
from dm3.protocol.names import NotServed
from dm3.store.resolver import ProfileRow

from .known_names import NameRecords
from .registry import Registry


async def find(registry: Registry, name: str) -> NameRecords | None:
    """What is served under ``name``: static, address name, alias or owner alias; None for nothing.

    Raises `InvalidName`.
    """
    normal = normalize(name)
    static = registry.static_records(normal)
    if static is not None:
        return static
    try:
        registry.domain_of(normal)
    except NotServed:
        return None
    return await registry.look_up(normal)


async def profile_of(registry: Registry, address: str, domain: str | None) -> ProfileRow:
    """The profile of ``address`` in ``domain``, or in the first domain that has one.

    Raises `NotFound`, `NotServed` or `InvalidInput`.
    """
    checked = checksum_address(address)
    if domain is not None and normalize(domain) not in registry.domains:
        raise NotServed(domain[:100])
    for name in registry.domains if domain is None else (normalize(domain),):
        found = await registry.store.profile(address_name(checked, name))
        if found is not None:
            return found
    raise NotFound("no profile is registered for this address")


def lookup_routes(registry: Registry) -> list[HTTPRouteHandler]:
    """The routes that read."""

    @get("/names/{name:str}", summary="Address and text records of a name")
    async def show_name(name: FromPath[str]) -> Response[dict[str, Any]]:
        found = await find(registry, name)
        registry.metrics.looked_up(found is not None)
        if found is None:
            raise NotFound("this resolver has no such name")
        return Response(
            {
                "name": found.name,
                "canonicalName": found.canonical_name,
                "address": found.address,
                "texts": dict(found.texts),
            },
            headers={"Cache-Control": f"public, max-age={registry.ttl}"},
        )

    @get("/profile/{address:str}", summary="The signed profile of an address")
    async def show_profile(address: FromPath[str], domain: FromQuery[str | None] = None) -> Response[bytes]:
        found = await profile_of(registry, address, domain)
        # As it was signed: encoding it anew could spell a number in another way.
        return Response(found.signed_profile.encode("utf-8"), media_type="application/json")

    @get("/profile/name/{address:str}", summary="The name by which an address is shown")
    async def show_name_of(address: FromPath[str], domain: FromQuery[str | None] = None) -> dict[str, str]:
        found = await profile_of(registry, address, domain)
        return {"name": await registry.store.chosen_alias(found.name) or found.name}

    return [show_name, show_profile, show_name_of]
