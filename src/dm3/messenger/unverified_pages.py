"""Messages whose sender cannot be verified: a page of their own, with what the user may do about them."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post

from dm3.protocol.names import fingerprint

from .pages import Asked, Pages, form_of

MOST: Final = 100
LONGEST: Final = 2_000
EARLIER_KEYS: Final = "earlier-keys"


def unverified_routes(pages: Pages) -> list[Any]:
    """The routes of this file."""

    @get("/unverified")
    async def unverified(request: Asked) -> Response[str]:
        kept = (await pages.messenger.unverified())[::-1]
        replaced = sorted({one.sender for one in kept if one.reason == EARLIER_KEYS})
        return pages.page(
            request,
            "unverified.html",
            kept=kept[:MOST],
            left=max(0, len(kept) - MOST),
            longest=LONGEST,
            replaced=replaced,
            current="settings",
        )

    @get("/unverified/keys")
    async def keys(request: Asked) -> Response[str]:
        found = await pages.desk.client.peers.published(request.query_params.get("name", ""))
        return pages.page(
            request,
            "unverified_keys.html",
            whose=found.profile.name,
            keys=fingerprint(found.profile.signed.profile),
            in_force=found.in_force,
        )

    @post("/unverified/take-back", status_code=200)
    async def take_back(request: Asked) -> Response[str]:
        await pages.desk.client.peers.take_back((await form_of(request)).get("name", ""))
        return pages.go("/unverified")

    @post("/unverified/discard", status_code=200)
    async def discard(request: Asked) -> Response[str]:
        await pages.messenger.discard_unverified((await form_of(request)).get("message", ""))
        return pages.go("/unverified")

    return [unverified, keys, take_back, discard]
