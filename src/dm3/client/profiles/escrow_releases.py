"""Notices of the times that a site's login was given a profile's keys from escrow (specification 3.8)."""

from __future__ import annotations

from dm3.base.errors import NotFound, ServiceRefused
from dm3.protocol.wallets import time_text

from ..state.context import Context
from ..state.identity import Identity
from ..state.records import NOTICES, Notice


async def tell_of_releases(context: Context, identity: Identity) -> None:
    """A notice for each time, once, from every delivery service that says so."""
    for service in identity.profile.profile.delivery_services:
        client = await context.service(service)
        token = await client.authenticate(identity.name, identity.keys.signing_private)
        try:
            found = await client.escrow.releases(identity.name, token)
        except (NotFound, ServiceRefused):
            continue  # of another make
        times = [at for at, _ in found]
        for place, (at, page) in enumerate(found):
            key = f"{identity.name}|escrow|{service}|{at}|{times[place:].count(at)}"
            if await context.vault.get(NOTICES, key) is None:
                told = f"A login at {page} was given this profile's keys by {service}, at {time_text(at)}."
                notice = Notice(identity.name, "escrow-release", told, context.seconds())
                await context.vault.put(NOTICES, key, notice, section=identity.name)
