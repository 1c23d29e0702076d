"""`dm3 profile publish` and `dm3 profile use-name`: main profiles under names on a chain."""

from __future__ import annotations

from typing import Annotated

import typer

from dm3.base import normalize
from dm3.base.errors import Dm3Error, LocalProtocolError
from dm3.client import Client, IdentityKind, IdentityView, find_development_wallet

from ..config.options import CLIENT
from ..console.command import Call, command
from ..console.output import emit, remark
from ..console.session import DEFAULT_WALLET, choose, opened
from ..console.transactions import (
    DEFAULT_MAX_COST,
    DryRun,
    EnsName,
    KeyFile,
    MaxCost,
    Yes,
    facts_of,
    key_wallet,
    mined_facts,
    node,
    send_options,
    sent,
    show,
)
from ..console.transit_view import Anyway, require_yes, transit_facts
from ..console.wallets import WalletName
from .profile import profile_app, show_identity

Profile = Annotated[
    str | None, typer.Argument(help="The main profile; if left out the one with the name, or the only one.")
]


@command(profile_app, "publish", *CLIENT)
async def publish_profile(
    call: Call,
    name: EnsName,
    profile: Profile = None,
    wallet: WalletName = DEFAULT_WALLET,
    key_file: KeyFile = None,
    set_address: Annotated[
        bool, typer.Option("--set-address", help="Also point the name to the profile's address.")
    ] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    max_cost: MaxCost = DEFAULT_MAX_COST,
) -> None:
    """Publish a main profile under an ENS name on the chain, and be known by that name.

    One that was created for the name is taken into use by this.

    The name has to point to the address that has signed the profile. With --dry-run nothing is sent: the
    transaction is printed for a hardware wallet or a multisig; when it is mined, run this again.

    Example: dm3 profile publish --name alice.eth --rpc-url https://… --dry-run
    """
    how = send_options(dry_run, yes, max_cost)
    async with opened(call) as client, node(call) as chain:
        identity = await choose(client, profile or await _known_as(client, name), IdentityKind.MAIN)
        publication = await client.ens.prepare_publication(identity.name, name, set_address=set_address)
        if dry_run:
            await show(call, chain, publication, None, how)
            return
        mined = []
        if publication.transactions:
            signer = key_wallet(key_file) or await find_development_wallet(client, wallet)
            costs = await show(call, chain, publication, signer.address, how)
            mined = await sent(chain, publication, costs, signer, how)
        error = await _use(client, identity, publication.authority.name)
        facts = {**facts_of(publication), "transactions": mined_facts(mined)}
        told = "is published" if mined else "was published already"
        lines = [f"The profile {told} under {publication.authority.name}, read back and verified."]
        if error is None:
            lines.append("From now on messages come from this name.")
        else:
            remark(f"It is not yet in use as your name: {error}")
            if error.hint:
                remark(error.hint)
            remark(f"Later on: dm3 profile use-name {publication.authority.name}")
        data = {"ok": True, **facts, "inUse": error is None, "useError": str(error) if error else None}
        emit(data, call.json, *lines)


async def _known_as(client: Client, name: str) -> str | None:
    """``name``, if a main profile in the vault has it: then that one is meant, also among several."""
    wanted = normalize(name)
    mine = [identity for identity in await client.profiles() if identity.kind is IdentityKind.MAIN]
    return wanted if any(wanted in identity.names for identity in mine) else None


async def _use(client: Client, identity: IdentityView, name: str) -> Dm3Error | None:
    """Read the record back, then be known as ``name``; returns why the delivery services do not know it yet.

    Raises what a fresh resolution raises.
    """
    found = await client.peers.profile(name, fresh=True)
    if found.signed.hash != identity.signed.hash:
        raise LocalProtocolError(
            f"{name} resolves to another profile than the one on the chain",
            hint="A nearer source of names knows it, too: see --resolver and --names-file.",
        )
    try:  # opening the profile first takes it into use where it was made for this name
        await (await client.messenger(identity.name)).use_name(name)
    except Dm3Error as error:
        return error
    return None


@command(profile_app, "use-name", *CLIENT)
async def use_name(
    call: Call,
    name: Annotated[str, typer.Argument(help="An ENS name that resolves to the profile.")],
    profile: Profile = None,
    drop: Annotated[bool, typer.Option("--drop", help="No longer use it.")] = False,
    yes: Anyway = False,
) -> None:
    """Be known by a name that the main profile is published under, wherever that is.

    Example: dm3 profile use-name alice.eth --rpc-url https://…
    """
    async with opened(call) as client:
        identity = await choose(client, profile or await _known_as(client, name), IdentityKind.MAIN)
        messenger = await client.messenger(identity.name)
        if drop:
            transit = await messenger.in_transit(name)
            require_yes(transit, f"Give {name} up?", yes=yes)
            await messenger.drop_name(name)
            show_identity(call, messenger.identity, transit_facts(transit))
            return
        await messenger.use_name(name)
        show_identity(call, messenger.identity)
