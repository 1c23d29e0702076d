"""`dm3 link` on the asking side: request, renew, status, end."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dm3.client import Account, Client, IdentityKind
from dm3.crypto import PairingCode, parse_pairing_code
from dm3.protocol.linking import DAY, OutgoingLinkState

from ..config.options import CLIENT
from ..console.command import Call, command
from ..console.disclosure_file import disclosure_json
from ..console.output import emit, local_time, remark
from ..console.session import DEFAULT_WALLET, ask_hidden, choose, opened
from ..console.wallets import Elsewhere, WalletName, signing_wallet

link_app = typer.Typer(
    help="Linking profiles of applications to your own.\n\nExample: dm3 link list",
    no_args_is_help=True,
)

Lsp = Annotated[
    str | None,
    typer.Option("--lsp", help="The profile that asks or is linked; the only limited scope one if left out."),
]
Linked = Annotated[
    str | None,
    typer.Argument(help="Name of the profile that is linked; the only limited scope one if left out."),
]
Formerly = Annotated[str | None, typer.Option("--lsp", hidden=True, help="NAME, as it was said before.")]
Main = Annotated[str | None, typer.Option("--profile", help="Your main profile; the only one if left out.")]
Days = Annotated[int, typer.Option("--days", help="How long the link is to be valid.", min=1, max=3650)]
Asked = Annotated[str, typer.Argument(help="Name of the profile that asks.")]


def code_of(typed: str) -> PairingCode | None:
    """The pairing code as it was given, asked for where it is ``-``; None without one."""
    if not typed:
        return None
    return parse_pairing_code(ask_hidden("Pairing code") if typed == "-" else typed)


async def _asking(client: Client, name: str | None, hint: str) -> Account:
    """The profile that asks: a limited scope profile, or any of yours when it is named."""
    kinds = (IdentityKind.LIMITED,) if name is None else (IdentityKind.LIMITED, IdentityKind.MAIN)
    identity = await choose(client, name, *kinds, hint=hint)
    if identity.kind is IdentityKind.MAIN:
        return await client.messenger(identity.name)
    return await client.lsp(identity.name)


@command(link_app, "request", *CLIENT)
async def request_link(
    call: Call,
    main: Annotated[str, typer.Argument(help="Name of the main profile.")],
    lsp: Lsp = None,
    wallet: WalletName = DEFAULT_WALLET,
    sign_elsewhere: Elsewhere = None,
    days: Days = 365,
    public: Annotated[bool, typer.Option(help="Publish the main profile's name in the record.")] = False,
    keys_after_accept: Annotated[bool, typer.Option(help="Send the keys only after the acceptance.")] = False,
    allow_unknown: Annotated[
        bool, typer.Option("--allow-unknown", help="Ask a profile that does not say what it reads.")
    ] = False,
    pairing: Annotated[
        str, typer.Option("--pairing", help="The code that `dm3 link pair` shows there; - asks for it.")
    ] = "",
    other_owner: Annotated[
        bool, typer.Option("--other-owner", help="Ask a profile of another account: it is meant.")
    ] = False,
    own_signature: Annotated[
        bool, typer.Option("--own-signature", help="Have the profile's own wallet sign, and none of yours.")
    ] = False,
) -> None:
    """Ask your main profile to take a limited scope profile in.

    It decides with `dm3 link list`, `dm3 link approve` and `dm3 link reject`.

    Example: dm3 link request alice.user.dm3.localhost
    """
    async with opened(call) as client:
        profile = await _asking(client, lsp, "Say which: --lsp NAME")
        await profile.request_link(
            main,
            None if own_signature else await signing_wallet(client, wallet, sign_elsewhere),
            term=days * DAY,
            public=public,
            hand_over_after_accept=keys_after_accept,
            pairing=code_of(pairing),
            other_owner=other_owner,
            allow_unknown=allow_unknown,
        )
        await _show_status(call, profile)


@command(link_app, "renew", *CLIENT)
async def renew_link(
    call: Call,
    name: Linked = None,
    lsp: Formerly = None,
    wallet: WalletName = DEFAULT_WALLET,
    sign_elsewhere: Elsewhere = None,
    days: Days = 365,
) -> None:
    """Move the validity of a link.

    Example: dm3 link renew 0x….addr.myapp.eth --days 90
    """
    async with opened(call) as client:
        profile = await _asking(client, name or lsp, "Say which: dm3 link renew NAME")
        await profile.renew_link(await signing_wallet(client, wallet, sign_elsewhere), term=days * DAY)
        await _show_status(call, profile)


@command(link_app, "status", *CLIENT)
async def link_status(call: Call, name: Linked = None, lsp: Formerly = None) -> None:
    """Show how a limited scope profile's link stands.

    Example: dm3 link status 0x….addr.myapp.eth
    """
    async with opened(call) as client:
        profile = await _asking(client, name or lsp, "Say which: dm3 link status NAME")
        await profile.sync()
        await _show_status(call, profile)


async def _show_status(call: Call, profile: Account) -> None:
    asking = await profile.link_status()
    waiting = await profile.waiting()
    data: dict[str, Any] = {"ok": True, "profile": profile.name, "state": "unlinked"}
    lines = [f"{profile.name}: unlinked"]
    if asking is not None:
        data |= {"state": asking.state, "main": asking.main_name, "validUntil": asking.valid_until}
        over = asking.state is OutgoingLinkState.UNLINKED or not asking.valid_until
        until = "" if over else f", valid until {local_time(asking.valid_until)}"
        lines = [f"{profile.name}: {asking.state} ({asking.main_name}{until})"]
        if asking.can_disclose:
            data["disclosure"] = disclosure_json(await profile.disclosure())
    if asking is None or asking.state in (OutgoingLinkState.UNLINKED, OutgoingLinkState.EXPIRED):
        ended = [notice.sentence for notice in await profile.notices() if notice.kind == "link-ended"]
        data["ended"] = ended[-1] if ended else None
        lines += [f"  {sentence}" for sentence in ended[-1:]]
    data["waiting"] = [entry.last_error for entry in waiting]
    emit(data, call.json, *lines)
    for entry in waiting:
        remark(f"still on its way to {entry.to}: {entry.last_error or 'not tried yet'}")


@command(link_app, "end", *CLIENT)
async def end_link(call: Call, name: Linked = None, lsp: Formerly = None) -> None:
    """End a link from the profile's side, or take its request back.

    Example: dm3 link end 0x….addr.myapp.eth
    """
    async with opened(call) as client:
        profile = await _asking(client, name or lsp, "Say which: dm3 link end NAME")
        await profile.end_link()
        await _show_status(call, profile)
