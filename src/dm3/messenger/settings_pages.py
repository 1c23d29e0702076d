"""Settings: who this is, who is blocked, notices, the passphrase, and a copy of the vault."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from litestar import Response, get, post

from dm3.base.errors import InvalidInput, VaultLocked
from dm3.protocol.names import fingerprint

from .pages import Asked, Pages, form_of


def settings_routes(pages: Pages) -> list[Any]:
    """The routes of this file."""

    @get("/settings")
    async def settings(request: Asked) -> Response[str]:
        messenger, context = pages.messenger, pages.desk.client.context
        return pages.page(
            request,
            "settings.html",
            identity=messenger.identity,
            fingerprint=fingerprint(messenger.identity.profile.profile),
            blocked=await messenger.blocked(),
            notices=(await messenger.notices())[::-1][:100],
            refused=(await messenger.refused())[::-1][:100],
            unverified=len(await messenger.unverified()),
            policy=context.policy,
            receipts=context.send_receipts,
            errors=[str(error) for error in messenger.errors][:20],
            current="settings",
        )

    @post("/settings/passphrase", status_code=200)
    async def passphrase(request: Asked) -> Response[str]:
        form = await form_of(request)
        new = _new_passphrase(form)
        try:
            await pages.desk.client.change_passphrase(form.get("current", ""), new)
        except VaultLocked:
            return pages.tell(request, "The present passphrase is another one.", "Nothing was changed.", 403)
        return pages.page(request, "done_part.html", sentence="The vault opens with the new passphrase now.")

    @post("/settings/export", status_code=200)
    async def export(request: Asked) -> Response[bytes]:
        secret = _new_passphrase(await form_of(request))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "dm3.vault"
            await pages.desk.client.export_vault(path, secret)
            data = await asyncio.to_thread(path.read_bytes)
        return Response(data, media_type="application/octet-stream")

    return [settings, passphrase, export]


def _new_passphrase(form: dict[str, str]) -> str:
    new = form.get("new", "")
    if new != form.get("again", ""):
        raise InvalidInput("the two passphrases differ")
    if not new:
        raise InvalidInput("an empty passphrase protects nothing")
    return new
