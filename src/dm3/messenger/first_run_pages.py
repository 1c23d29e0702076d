"""The first start: a profile with a wallet or without, by its code, or from a vault file."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import os
import tempfile
from pathlib import Path
from typing import Any, Final

from litestar import Response, get, post
from litestar.datastructures import UploadFile

from dm3.base import normalize
from dm3.base.errors import AlreadyTaken, InvalidInput, NotFound
from dm3.client import IdentityKind, make_development_wallet, secret_from
from dm3.crypto import (
    KeyWallet,
    RecoveryCode,
    entropy_from,
    new_recovery_code,
    parse_recovery_code,
    print_recovery_code,
    wallet_key_from,
)

from .page_wallet import PageWallet, Signings
from .pages import Asked, Pages, form_of

CHECKED: Final = 8
"""How many of the code's last signs are typed in, which shows that it was written down."""


def first_run_routes(pages: Pages) -> list[Any]:
    """The routes of this file. What a code was shown for is kept in memory until the profile is made."""
    shown: list[RecoveryCode] = []
    signings = Signings()

    @get("/welcome")
    async def welcome(request: Asked) -> Response[str]:
        profiles = await pages.desk.client.profiles()
        mains = [one for one in profiles if one.kind is IdentityKind.MAIN]
        domains = list(pages.desk.client.resolvers)
        return pages.page(request, "welcome.html", mains=mains, domains=domains)

    @post("/welcome/code", status_code=200)
    async def code(request: Asked) -> Response[str]:
        chosen_name(pages, await form_of(request))
        shown[:] = [new_recovery_code(os.urandom)]
        return pages.page(request, "recovery_code.html", code=print_recovery_code(shown[0]))

    @post("/welcome", status_code=200)
    async def create(request: Asked) -> Response[str]:
        form = await form_of(request)
        domain, alias = chosen_name(pages, form)
        if not shown:
            raise NotFound("no recovery code is shown now", hint="Have a new one shown.")
        typed = "".join(sign for sign in form.get("check", "").upper() if sign.isalnum())
        typed = typed.replace("O", "0").replace("I", "1").replace("L", "1")
        wanted = print_recovery_code(shown[0]).replace("-", "")[-CHECKED:]
        if not hmac.compare_digest(typed.encode(), wanted.encode()):
            raise InvalidInput(
                "the last two groups of the code are others", hint="Compare what you have written down."
            )
        await from_code(shown[0], domain, alias)
        shown.clear()
        return pages.go("/settings#backup")

    @post("/welcome/restore", status_code=200)
    async def restore(request: Asked) -> Response[str]:
        form = await form_of(request)
        domain, alias = chosen_name(pages, form)
        await from_code(parse_recovery_code(form.get("code", "")), domain, alias)
        return pages.go("/")

    async def from_code(secret: RecoveryCode, domain: str, alias: str | None) -> None:
        client, entropy = pages.desk.client, entropy_from(secret)
        key = wallet_key_from(entropy)
        wallet = KeyWallet(key)
        with contextlib.suppress(AlreadyTaken):  # it is there from an attempt that broke off
            await make_development_wallet(client, f"messenger {wallet.address}", key)
        made = await client.create_profile(domain, wallet, alias=alias, entropy=entropy.reveal())
        await pages.desk.use(made.identity.name)

    @post("/welcome/wallet", status_code=200)
    async def by_wallet(request: Asked) -> Response[str]:
        form = await form_of(request)
        domain, alias = chosen_name(pages, form)

        async def make(wallet: PageWallet) -> None:
            made = await pages.desk.client.create_profile(domain, wallet, alias=alias)
            await pages.desk.use(made.identity.name)

        signings.begin(pages.desk, form.get("address", ""), make)
        return await next_text(request)

    @post("/welcome/signature", status_code=200)
    async def signature(request: Asked) -> Response[str]:
        signings.give((await form_of(request)).get("signature", ""))
        return await next_text(request)

    async def next_text(request: Asked) -> Response[str]:
        return await signings.next_page(pages, request, lambda: pages.go("/settings#backup"))

    @post("/welcome/import", status_code=200)
    async def take_in(request: Asked) -> Response[str]:
        form = await request.form()
        given = form.get("vault")
        if not isinstance(given, UploadFile) or not given.filename:
            raise InvalidInput("choose the file that holds the vault")
        secrets = [secret_from(str(form.get(name, ""))) for name in ("secret", "own")]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "given.vault"
            await asyncio.to_thread(path.write_bytes, await given.read())
            await pages.desk.take_in(path, *secrets)
        return pages.go("/")

    return [welcome, code, create, restore, by_wallet, signature, take_in]


def chosen_name(pages: Pages, form: dict[str, str]) -> tuple[str, str | None]:
    """The domain and, where one was typed, the whole name below it. Raises `InvalidInput`."""
    domain = form.get("domain", "")
    if domain not in pages.desk.client.resolvers:
        raise InvalidInput("choose the domain below which your name is to be")
    label = form.get("name", "").strip()
    if "." in label:
        raise InvalidInput("choose a name without a dot; what follows it is added")
    return domain, normalize(f"{label}.user.{domain}") if label else None
