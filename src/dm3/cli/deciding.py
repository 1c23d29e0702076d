"""`dm3 link` on the main profile's side: list, approve, reject, remove, window."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dm3.base.errors import NotFound
from dm3.client import Client, IdentityKind, Messenger
from dm3.model import LinkKind
from dm3.protocol.linking import Request

from .command import Call, command
from .links import Asked, Main, link_app
from .options import CLIENT, DAY
from .output import Block, emit, emit_blocks, local_time, remark
from .session import choose, opened


async def _main(client: Client, name: str | None) -> Messenger:
    return await client.messenger((await choose(client, name, IdentityKind.MAIN)).name)


@command(link_app, "list", *CLIENT)
async def list_links(call: Call, profile: Main = None) -> None:
    """Show the requests that wait for you, and your links.

    Example: dm3 link list
    """
    async with opened(call) as client:
        messenger = await _main(client, profile)
        await messenger.sync()
        requests, links = await messenger.link_requests(), await messenger.links()
        data = {
            "ok": True,
            "requests": [_request_facts(request) for request in requests],
            "links": [
                {
                    "profile": link.profile_name,
                    "state": link.state,
                    "uri": link.uri,
                    "owner": link.owner,
                    "validUntil": link.valid_until,
                }
                for link in links
            ],
        }
        blocks = [_request_block(request) for request in requests]
        blocks += [
            Block(
                link.profile_name,
                (
                    ("state", link.state),
                    ("page", link.uri),
                    ("owner", link.owner),
                    ("until", local_time(link.valid_until)),
                ),
            )
            for link in links
        ]
        emit_blocks(data, call.json, blocks, "There are no links.")
        if requests and not call.json:
            remark("Decide with: dm3 link approve NAME, or dm3 link reject NAME")


def _request_facts(request: Request) -> dict[str, Any]:
    return {
        "profile": request.profile_name,
        "kind": request.payload.kind,
        "uri": request.uri,
        "owner": request.owner,
        "ownWallet": request.own_wallet,
        "bound": request.bound,
        "withKeys": request.payload.profile_key is not None,
        "validUntil": request.payload.valid_until,
        "expiresAt": request.expires_at,
    }


def _request_block(request: Request) -> Block:
    wants = "its keys back" if request.payload.kind is LinkKind.RECOVER else "to be linked"
    return Block(
        request.profile_name,
        (
            ("asks", wants),
            ("page", request.uri),
            ("owner", request.owner),
            ("signed", _judgement(request)),
            ("until", local_time(request.payload.valid_until)),
        ),
    )


def _judgement(request: Request) -> str:
    whose = "by your own wallet" if request.own_wallet else "NOT by your wallet"
    return whose if request.bound else f"{whose}; UNBOUND: may have been signed for something else"


@command(link_app, "approve", *CLIENT)
async def approve_link(
    call: Call,
    name: Asked,
    profile: Main = None,
    until: Annotated[int | None, typer.Option("--days", help="A shorter term, in days.", min=1)] = None,
) -> None:
    """Approve a request: its keys are kept, its conversations appear in your inbox.

    Example: dm3 link approve 0x….addr.myapp.eth
    """
    async with opened(call) as client:
        messenger = await _main(client, profile)
        await messenger.sync()
        limit = None if until is None else client.context.seconds() + until * DAY
        link = await messenger.approve(name, valid_until=limit)
        if link is None:
            raise NotFound(f"the link of {name} is gone")
        data = {"ok": True, "profile": link.profile_name, "state": link.state, "validUntil": link.valid_until}
        emit(data, call.json, f"{link.state}, valid until {local_time(link.valid_until)}")


@command(link_app, "reject", *CLIENT)
async def reject_link(
    call: Call,
    name: Asked,
    profile: Main = None,
    reason: Annotated[str | None, typer.Option(help="A sentence for whoever asked.")] = None,
) -> None:
    """Reject a request; its keys are dropped. Told to a profile that takes LINK_REJECT.

    Example: dm3 link reject 0x….addr.myapp.eth
    """
    async with opened(call) as client:
        messenger = await _main(client, profile)
        await messenger.sync()
        await messenger.reject(name, reason=reason)
        emit({"ok": True, "profile": name, "state": "rejected"}, call.json, "rejected")


@command(link_app, "remove", *CLIENT)
async def remove_link(
    call: Call,
    name: Annotated[str, typer.Argument(help="Name of the linked profile.")],
    profile: Main = None,
) -> None:
    """End a link: its keys are wiped here, the linked profile is told.

    Example: dm3 link remove 0x….addr.myapp.eth
    """
    async with opened(call) as client:
        await (await _main(client, profile)).remove_link(name)
        emit({"ok": True, "profile": name, "state": "removed"}, call.json, "removed")


@command(link_app, "window", *CLIENT)
async def open_window(
    call: Call,
    minutes: Annotated[int, typer.Option(help="For how long; 0 closes it.", min=0, max=1440)] = 10,
    profile: Main = None,
) -> None:
    """Let profiles of other wallets than yours ask for a while.

    That takes who-may-ask = pairing in the configuration: by default they may not ask at all.

    Example: dm3 link window --minutes 10
    """
    async with opened(call) as client:
        until = await (await _main(client, profile)).open_pairing_window(minutes * 60)
        told = f"open until {local_time(until)}" if minutes else "closed"
        emit({"ok": True, "until": until}, call.json, told)
