"""Publishing a text record: ``PUT /records/{name}/{key}`` (specification 3.4)."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from dm3.base import Members
from dm3.protocol.names import Outdated, RecordUpdate, check_record, require_address_name
from dm3.service import json_body
from dm3.store.resolver import Outcome

from .registry import Registry

_MAX_VALUE: Final = 64 * 1024


async def publish_record(registry: Registry, name: str, key: str, body: Members) -> str:
    """Publish or remove ``network.dm3.link`` of an address name; returns the name.

    Raises `NotFound` when the name is not registered, `Outdated` when something as new is published,
    and as `check_record`.
    """
    normal = require_address_name(name)
    profile = await registry.profile(normal)
    value = body.optional_text("value", max_length=_MAX_VALUE)
    signature = body.text("signature", max_length=200)
    update = RecordUpdate(normal, key, value, body.whole("issuedAt"), signature)
    check_record(update, profile.signing_key, profile.profile_hash, registry.now_ms())
    outcome = await registry.store.publish(
        normal, key, value, issued_at=update.issued_at, profile_hash=profile.profile_hash
    )
    if outcome is Outcome.OUTDATED:
        raise Outdated()
    if outcome is Outcome.CHANGED:
        raise Outdated("the profile was replaced in the meantime")
    registry.known.forget(normal)
    return normal


def record_route(registry: Registry) -> HTTPRouteHandler:
    """The route of records."""

    @put("/records/{name:str}/{key:str}", summary="Publish a text record of one's own name")
    async def publish(
        request: Request[Any, Any, Any], name: FromPath[str], key: FromPath[str]
    ) -> dict[str, str]:
        with registry.metrics.claim("record"):
            body = Members(await json_body(request, "the record"), "the record")
            return {"name": await publish_record(registry, name, key, body)}

    return publish
