"""Claiming an address name: ``POST /profile/address`` (specification 2.5, 3.1)."""

from __future__ import annotations

from typing import Any

from litestar import Request, post
from litestar.handlers import HTTPRouteHandler

from dm3.base import Members, address_name, sha256_hex
from dm3.base.errors import AlreadyTaken, BadSignature
from dm3.crypto import checksum_address
from dm3.model import SignedProfile
from dm3.protocol.names import claimed_domain, profile_update_message
from dm3.service import json_body
from dm3.store.resolver import Outcome, ProfileRow
from dm3.wire import profile_message, signed_profile_from

from .registry import Registry

MAX_SIGNATURE = 20_000


async def claim_address(registry: Registry, body: Members) -> str:
    """Register a signed profile under its owner's address name; returns the name.

    Raises `BadSignature` when the address has not signed it, `AlreadyTaken` when another profile is
    registered and the change is not authorised, `ClaimsClosed`, `UnlistedService`, `NotServed`,
    `MalformedData`.
    """
    address = checksum_address(body.text("address", max_length=100))
    subdomain = body.optional_text("subdomain", max_length=300)
    domain = registry.domains[claimed_domain(subdomain, tuple(registry.domains))]
    sent = body.object("signedUserProfile")
    # A member outside the signed part could be anybody's, and would change the profile's hash.
    sent.only("profile", "signature")
    signed = signed_profile_from(sent.raw())
    authorization = body.optional_text("authorization", max_length=MAX_SIGNATURE)
    message = profile_message(signed.profile_text, address)
    if not await registry.verifier.signed(address, message, signed.signature):
        raise BadSignature("the profile is not signed by the address that it is for")
    registry.require_listed(domain, signed.profile.delivery_services)
    name = address_name(address, domain.name)
    row = _row(name, address, signed)
    if not domain.claims_open and await registry.store.profile(name) is None:
        registry.require_open(domain)
    replaces = None
    if authorization is not None:
        replaces = await _authorised(registry, row, authorization)
    if await registry.store.claim_profile(row, replaces=replaces) is Outcome.TAKEN:
        raise AlreadyTaken(
            "another profile is registered under this address name",
            hint="To replace it, send the wallet's signature over the update text as `authorization`.",
        )
    registry.known.forget(name)
    return name


def _row(name: str, address: str, signed: SignedProfile) -> ProfileRow:
    return ProfileRow(
        name,
        address,
        signed.text,
        signed.hash,
        sha256_hex(signed.profile_text),
        signed.profile.signing_key,
    )


async def _authorised(registry: Registry, row: ProfileRow, authorization: str) -> str | None:
    """The hash of the registered profile that the owner agrees to replace; None when there is nothing
    to replace. Raises `BadSignature`."""
    registered = await registry.store.profile(row.name)
    if registered is None or registered.content_hash == row.content_hash:
        return None
    text = profile_update_message(row.name, registered.profile_hash, row.profile_hash)
    if not await registry.verifier.signed(row.address, text, authorization):
        raise BadSignature(
            "the authorization is not the wallet's signature for replacing the registered profile"
        )
    return registered.profile_hash


def address_claim_route(registry: Registry) -> HTTPRouteHandler:
    """The route of address claims."""

    @post("/profile/address", status_code=200, summary="Register a profile under an address name")
    async def claim(request: Request[Any, Any, Any]) -> dict[str, str]:
        with registry.metrics.claim("address"):
            body = Members(await json_body(request, "the claim"), "the claim")
            return {"name": await claim_address(registry, body)}

    return claim
