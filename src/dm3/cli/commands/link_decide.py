"""`dm3 link` on the main profile's side: list, approve, reject, remove, pair."""

from __future__ import annotations

from typing import Annotated

import typer

from dm3.base import normalize
from dm3.base.errors import InvalidInput, NotFound
from dm3.client import Client, IdentityKind, Messenger, RequestView
from dm3.crypto import print_pairing_code
from dm3.protocol.linking import DAY, RecoveryMode

from ..config.options import CLIENT
from ..console.command import Call, command
from ..console.link_view import how_to_decide, link_block, link_facts, request_block, request_facts
from ..console.output import emit, emit_blocks, local_time, remark
from ..console.session import choose, opened
from ..console.shortened_names import full_name
from .link import Asked, Main, link_app


async def _main(client: Client, name: str | None) -> Messenger:
    chosen = await choose(client, name, IdentityKind.MAIN, hint="Say which: --profile NAME")
    return await client.messenger(chosen.name)


async def _linked(messenger: Messenger, given: str) -> str:
    """The linked profile that is meant, or the one that asks; its name may be shortened."""
    known = [link.profile_name for link in await messenger.links()]
    known += [request.profile_name for request in await messenger.link_requests()]
    return full_name(given, known, "profile that is linked to yours or asks to be", "See them: dm3 link list")


@command(link_app, "list", *CLIENT)
async def list_links(call: Call, profile: Main = None) -> None:
    """Show the requests that wait for you, and your links.

    Example: dm3 link list
    """
    async with opened(call) as client:
        messenger = await _main(client, profile)
        await messenger.sync()
        requests, links = await messenger.link_requests(), await messenger.links()
        outdated = await messenger.outdated_links()
        data = {
            "ok": True,
            "requests": [request_facts(request) for request in requests],
            "links": [link_facts(link, outdated=link.profile_name in outdated) for link in links],
        }
        blocks = [
            *map(request_block, requests),
            *(link_block(link, outdated=link.profile_name in outdated) for link in links),
        ]
        emit_blocks(data, call.json, blocks, "There are no links.")
        if requests and not call.json:
            remark("Decide with: dm3 link reject NAME, or")
            for request in requests:
                remark(f"  {how_to_decide(request)}")


@command(link_app, "approve", *CLIENT)
async def approve_link(
    call: Call,
    name: Asked,
    profile: Main = None,
    until: Annotated[int | None, typer.Option("--days", help="A shorter term, in days.", min=1)] = None,
    keys_to: Annotated[
        str | None,
        typer.Option("--keys-to", help="Give keys back: the receiver, as `dm3 link list` shows it."),
    ] = None,
) -> None:
    """Approve a request: its keys are kept, its conversations appear in your inbox.

    A device that asks for the keys of a linked profile is approved with --keys-to, and gets them.

    Example: dm3 link approve 0x….addr.myapp.eth
    """
    async with opened(call) as client:
        messenger = await _main(client, profile)
        request = await _waiting(messenger, name, keys_to)
        limit = None if until is None else client.seconds() + until * DAY
        link = await messenger.approve(request, valid_until=limit)
        if link is None:
            raise NotFound(f"the link of {name} is gone")
        data = {"ok": True, "profile": link.profile_name, "state": link.state, "validUntil": link.valid_until}
        if request.is_recovery:
            data["keysTo"] = request.reply_to
            emit(data, call.json, f"the keys are on their way to {request.reply_to}")
        else:
            emit(data, call.json, f"{link.state}, valid until {local_time(link.valid_until)}")


async def _waiting(messenger: Messenger, name: str, keys_to: str | None) -> RequestView:
    """The request that is meant: the one that was shown before, or what comes now where none was.

    What has taken its place meanwhile is not approved instead of it.

    Raises `NotFound`, and `InvalidInput` where keys would leave without a word on where to.
    """
    shown = await messenger.link_requests()
    await messenger.sync()
    wanted = await _linked(messenger, name)
    found = [one for one in shown if one.profile_name == wanted]
    if not found:
        found = [one for one in await messenger.link_requests() if one.profile_name == wanted]
    into = None if keys_to is None else normalize(keys_to)
    for request in found:
        if (request.reply_to if request.is_recovery else None) == into:
            return request
    for request in found:
        if request.is_recovery:
            raise InvalidInput(
                f"a device asks for the keys of {wanted} from {request.uri}; the profile was linked from "
                f"{request.link_uri}, and the keys would go to {request.reply_to}",
                hint=f"If that is you: {how_to_decide(request)}",
            )
    raise NotFound(f"no request of {wanted} waits for a decision")


@command(link_app, "recovery", *CLIENT)
async def set_recovery(
    call: Call,
    name: Annotated[str, typer.Argument(help="Name of the linked profile.")],
    mode: Annotated[str, typer.Argument(help="ask, unattended, or default (as configured).")],
    profile: Main = None,
) -> None:
    """Say whether you are asked before the keys of a linked profile are given back to a device.

    Unattended, a page that lies about its address gets them with one signature of your wallet.

    Example: dm3 link recovery 0x….addr.myapp.eth unattended
    """
    if mode not in ("default", *RecoveryMode):
        raise InvalidInput(f"{mode} is none of: {', '.join(RecoveryMode)}, default")
    async with opened(call) as client:
        messenger = await _main(client, profile)
        chosen = None if mode == "default" else RecoveryMode(mode)
        link = await messenger.set_recovery(await _linked(messenger, name), chosen)
        emit({"ok": True, "profile": link.profile_name, "recovery": link.recovery}, call.json, mode)


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
        asking = await _linked(messenger, name)
        await messenger.reject(asking, reason=reason)
        emit({"ok": True, "profile": asking, "state": "rejected"}, call.json, "rejected")


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
        messenger = await _main(client, profile)
        linked = await _linked(messenger, name)
        await messenger.remove_link(linked)
        emit({"ok": True, "profile": linked, "state": "removed"}, call.json, "removed")


@command(link_app, "pair", *CLIENT)
async def show_pairing_code(
    call: Call,
    profile: Main = None,
    close: Annotated[bool, typer.Option("--close", help="Have the code count no more instead.")] = False,
) -> None:
    """Show a one-time code by which one profile of any wallet may ask to be linked.

    It counts for ten minutes and one request, and the keys come only once you have approved that. The other
    side: dm3 link request NAME --pairing CODE

    Example: dm3 link pair
    """
    async with opened(call) as client:
        messenger = await _main(client, profile)
        if close:
            await messenger.close_pairing()
            emit({"ok": True}, call.json, "closed")
            return
        offer = await messenger.open_pairing()
        code = print_pairing_code(offer.code)
        remark(f"It counts until {local_time(offer.until)}, once. Tell it to nobody but the page that asks.")
        emit({"ok": True, "code": code, "until": offer.until}, call.json, code)


@command(link_app, "window", *CLIENT, hidden=True)
def refuse_window(
    call: Call,
    minutes: Annotated[int, typer.Option(help="Has no meaning any more.")] = 10,
    profile: Main = None,
) -> None:
    """There is no pairing window any more: see `dm3 link pair`.

    Example: dm3 link window
    """
    raise InvalidInput(
        "there is no pairing window any more",
        hint="Show the profile that is to ask a one-time code: dm3 link pair.",
    )
