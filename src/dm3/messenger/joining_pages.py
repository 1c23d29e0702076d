"""A machine joins others that have the profile: at the first start, and again where it was left behind."""

from __future__ import annotations

import asyncio
import platform
from typing import Any, Final

from litestar import Response, get, post

from dm3.base.errors import Dm3Error
from dm3.client import JoiningDevice, KeysWereRenewed

from .first_run_pages import chosen_name
from .pages import Asked, Pages, form_of, qr_code

WAIT: Final = 3_600.0
"""Seconds for which a code that is shown is waited at; it counts as long."""


def joining_routes(pages: Pages) -> list[Any]:
    """The routes of this file."""
    joinings: list[asyncio.Task[None]] = []

    @post("/welcome/join", status_code=200)
    async def join(request: Asked) -> Response[str]:
        domain, _ = chosen_name(pages, await form_of(request))
        return await by_code(request, domain)

    @post("/settings/devices/join", status_code=200)
    async def join_again(request: Asked) -> Response[str]:
        messenger = pages.messenger
        try:
            if not pages.desk.is_left_behind:
                await messenger.devices.begin(platform.node())
                return pages.go("/settings#devices")
        except KeysWereRenewed:
            pass
        return await by_code(request, messenger.identity.app)

    async def by_code(request: Asked, domain: str) -> Response[str]:
        device = await pages.desk.client.join(domain, label=platform.node())
        text = await device.shown_code()
        for before in joinings:
            before.cancel()
        if pages.desk.messenger is not None:
            await pages.desk.rest()  # nobody changes what joins again meanwhile
        joinings[:] = [pages.desk.begin(take_over(device))]
        return pages.page(request, "joining.html", code=text, picture=qr_code(text))

    async def take_over(device: JoiningDevice) -> None:
        held = pages.desk.messenger
        try:
            name = await device.take_over(timeout=WAIT)
        except Dm3Error:
            if held is not None:
                await pages.desk.use(held.identity.name)
            raise
        await pages.desk.use(name)

    @get("/welcome/joined")
    async def joined(request: Asked) -> Response[str]:
        if joinings and joinings[0].done() and not joinings[0].cancelled():
            joinings.pop().result()
            return pages.go("/")
        return Response("", status_code=204)

    return [join, join_again, joined]


async def joins_again(pages: Pages) -> bool:
    """Whether this machine was left behind: it was removed, or its profile has got new keys without it."""
    devices = await pages.messenger.devices.list()
    return pages.desk.is_left_behind or any(one.is_this and one.standing == "removed" for one in devices)
