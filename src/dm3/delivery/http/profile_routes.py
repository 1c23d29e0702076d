"""The routes of those who have, or want, a mailbox here: registering a profile and authenticating."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, delete, get, post, put
from litestar.params import FromPath, FromQuery

from dm3.base import Members, canonical_json, normalize
from dm3.service import json_body
from dm3.store import Database
from dm3.store.delivery import FIRST_READER, set_extension
from dm3.wire import MAX_PROFILE_BYTES, extension_from, extension_json, signed_profile_from

from ..authenticator import Authenticator
from ..metrics import Metrics
from ..registration import Registrar
from .parameters import read_reader
from .rate_limit import Count

EXTENSION_BYTES = 16 * 1024


def profile_routes(
    registrar: Registrar,
    authenticator: Authenticator,
    database: Database,
    count: Count,
    metrics: Metrics,
) -> list[Any]:
    """``count`` is for the costly requests of each IP address."""

    @post("/profile/{name:str}", status_code=200, summary="Register a signed profile")
    async def register(
        request: Request[Any, Any, Any], name: FromPath[str], reader: FromQuery[str] = FIRST_READER
    ) -> dict[str, str]:
        count(request)
        normal = normalize(name)
        signed = signed_profile_from(await json_body(request, "the signed profile", MAX_PROFILE_BYTES))
        await registrar.register(normal, signed, read_reader(reader))
        return {"name": normal, "profileHash": signed.hash}

    @get("/profile/{name:str}", summary="The signed profile as it was registered")
    async def registered_profile(name: FromPath[str]) -> Response[bytes]:
        return _json((await authenticator.mailbox(name)).profile)

    @put("/profile/{name:str}/extension", summary="Say what the profile supports")
    async def store_extension(request: Request[Any, Any, Any], name: FromPath[str]) -> dict[str, Any]:
        box = await authenticator.authorize(request, name)
        given = await json_body(request, "the profile extension", EXTENSION_BYTES)
        members = extension_json(extension_from(given))
        text = canonical_json(members)
        await database.write(lambda connection: set_extension(connection, box.mailbox, text))
        return members

    @get("/auth/{name:str}", summary="A challenge to sign")
    async def challenge(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
        count(request)
        return _json(canonical_json(await authenticator.challenge(name)))

    @post("/auth/{name:str}", status_code=200, summary="An access token for a signed challenge")
    async def authenticate(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
        count(request)
        answer = Members(await json_body(request, "the answer"), "the answer")
        token = await authenticator.token(
            name,
            answer.text("challenge", max_length=4_000),
            answer.text("signature", max_length=200),
        )
        metrics.tokens.inc()
        return _json(canonical_json(token))

    @delete("/auth/{name:str}", summary="Revoke all access tokens of the mailbox")
    async def revoke(request: Request[Any, Any, Any], name: FromPath[str]) -> None:
        await authenticator.revoke(await authenticator.authorize(request, name))

    return [register, registered_profile, store_extension, challenge, authenticate, revoke]


def _json(text: str) -> Response[bytes]:
    return Response(text.encode("utf-8"), media_type="application/json")
