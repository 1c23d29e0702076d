"""Settings: who this is, the rules, who is blocked, notices, the passphrase, and a copy of the vault."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any, Final

from litestar import Response, get, post

from dm3.base import sha256_hex
from dm3.base.errors import Dm3Error, InvalidInput, VaultLocked
from dm3.client import Notice
from dm3.crypto import Passphrase, weakness
from dm3.protocol.linking import DAY
from dm3.protocol.names import fingerprint

from .joining_pages import joins_again
from .pages import Asked, Pages, form_of

RULES: Final = ("who_may_ask", "recovery", "recoveries_per_day", "notices")


def settings_routes(pages: Pages) -> list[Any]:
    """The routes of this file."""

    @get("/settings")
    async def settings(request: Asked) -> Response[str]:
        messenger = pages.messenger
        notices = (await messenger.notices())[::-1][:100]
        return pages.page(
            request,
            "settings.html",
            identity=messenger.identity,
            fingerprint=fingerprint(messenger.identity.signed.profile),
            blocked=await messenger.blocked(),
            notices=notices,
            seen=",".join(map(_mark, notices)),
            refused=(await messenger.refused())[::-1][:100],
            unverified=len(await messenger.unverified()),
            policy=await messenger.policy(),
            services=messenger.identity.signed.profile.delivery_services,
            resolvers=pages.desk.client.resolvers,
            devices=await messenger.devices.list(),
            joins_again=await joins_again(pages),
            receipts=await messenger.sends_receipts(),
            errors=[_sentence(error) for error in messenger.errors][:20],
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
        sentence = "The vault opens with the new passphrase now."
        return pages.page(request, "done_part.html", sentence=sentence, remark=weakness_of(new))

    @post("/settings/export", status_code=200)
    async def export(request: Asked) -> Response[bytes]:
        secret = _new_passphrase(await form_of(request))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "dm3.vault"
            await pages.desk.client.export_vault(path, secret)
            data = await asyncio.to_thread(path.read_bytes)
        weak = weakness_of(secret)
        # It is shown beside the file, which is what the answer is.
        headers = {"X-Dm3-Remark": weak} if weak else {}
        return Response(data, media_type="application/octet-stream", headers=headers)

    @post("/settings/seen", status_code=200)
    async def seen(request: Asked) -> Response[str]:
        known = (await form_of(request)).get("seen", "").split(",")
        messenger = pages.messenger
        await messenger.dismiss_notices(one for one in await messenger.notices() if _mark(one) in known)
        return pages.go("/settings")

    @post("/settings/devices/invite", status_code=200)
    async def invite(request: Asked) -> Response[str]:
        await pages.messenger.devices.invite((await form_of(request)).get("code", "").strip())
        return pages.go("/settings")

    @post("/settings/devices/remove", status_code=200)
    async def remove(request: Asked) -> Response[str]:
        removal = await pages.messenger.devices.remove((await form_of(request)).get("device", ""))
        return pages.page(request, "removed.html", removal=removal)

    @post("/settings/rules", status_code=200)
    async def rules(request: Asked) -> Response[str]:
        form = await form_of(request)
        days = form.get("days", "")
        if not days.isdecimal():
            raise InvalidInput("the longest term is a number of days")
        await pages.messenger.change_settings(
            term_limit=int(days) * DAY,
            send_receipts=form.get("send_receipts") == "yes",
            **{name: form.get(name, "") for name in RULES},
        )
        return pages.page(request, "done_part.html", sentence="These rules are in force now.", remark="")

    @post("/settings/names/use", status_code=200)
    async def use_name(request: Asked) -> Response[str]:
        await pages.messenger.use_name((await form_of(request)).get("name", "").strip())
        return pages.go("/settings")

    @post("/settings/names/drop", status_code=200)
    async def drop_name(request: Asked) -> Response[str]:
        await pages.messenger.drop_name((await form_of(request)).get("name", ""))
        return pages.go("/settings")

    return [settings, passphrase, export, seen, invite, remove, rules, use_name, drop_name]


def _mark(notice: Notice) -> str:
    """What stands for a notice in the page: those that come meanwhile stay."""
    return sha256_hex(f"{notice.at} {notice.kind} {notice.sentence}")[2:18]


def weakness_of(passphrase: str) -> str | None:
    """That a passphrase is easily guessed, as a sentence; None where nothing stands out."""
    why = weakness(Passphrase(passphrase.encode("utf-8")))
    return f"It is weak: {why}. Whoever gets the file can try millions; take several words." if why else None


def _new_passphrase(form: dict[str, str]) -> str:
    new = form.get("new", "")
    if new != form.get("again", ""):
        raise InvalidInput("the two passphrases differ")
    if not new:
        raise InvalidInput("an empty passphrase protects nothing")
    return new


def _sentence(error: Dm3Error) -> str:
    """What is in the way, and what to do."""
    return f"{error}. {error.hint}" if error.hint else str(error)
