"""The way in: the one-time address, the passphrase; and what pages load."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath

from dm3.base.errors import NotFound, VaultLocked
from dm3.crypto import Passphrase

from .page_files import KEPT, page_file
from .pages import Asked, Pages, form_of

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
        found = page_file(name)
        if found is None:
            return Response(b"not here", status_code=404, media_type="text/plain")
        return Response(found.content, media_type=found.media_type, headers={"Cache-Control": KEPT})

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
