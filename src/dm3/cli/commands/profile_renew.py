"""`dm3 profile renew-keys`: new keys of a main profile, once it is said what is on its way."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dm3.client import IdentityKind, KeyRenewal

from ..config.options import CLIENT
from ..console.command import Call, command
from ..console.output import remark
from ..console.session import DEFAULT_WALLET, choose, opened
from ..console.transit_view import Anyway, require_yes, transit_facts, transit_sentence
from ..console.wallets import Elsewhere, WalletName, signing_wallet
from .profile import profile_app, show_identity


@command(profile_app, "renew-keys", *CLIENT)
async def renew_keys(
    call: Call,
    name: Annotated[str | None, typer.Argument(help="The main profile; the only one if left out.")] = None,
    wallet: WalletName = DEFAULT_WALLET,
    sign_elsewhere: Elsewhere = None,
    wait: Annotated[
        float, typer.Option("--wait", help="Seconds for your other devices to take the new keys.")
    ] = 30,
    yes: Anyway = False,
) -> None:
    """Give a main profile new keys under its names, as when a device is lost. Its wallet signs twice.

    Other devices get them first, links hold on. What is on its way is counted, and you are asked, before
    anything changes.

    Example: dm3 profile renew-keys
    """
    async with opened(call) as client:
        messenger = await client.messenger((await choose(client, name, IdentityKind.MAIN)).name)
        signer = await signing_wallet(client, wallet, sign_elsewhere)
        await messenger.sync()
        transit = await messenger.in_transit()
        require_yes(transit, "Change the keys?", yes=yes)
        renewal = await messenger.renew_keys(signer, wait=wait)
        show_identity(call, messenger.identity, {**transit_facts(transit), **renewal_facts(renewal)})
        if not call.json:
            if transit:
                remark(transit_sentence(transit))
            tell_renewal(renewal)


def renewal_facts(renewal: KeyRenewal) -> dict[str, Any]:
    """What follows from new keys, as JSON has it."""
    return {
        "told": list(renewal.told),
        "paired": list(renewal.paired),
        "behind": list(renewal.behind),
        "toPublish": list(renewal.to_publish),
    }


def tell_renewal(renewal: KeyRenewal) -> None:
    """Say what is left to do after new keys."""
    for label in renewal.behind:
        remark(f"{label} was away. It joins again, in a new vault: dm3 device join")
    for profile in renewal.paired:
        remark(f"{profile} was linked by a code, and asks once more to be linked: dm3 link pair")
    for name in renewal.to_publish:
        remark(f"Publish the profile anew: dm3 profile publish --name {name}")
    remark("Earlier copies of the vault have the keys of before. Make a new one: dm3 vault export")
