"""Where messages for the main profile wait: other delivery services, and what the wallet signs for it."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post

from dm3.client import KeyRenewal, Wallet, held_wallet

from .page_wallet import Signings
from .pages import Asked, Pages, form_of


def service_routes(pages: Pages) -> list[Any]:
    """The routes of this file."""
    signings = Signings()
    done: list[KeyRenewal] = []

    @get("/services")
    async def services(request: Asked) -> Response[str]:
        messenger = pages.messenger
        devices = await messenger.devices.list()
        return pages.page(
            request,
            "services.html",
            services=messenger.identity.signed.profile.delivery_services,
            transit=await messenger.in_transit(),
            devices=[one.label for one in devices if not one.is_this and one.standing == "known"],
            address=messenger.identity.address,
            is_held=await held_wallet(pages.desk.client, messenger.identity.address) is not None,
            current="settings",
        )

    async def move(wanted: list[str], wallet: Wallet | None) -> None:
        done[:] = [await pages.messenger.use_delivery_services(wanted, wallet)]

    def wanted_in(form: dict[str, str]) -> list[str]:
        return form.get("services", "").split()

    @post("/services/move", status_code=200)
    async def by_held(request: Asked) -> Response[str]:
        wallet = await held_wallet(pages.desk.client, pages.messenger.identity.address)
        await move(wanted_in(await form_of(request)), wallet)
        return moved(request)

    @post("/services/wallet", status_code=200)
    async def by_wallet(request: Asked) -> Response[str]:
        form = await form_of(request)
        wanted = wanted_in(form)
        signings.begin(pages.desk, form.get("address", ""), lambda wallet: move(wanted, wallet))
        return await next_text(request)

    @post("/services/signature", status_code=200)
    async def signature(request: Asked) -> Response[str]:
        signings.give((await form_of(request)).get("signature", ""))
        return await next_text(request)

    async def next_text(request: Asked) -> Response[str]:
        return await signings.next_page(pages, request, lambda: moved(request))

    def moved(request: Asked) -> Response[str]:
        services = pages.messenger.identity.signed.profile.delivery_services
        return pages.page(request, "moved.html", renewal=done[0], services=services)

    return [services, by_held, by_wallet, signature]
