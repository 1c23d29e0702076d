"""New keys of the main profile: what they mean, the wallet's two signatures, and what follows."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post

from dm3.client import KeyRenewal, Wallet, held_wallet
from dm3.protocol.linking import LinkState

from .page_wallet import Signings
from .pages import Asked, Pages, form_of


def key_routes(pages: Pages) -> list[Any]:
    """The routes of this file."""
    signings = Signings()
    done: list[KeyRenewal] = []

    @get("/keys")
    async def keys(request: Asked) -> Response[str]:
        messenger = pages.messenger
        devices = await messenger.devices.list()
        links = [link.profile_name for link in await messenger.links() if link.state is LinkState.LINKED]
        return pages.page(
            request,
            "new_keys.html",
            transit=await messenger.in_transit(),
            devices=[one.label for one in devices if not one.is_this and one.standing == "known"],
            links=links,
            address=messenger.identity.address,
            is_held=await held_wallet(pages.desk.client, messenger.identity.address) is not None,
            current="settings",
        )

    async def renew(wallet: Wallet | None) -> None:
        done[:] = [await pages.messenger.renew_keys(wallet)]

    @post("/keys/renew", status_code=200)
    async def by_held(request: Asked) -> Response[str]:
        await renew(await held_wallet(pages.desk.client, pages.messenger.identity.address))
        return renewed(request)

    @post("/keys/wallet", status_code=200)
    async def by_wallet(request: Asked) -> Response[str]:
        signings.begin(pages.desk, (await form_of(request)).get("address", ""), renew)
        return await next_text(request)

    @post("/keys/signature", status_code=200)
    async def signature(request: Asked) -> Response[str]:
        signings.give((await form_of(request)).get("signature", ""))
        return await next_text(request)

    async def next_text(request: Asked) -> Response[str]:
        return await signings.next_page(pages, request, lambda: renewed(request))

    def renewed(request: Asked) -> Response[str]:
        return pages.page(request, "renewed.html", renewal=done[0])

    return [keys, by_held, by_wallet, signature]
