"""The way in: the one-time address, the passphrase; and what pages load."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath

from dm3.base.errors import NotFound, VaultLocked
from dm3.crypto import Passphrase

from .pages import HERE, HTMX, Asked, Pages, form_of

_ASSETS: Final = {
    "messenger.css": (HERE / "assets" / "messenger.css", "text/css"),
    "early.js": (HERE / "assets" / "early.js", "text/javascript"),
    "messenger.js": (HERE / "assets" / "messenger.js", "text/javascript"),
    "wallets.js": (HERE / "assets" / "wallets.js", "text/javascript"),
    "open.js": (HERE / "assets" / "open.js", "text/javascript"),
    "htmx.js": (HTMX, "text/javascript"),
}
LONGEST_TOKEN: Final = 200


def entrance_routes(pages: Pages) -> list[Any]:
    """The routes of this file."""

    @get("/open", sync_to_thread=False)
    def open_(request: Asked) -> Response[str]:
        return pages.page(request, "open.html")

    @post("/session", status_code=204)
    async def session(request: Asked) -> Response[None]:
        token = (await request.body())[:LONGEST_TOKEN].decode("ascii", "replace")
        made = pages.sessions.redeem(token)
        if made is None:
            return Response(None, status_code=403)
        pages.used()
        cookie = f"{pages.sessions.cookie}={made}; Path=/; HttpOnly; SameSite=Strict"
        return Response(None, status_code=204, headers={"Set-Cookie": cookie})

    @get("/assets/{name:str}", sync_to_thread=False)
    def asset(name: FromPath[str]) -> Response[bytes]:
        found = _ASSETS.get(name)
        if found is None:
            return Response(b"not here", status_code=404, media_type="text/plain")
        return Response(found[0].read_bytes(), media_type=f"{found[1]}; charset=utf-8")

    @get("/unlock", sync_to_thread=False)
    def ask(request: Asked) -> Response[str]:
        if not pages.desk.is_locked:
            return Response("", status_code=303, headers={"Location": "/"})
        return pages.page(request, "unlock.html", sentence="")

    @post("/unlock", status_code=200)
    async def unlock(request: Asked) -> Response[str]:
        typed = (await form_of(request)).get("passphrase", "")
        try:
            await pages.desk.unlock(Passphrase(typed.encode("utf-8")))
        except VaultLocked:
            return pages.tell(request, "The passphrase is another one.", "Try again.", 403)
        return pages.go("/")

    @post("/lock", status_code=200)
    async def lock(request: Asked) -> Response[str]:
        await pages.desk.lock()
        return pages.go("/unlock")

    @post("/use", status_code=200)
    async def use(request: Asked) -> Response[str]:
        name = (await form_of(request)).get("profile", "")
        if not name:
            raise NotFound("say which profile is to be shown")
        await pages.desk.use(name)
        return pages.go("/")

    return [open_, session, asset, ask, unlock, lock, use]
