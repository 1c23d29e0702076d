"""`dm3 link` and `dm3 recover`: asking, deciding, renewing, verifying, getting keys back."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dm3.base.errors import NotFound
from dm3.client import App, IdentityKind, LimitedScopeProfile, Messenger
from dm3.client.client import Client
from dm3.model import LinkKind
from dm3.protocol.linking import Disclosure, Request

from .command import Call, command
from .options import CLIENT, DAY, LOCAL_DOMAIN
from .output import Block, emit, emit_blocks, local_time, remark, short
from .profiles import Services, WalletName
from .session import DEFAULT_WALLET, choose, opened, wallet_of

link_app = typer.Typer(help="Linking profiles of applications to your own.", no_args_is_help=True)

Lsp = Annotated[
    str | None, typer.Option("--lsp", help="The limited scope profile; the only one if left out.")
]
Main = Annotated[str | None, typer.Option("--profile", help="Your main profile; the only one if left out.")]
Days = Annotated[int, typer.Option("--days", help="How long the link is to be valid.", min=1, max=3650)]
Asked = Annotated[str, typer.Argument(help="Name of the profile that asks.")]


async def _lsp(client: Client, name: str | None) -> LimitedScopeProfile:
    return await client.lsp((await choose(client, name, IdentityKind.LIMITED)).name)


async def _main(client: Client, name: str | None) -> Messenger:
    return await client.messenger((await choose(client, name, IdentityKind.MAIN)).name)


@command(link_app, "request", *CLIENT)
async def request_link(
    call: Call,
    main: Annotated[str, typer.Argument(help="Name of the main profile.")],
    lsp: Lsp = None,
    wallet: WalletName = DEFAULT_WALLET,
    days: Days = 365,
    public: Annotated[bool, typer.Option(help="Publish the main profile's name in the record.")] = False,
    keys_after_accept: Annotated[bool, typer.Option(help="Send the keys only after the acceptance.")] = False,
) -> None:
    """Ask your main profile to take a limited scope profile in.

    Example: dm3 link request alice.user.dm3.localhost
    """
    async with opened(call) as client:
        profile = await _lsp(client, lsp)
        await profile.request_link(
            main,
            await wallet_of(client, wallet),
            term=days * DAY,
            public=public,
            hand_over_after_accept=keys_after_accept,
        )
        await _show_status(call, profile)


@command(link_app, "renew", *CLIENT)
async def renew_link(
    call: Call, lsp: Lsp = None, wallet: WalletName = DEFAULT_WALLET, days: Days = 365
) -> None:
    """Move the validity of a link.

    Example: dm3 link renew --days 90
    """
    async with opened(call) as client:
        profile = await _lsp(client, lsp)
        await profile.renew_link(await wallet_of(client, wallet), term=days * DAY)
        await _show_status(call, profile)


@command(link_app, "status", *CLIENT)
async def link_status(call: Call, lsp: Lsp = None) -> None:
    """Show how a limited scope profile's link stands.

    Example: dm3 link status
    """
    async with opened(call) as client:
        profile = await _lsp(client, lsp)
        await profile.sync()
        await _show_status(call, profile)


async def _show_status(call: Call, profile: LimitedScopeProfile) -> None:
    asking = await profile.link()
    waiting = await profile.waiting()
    data: dict[str, Any] = {"ok": True, "profile": profile.name, "state": "unlinked"}
    lines = [f"{short(profile.name)}: unlinked"]
    if asking is not None:
        data |= {"state": asking.state, "main": asking.main_name, "validUntil": asking.valid_until}
        until = f", valid until {local_time(asking.valid_until)}" if asking.valid_until else ""
        lines = [f"{short(profile.name)}: {asking.state} ({asking.main_name}{until})"]
        if asking.main_signature is not None:
            proof = await profile.disclosure()
            data["disclosure"] = {
                "main": proof.main,
                "mainSignature": proof.main_signature,
                "salt": proof.salt,
            }
    data["waiting"] = [entry.last_error for entry in waiting]
    emit(data, call.json, *lines)
    for entry in waiting:
        remark(f"still on its way to {entry.to}: {entry.last_error or 'not tried yet'}")


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
async def reject_link(call: Call, name: Asked, profile: Main = None) -> None:
    """Reject a request; nothing is sent and its keys are dropped.

    Example: dm3 link reject 0x….addr.myapp.eth
    """
    async with opened(call) as client:
        messenger = await _main(client, profile)
        await messenger.sync()
        await messenger.reject(name)
        emit({"ok": True, "profile": name, "state": "rejected"}, call.json, "rejected")


@command(link_app, "remove", *CLIENT)
async def remove_link(call: Call, name: Asked, profile: Main = None) -> None:
    """End a link: its keys are wiped here.

    Example: dm3 link remove 0x….addr.myapp.eth
    """
    async with opened(call) as client:
        await (await _main(client, profile)).remove_link(name)
        emit({"ok": True, "profile": name, "state": "removed"}, call.json, "removed")


@command(link_app, "verify", *CLIENT)
async def verify_link(
    call: Call,
    name: Annotated[str, typer.Argument(help="Name whose link record is to be verified.")],
    main: Annotated[str, typer.Option(help="To open a private record: the main profile's name,")] = "",
    main_signature: Annotated[str, typer.Option(help="its signature,")] = "",
    salt: Annotated[str, typer.Option(help="and the salt.")] = "",
) -> None:
    """Verify the published link record of a name, completely.

    Example: dm3 link verify 0x….addr.myapp.eth
    """
    disclosure = Disclosure(main, main_signature, salt) if main and main_signature and salt else None
    async with opened(call) as client:
        found = await client.verify_link(name, disclosure)
        record = found.record
        data = {
            "ok": True,
            "profile": record.profile_name,
            "address": found.owner,
            "main": found.main,
            "validUntil": record.valid_until,
            "private": record.main is None,
        }
        told = found.main or "a main profile that it does not name (private)"
        emit(data, call.json, f"holds: linked to {told}, valid until {local_time(record.valid_until)}")


def add_recover_command(app: typer.Typer) -> None:
    """Add `dm3 recover`."""

    @command(app, "recover", *CLIENT)
    async def recover(
        call: Call,
        name: Annotated[str, typer.Argument(help="Name of the profile to recover.")],
        main: Annotated[str, typer.Argument(help="Name of the main profile that it is linked to.")],
        app: Annotated[str, typer.Option("--app", help="ENS name of the application.")] = LOCAL_DOMAIN,
        uri: Annotated[str, typer.Option(help="URI of the application's page. [https://<app>]")] = "",
        wallet: WalletName = DEFAULT_WALLET,
        delivery_service: Services = None,
        wait: Annotated[int, typer.Option(help="Seconds to wait for the main profile.")] = 120,
    ) -> None:
        """Get a linked profile back on a device that has none of its keys.

        Example: dm3 recover 0x….addr.myapp.eth alice.user.dm3.eth --app myapp.eth
        """
        async with opened(call) as client:
            remark("Asked. The main profile's messenger has to run, or to look into its inbox, now.")
            application = App(app, uri, tuple(delivery_service or ()))
            signer = await wallet_of(client, wallet)
            profile = await client.recover(application, name, main, signer, patience=wait)
            emit({"ok": True, "profile": profile.name}, call.json, f"recovered {profile.name}")
