"""Requests to be linked, to be judged at a glance; the links, and how they end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final

from litestar import Response, get, post

from dm3.base import canonical_json
from dm3.base.errors import InvalidInput, NotFound
from dm3.client import LinkView, RequestView
from dm3.crypto import print_pairing_code
from dm3.protocol.linking import DAY, Doubt, RecoveryMode

from .pages import Asked, Pages, form_of, qr_code, text_file

WARNINGS: Final = {
    Doubt.OTHER_PAGE: "Another page asks than the one from which this profile was linked.",
    Doubt.OPAQUE: "The wallet signed something that nobody can read: it may have been told anything.",
    Doubt.UNCOVERED_TERM: "The link would last longer than the text says that the wallet signed.",
    Doubt.UNBOUND: "What the wallet signed does not name this request: it may have been meant for another.",
}


def warnings_of(request: RequestView) -> list[str]:
    """What the user is to be warned of, in plain words."""
    told = [WARNINGS[doubt] for doubt in request.doubts]
    if not request.own_wallet and not request.paired:
        told.insert(0, "The wallet that signed is not yours.")
    return told


def state_of(requests: Sequence[RequestView], links: Sequence[LinkView]) -> str:
    """Sixteen hex digits: others where requests or links are, or a link's state or term is."""
    asked = sorted(one.message_hash for one in requests)
    linked = sorted([one.profile_name, one.state, str(one.valid_until)] for one in links)
    return sha256(canonical_json([asked, linked]).encode()).hexdigest()[:16]


def link_routes(pages: Pages) -> list[Any]:
    """The routes of this file."""

    @get("/links")
    async def links(request: Asked) -> Response[str]:
        messenger = pages.messenger
        asked, found = await messenger.link_requests(), await messenger.links()
        found.sort(key=lambda link: -link.linked_at)
        requests = [(one, warnings_of(one)) for one in asked]
        outdated = await messenger.outdated_links()
        return pages.page(
            request,
            "links.html",
            requests=requests,
            links=found,
            outdated=outdated,
            current="links",
            day=DAY,
            rule=(await pages.messenger.policy()).recovery,
            state=state_of(asked, found),
        )

    @get("/links/changed")
    async def changed(request: Asked) -> Response[str]:
        """Whether something has changed since the page was shown: what is typed there is left alone."""
        now = state_of(await pages.messenger.link_requests(), await pages.messenger.links())
        return pages.page(request, "links_changed.html", changed=now != request.query_params.get("state"))

    async def meant(form: dict[str, str]) -> RequestView:
        for one in await pages.messenger.link_requests():
            if one.message_hash == form.get("request"):
                return one
        raise NotFound("that request does not wait any more", hint="Look at what waits now.")

    @post("/links/approve", status_code=200)
    async def approve(request: Asked) -> Response[str]:
        form = await form_of(request)
        asked, until = await meant(form), None
        days = form.get("days", "").strip()
        if days and not asked.is_recovery:
            if not days.isdecimal() or not 0 < int(days) <= 100_000:
                raise InvalidInput("the term is a number of days, such as 30")
            until = min(asked.valid_until, int(time.time()) + int(days) * DAY)
        await pages.messenger.approve(asked, valid_until=until)
        return pages.go("/links")

    @post("/links/reject", status_code=200)
    async def reject(request: Asked) -> Response[str]:
        form = await form_of(request)
        await pages.messenger.reject(await meant(form), reason=form.get("reason", "").strip()[:200] or None)
        return pages.go("/links")

    @post("/links/end", status_code=200)
    async def end(request: Asked) -> Response[str]:
        await pages.messenger.remove_link((await form_of(request)).get("profile", ""))
        return pages.go("/links")

    @post("/links/recovery", status_code=200)
    async def recovery(request: Asked) -> Response[str]:
        form = await form_of(request)
        wanted = form.get("mode", "")
        if wanted not in ("", *RecoveryMode):
            raise InvalidInput("choose one of the three")
        await pages.messenger.set_recovery(form.get("profile", ""), RecoveryMode(wanted) if wanted else None)
        return pages.go("/links")

    @get("/links/disclosure")
    async def disclosure(request: Asked) -> Response[str]:
        profile = request.query_params.get("profile", "")
        return text_file(await disclosed(profile), f"{profile}.disclosure.json")

    @get("/links/disclosure/code")
    async def disclosure_code(request: Asked) -> Response[str]:
        text = await disclosed(request.query_params.get("profile", ""))
        return pages.page(request, "disclosure_code.html", picture=qr_code(text))

    async def disclosed(profile: str) -> str:
        told = await pages.messenger.disclose(profile)
        return canonical_json({"main": told.main, "mainSignature": told.main_signature, "salt": told.salt})

    @post("/links/pair", status_code=200)
    async def pair(request: Asked) -> Response[str]:
        offer = await pages.messenger.open_pairing()
        code = print_pairing_code(offer.code)
        return pages.page(request, "pairing.html", code=code, picture=qr_code(code), until=offer.until)

    return [links, changed, approve, reject, end, recovery, disclosure, disclosure_code, pair]
