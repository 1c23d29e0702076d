"""The routes of the escrow: storing a sealed copy, and giving it out to its owner."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, delete, get, post, put
from litestar.params import FromPath

from dm3.base import Members, from_base64, to_base64
from dm3.protocol.escrow import MAX_BLOB_CHARS, MAX_CHARS, kept_sealing, sealing_from
from dm3.protocol.wallets import MAX_SIGNATURE_BYTES, MAX_SIWE_BYTES
from dm3.service import json_body
from dm3.store.delivery import Escrowed

from ..authenticator import Authenticator
from ..escrow import Escrow
from ..escrow_login import EscrowLogin
from ..metrics import Metrics
from .rate_limit import Count

BODY_BYTES: Final = 32 * 1024
SIGNATURE_CHARS: Final = 2 + 2 * MAX_SIGNATURE_BYTES
"""Bound for a signature in hex; a contract wallet's may be long."""


def escrow_routes(
    escrow: Escrow, logins: EscrowLogin, authenticator: Authenticator, count: Count, metrics: Metrics
) -> list[Any]:
    """``count`` is for the costly requests of each IP address."""

    @put("/escrow/{name:str}", status_code=204, summary="Keep a sealed copy of the profile's keys")
    async def keep(request: Request[Any, Any, Any], name: FromPath[str]) -> None:
        count(request)
        await authenticator.authorize(request, name)
        body = Members(await json_body(request, "the escrow", BODY_BYTES), "the escrow")
        blob = from_base64(body.text("blob", max_length=MAX_BLOB_CHARS), what="the blob")
        await escrow.keep(
            name,
            body.text("app", max_length=255),
            body.text("owner", max_length=42),
            body.text("ownerProof", max_length=255),
            blob,
            sealing_from(body.raw(), blob),
        )
        metrics.escrow_kept.inc()

    @delete("/escrow/{name:str}", summary="Forget the sealed copy of the profile's keys")
    async def remove(request: Request[Any, Any, Any], name: FromPath[str]) -> None:
        await authenticator.authorize(request, name)
        await escrow.remove(name)

    @get("/escrow/{app:str}/{owner:str}/challenge", summary="A text for the owner's wallet to sign")
    async def challenge(
        request: Request[Any, Any, Any], app: FromPath[str], owner: FromPath[str]
    ) -> dict[str, str]:
        count(request)
        return {"challenge": await escrow.challenge(app, owner)}

    @post("/escrow/{app:str}/{owner:str}", status_code=200, summary="The sealed copy, for its owner")
    async def release(
        request: Request[Any, Any, Any], app: FromPath[str], owner: FromPath[str]
    ) -> dict[str, str]:
        count(request)
        answer = Members(await json_body(request, "the answer", BODY_BYTES), "the answer")
        found = await escrow.release(
            app,
            owner,
            answer.text("challenge", max_length=MAX_CHARS),
            answer.text("signature", max_length=SIGNATURE_CHARS),
        )
        metrics.escrow_released.inc()
        return _copy(found)

    @post("/escrow/{app:str}/{owner:str}/login", status_code=200, summary="The same, for a login at its site")
    async def release_to_login(
        request: Request[Any, Any, Any], app: FromPath[str], owner: FromPath[str]
    ) -> dict[str, str]:
        count(request)
        login = Members(await json_body(request, "the login", BODY_BYTES), "the login")
        found = await logins.release(
            app,
            owner,
            login.text("authMessage", max_length=MAX_SIWE_BYTES),
            login.text("authSig", max_length=SIGNATURE_CHARS),
        )
        metrics.escrow_released.inc()
        return _copy(found)

    @get("/escrow/{name:str}/releases", summary="When logins were given the sealed copy, for its profile")
    async def releases(request: Request[Any, Any, Any], name: FromPath[str]) -> dict[str, Any]:
        await authenticator.authorize(request, name)
        told = await logins.releases(name)
        return {"releases": [{"at": release.at, "page": release.page} for release in told]}

    return [keep, remove, challenge, release, release_to_login, releases]


def _copy(found: Escrowed) -> dict[str, str]:
    sealing = kept_sealing(found.sealed, found.blob)
    told = {} if sealing is None else sealing.members()
    return {"name": found.name, "blob": to_base64(found.blob), **told}
