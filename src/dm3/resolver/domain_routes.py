"""What the resolver tells of itself and of each application: ``GET /`` and ``GET /domains/{domain}``."""

from __future__ import annotations

from typing import Any

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from dm3.base import normalize
from dm3.base.errors import NotFound
from dm3.base.version import __version__

from .registry import Registry
from .settings import Domain


def domain_routes(registry: Registry, signer: str | None, answer_seconds: int) -> list[HTTPRouteHandler]:
    """The routes; ``signer`` is the address whose signatures the gateway's answers carry, if any."""

    @get("/", sync_to_thread=False, summary="What this service is")
    def about() -> dict[str, Any]:
        told = {
            "service": "dm3 off-chain resolver",
            "version": __version__,
            "domains": list(registry.domains),
        }
        ccip = None if signer is None else {"signer": signer, "answerSeconds": answer_seconds}
        return {**told, "ccip": ccip}

    @get("/domains/{domain:str}", sync_to_thread=False, summary="What an application's domain offers")
    def show_domain(domain: FromPath[str]) -> dict[str, Any]:
        found = registry.domains.get(normalize(domain))
        if found is None:
            raise NotFound(
                "this resolver does not serve that domain", hint="GET / lists those that it serves."
            )
        return _told(found, signer)

    return [about, show_domain]


def _told(domain: Domain, signer: str | None) -> dict[str, Any]:
    return {
        "name": domain.name,
        "claimsOpen": domain.claims_open,
        "deliveryServices": list(domain.delivery_services),
        "listedServicesOnly": domain.listed_services_only,
        "aliasParents": list(domain.aliases.parents),
        "maxAliases": domain.max_aliases,
        "resolverContract": domain.resolver_contract,
        "signer": signer,
    }
