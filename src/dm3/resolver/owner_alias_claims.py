"""Claiming an owner alias: ``POST /profile/owner-alias`` (specification 3.1, 3.2)."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, post
from litestar.handlers import HTTPRouteHandler

from dm3.base import Members, spellings_of
from dm3.base.errors import AlreadyTaken, BadSignature
from dm3.crypto import checksum_address, is_signed
from dm3.protocol.names import (
    AuthorisationUsed,
    ReservedName,
    check_authorisation,
    consent_text,
    owner_alias_for,
    require_address_name,
)
from dm3.service import json_body
from dm3.store.resolver import Outcome, OwnerAliasClaim

from .registry import Registry

_MAX_MESSAGE: Final = 16 * 1024
_MAX_SIGNATURE: Final = 20_000


async def claim_owner_alias(registry: Registry, body: Members) -> str:
    """Point ``lsp.<owner>.<domain>`` to an address name, with the owner's and the LSP's signature.

    What the LSP has signed for ``lp.<owner>.<domain>`` counts as well: it is the same alias. Returns it.
    Raises `NotFound` when the name is not registered, `BadSignature`, `AlreadyTaken`,
    `AuthorisationRefused`, `SiweRefused`, `ClaimsClosed`, `NotServed`, `InvalidInput` or `MalformedData`.
    """
    name = require_address_name(body.text("name", max_length=255))
    domain = registry.application_of(name)
    registry.require_open(domain)
    owner = checksum_address(body.text("owner", max_length=100))
    message = body.text("message", max_length=_MAX_MESSAGE)
    signature = body.text("signature", max_length=_MAX_SIGNATURE)
    consent = body.text("consent", max_length=200)
    alias = owner_alias_for(name, owner)
    if alias in registry.static:
        raise ReservedName(alias)
    profile = await registry.profile(name)
    spellings = spellings_of(alias)
    if not any(is_signed(profile.signing_key, consent_text(one), consent) for one in spellings):
        raise BadSignature("the consent is not signed by the profile that the alias is for")
    now = registry.now()
    allowed = check_authorisation(
        message, domain=domain.name, owner=owner, name=name, now=now, policy=domain.owners
    )
    if registry.may_be_forgotten(allowed.expires_at):
        raise AuthorisationUsed()
    if not await registry.verifier.signed(owner, message, signature):
        raise BadSignature("the authorisation is not signed by the owner")
    outcome = await registry.store.claim_owner_alias(
        OwnerAliasClaim(alias, name, owner, allowed.nonce, allowed.expires_at, now, allowed.replaces)
    )
    if outcome is Outcome.REPLAYED:
        raise AuthorisationUsed()
    if outcome is Outcome.TAKEN:
        raise AlreadyTaken(
            "the owner has another profile at this application",
            hint="To replace it, let the owner's wallet sign our own text that names it as replaced.",
        )
    registry.known.forget(*spellings)
    return alias


def owner_alias_route(registry: Registry) -> HTTPRouteHandler:
    """The route of owner aliases."""

    @post("/profile/owner-alias", status_code=200, summary="Show that a profile is an owner's")
    async def claim(request: Request[Any, Any, Any]) -> dict[str, str]:
        with registry.metrics.claim("owner-alias"):
            body = Members(await json_body(request, "the claim"), "the claim")
            return {"name": await claim_owner_alias(registry, body)}

    return claim
