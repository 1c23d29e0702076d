"""Claiming and giving up aliases: ``POST /profile/name``, ``POST /profile/deleteName``.

Specification 2.5.
"""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from dm3.base import Members, normalize
from dm3.base.errors import AlreadyTaken, NotFound
from dm3.protocol.names import (
    Dating,
    NotServed,
    Outdated,
    ReservedName,
    TooManyAliases,
    change_of,
    check_alias,
    check_removal,
    claim_text,
    dating_of,
    give_up_text,
)
from dm3.protocol.wallets import time_text
from dm3.service import json_body
from dm3.store.resolver import Outcome

from .registry import Registry

_MAX_NAME: Final = 255
_MAX_SIGNATURE: Final = 200
_MAX_TIME: Final = 60
_MAX_HASH: Final = 66


class OutdatedChange(Outdated):
    """That claim or removal was used before, or does not follow what happened to the alias last."""

    hint = "GET /aliases/{alias}/last says what it has to follow; sign it anew with that."


async def claim_alias(registry: Registry, body: Members) -> str:
    """Point an alias to a registered profile, which signed for it; returns the alias in normal form.

    Raises `NotFound` without such a profile, `AlreadyTaken`, `ReservedName`, `TooManyAliases`,
    `OutdatedChange`, `OutsideWindow`, `NotServed`, `ClaimsClosed`, `InvalidName` or `BadSignature`.
    """
    sent = body.text("alias", max_length=_MAX_NAME)
    profile = await registry.profile(body.text("name", max_length=_MAX_NAME))
    domain = registry.domain_of(sent)
    registry.require_open(domain)
    signature = body.text("signature", max_length=_MAX_SIGNATURE)
    dating = _dating(registry, body)
    text = claim_text(sent, dating)
    released = await registry.store.released_for(normalize(sent)) == profile.name
    alias = check_alias(sent, domain.aliases, profile.signing_key, signature, text, released=released)
    if registry.application_of(profile.name) != domain:
        raise NotServed("an alias and the name that it is for must belong to one application")
    if alias in registry.static:
        raise ReservedName(alias)
    outcome = await registry.store.claim_alias(
        alias,
        profile.name,
        now=registry.now(),
        at_most=domain.max_aliases,
        change=change_of(text, dating, profile.signing_key),
    )
    if outcome is Outcome.OUTDATED:
        raise OutdatedChange()
    if outcome is Outcome.TAKEN:
        raise AlreadyTaken(alias)
    if outcome is Outcome.TOO_MANY:
        raise TooManyAliases(f"{domain.max_aliases}")
    registry.known.forget(alias)
    return alias


async def remove_alias(registry: Registry, body: Members) -> str:
    """Remove an alias on behalf of the profile that it points to; returns it in normal form.

    Raises `NotFound` when there is no such alias, `OutdatedChange`, `OutsideWindow`, `NotServed`,
    `InvalidName` or `BadSignature`.
    """
    sent = body.text("name", max_length=_MAX_NAME)
    signature = body.text("signature", max_length=_MAX_SIGNATURE)
    alias = normalize(sent)
    profile = await registry.profile(alias)
    dating = _dating(registry, body)
    text = give_up_text(sent, dating)
    check_removal(sent, profile.signing_key, signature, text)
    change = change_of(text, dating, profile.signing_key)
    outcome = await registry.store.remove_alias(alias, profile.name, change=change)
    if outcome is Outcome.OUTDATED:
        raise OutdatedChange()
    if outcome is Outcome.MISSING:
        raise NotFound(f"{alias} is not an alias that can be removed")
    registry.known.forget(alias)
    return alias


def _dating(registry: Registry, body: Members) -> Dating | None:
    return dating_of(
        body.optional_text("issued", max_length=_MAX_TIME),
        body.optional_text("after", max_length=_MAX_HASH),
        registry.now(),
    )


def alias_routes(registry: Registry) -> list[HTTPRouteHandler]:
    """The routes of aliases."""

    async def remove(body: Members) -> dict[str, str]:
        with registry.metrics.claim("removal"):
            return {"name": await remove_alias(registry, body)}

    @post("/profile/name", status_code=200, summary="Claim an alias (without one: give it up)")
    async def claim(request: Request[Any, Any, Any]) -> dict[str, str]:
        body = Members(await json_body(request, "the claim"), "the claim")
        # Older reference clients remove with {name, signature} at this address.
        if body.raw().get("alias") is None:
            return await remove(body)
        with registry.metrics.claim("alias"):
            return {"name": await claim_alias(registry, body)}

    @post("/profile/deleteName", status_code=200, summary="Give an alias up")
    async def delete(request: Request[Any, Any, Any]) -> dict[str, str]:
        return await remove(Members(await json_body(request, "the removal"), "the removal"))

    @get("/aliases/{alias:str}/last", summary="What the next claim or removal of an alias has to follow")
    async def last(alias: FromPath[str]) -> dict[str, str]:
        normal = normalize(alias)
        registry.domain_of(normal)
        return {
            "name": normal,
            "last": await registry.store.last_change(normal),
            "time": time_text(registry.now()),
        }

    return [claim, delete, last]
