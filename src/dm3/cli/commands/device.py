"""`dm3 device`: the devices on which a main profile is used, kept in step with each other."""

from __future__ import annotations

import platform
from typing import Annotated, Any

import typer

from dm3.base import whole_characters
from dm3.client import Client, DeviceView, IdentityKind, KeysWereRenewed, Messenger, held_wallet

from ..config.options import CLIENT
from ..config.resolver_options import LOCAL_DOMAIN
from ..console.command import Call, command
from ..console.output import emit, local_time, remark, short
from ..console.qr_code import print_qr_code
from ..console.session import ask_hidden, choose, opened
from .profile_renew import renewal_facts, tell_renewal

device_app = typer.Typer(
    help="Devices that share a main profile.\n\nExample: dm3 device list", no_args_is_help=True
)

Profile = Annotated[
    str | None, typer.Option("--profile", help="Your main profile; the only one if left out.")
]
DeviceId = Annotated[
    str, typer.Argument(help="The device, as `dm3 device list` names it; its beginning will do.")
]
CodeOrId = Annotated[
    str,
    typer.Argument(
        help="The code that the device shows, or for one that asks its id's beginning; - asks for it."
    ),
]
Label = Annotated[
    str, typer.Option("--label", help="What this device is to be called; the machine's name if left out.")
]


async def _messenger(client: Client, name: str | None) -> Messenger:
    return await client.messenger((await choose(client, name, IdentityKind.MAIN)).name)


@command(device_app, "join", *CLIENT)
async def join(
    call: Call,
    profile: Profile = None,
    label: Label = "",
    domain: Annotated[
        str | None,
        typer.Option("--domain", help=f"Domain of the resolver, for a new device. [{LOCAL_DOMAIN}]"),
    ] = None,
) -> None:
    """Have this device kept in step with others of the same profile.

    Without a main profile here, it shows a code, as QR code, too, and waits until a device that has the
    profile invites it. With one, it begins: a copy of another device's vault is known there, any other is
    admitted with `dm3 device invite`. Where the profile has got new keys meanwhile, it shows a code again;
    nothing that is in the vault is lost.

    Example: dm3 device join --label "my laptop"
    """
    async with opened(call) as client:
        mains = [one for one in await client.profiles() if one.kind is IdentityKind.MAIN]
        if profile is None and not mains:
            await _join_by_code(call, client, domain or LOCAL_DOMAIN, label or platform.node())
            return
        messenger = await _messenger(client, profile)
        await messenger.sync()
        if any(isinstance(error, KeysWereRenewed) for error in messenger.errors):
            await _join_by_code(call, client, messenger.identity.app, label or platform.node())
            return
        device = await messenger.devices.begin(label or platform.node())
        await messenger.sync()
        data = {"ok": True, "profile": messenger.name, **_json(device)}
        emit(data, call.json, f"This device is {device.id[:8]} of {short(messenger.name)}: {_shown(device)}")
        known = [one for one in await messenger.devices.list() if one.standing == "known"]
        if not call.json and len(known) == 1:
            remark(f"To be kept in step with another one, say there: dm3 device invite {device.id[:8]}")


async def _join_by_code(call: Call, client: Client, domain: str, label: str) -> None:
    device = await client.join(domain, label=label)
    code = await device.shown_code()
    print_qr_code(code)
    remark(f"On a device that has the profile: dm3 device invite {code}")
    remark("Show it to nobody else. It counts for an hour; this command waits for ten minutes, and goes on.")
    messenger = await client.messenger(await device.take_over())
    await messenger.sync()
    [this] = [one for one in await messenger.devices.list() if one.is_this]
    data = {"ok": True, "profile": messenger.name, **_json(this)}
    emit(data, call.json, f"This device is {this.id[:8]} of {short(messenger.name)}: {_shown(this)}")
    if not call.json:
        remark("What the other device has comes with each: dm3 inbox")


@command(device_app, "list", *CLIENT)
async def list_(call: Call, profile: Profile = None) -> None:
    """List the devices that this profile is used on, and those that ask to be.

    Example: dm3 device list
    """
    async with opened(call) as client:
        messenger = await _messenger(client, profile)
        await messenger.sync()
        found = await messenger.devices.list()
    empty = "This profile is kept in step with no other device. To begin: dm3 device join"
    emit({"devices": list(map(_json, found))}, call.json, *(list(map(_line, found)) or [empty]))


@command(device_app, "invite", *CLIENT)
async def invite(call: Call, device: CodeOrId, profile: Profile = None) -> None:
    """Admit a device, by its code or its id: it gets the messages, links and keys of this profile.

    Example: dm3 device invite 3f9a12c0
    """
    async with opened(call) as client:
        messenger = await _messenger(client, profile)
        shown = ask_hidden("Code of the device") if device == "-" else device
        await messenger.sync()
        admitted = await messenger.devices.invite(shown)
        await messenger.sync()
    emit({"ok": True, **_json(admitted)}, call.json, f"Kept in step from now on: {_line(admitted)}")


@command(device_app, "remove", *CLIENT)
async def remove(
    call: Call,
    device: DeviceId,
    profile: Profile = None,
    renew: Annotated[
        bool,
        typer.Option(
            "--renew", help="Give this profile, and linked ones that are in this vault, new keys, too."
        ),
    ] = False,
) -> None:
    """Remove a device for good: what it tells counts no more. It keeps what it has.

    With --renew, this profile gets new keys where its wallet is in this vault (else: dm3 profile renew-keys),
    and so do linked profiles whose own wallet is. These ask to be linked again: dm3 link request.

    Example: dm3 device remove 3f9a12c0
    """
    async with opened(call) as client:
        messenger = await _messenger(client, profile)
        await messenger.sync()
        removal = await messenger.devices.remove(device)
        await messenger.sync()
        wallet = await held_wallet(client, messenger.identity.address) if renew else None
        renewal = await messenger.renew_keys(wallet) if wallet is not None else None
        renewed = await _renew(client, removal.links) if renew else []
    data = {"ok": True, **_json(removal.device), "links": list(removal.links), "renewed": renewed}
    data["newKeys"] = None if renewal is None else renewal_facts(renewal)
    emit(data, call.json, f"Removed: {_line(removal.device)}")
    if call.json:
        return
    if renewal is None:
        remark("It still has this profile's keys. Where it is in other hands: dm3 profile renew-keys")
    else:
        tell_renewal(renewal)
    for name in removal.links:
        remark(
            f"It may have the keys of {name}. Renew them there (dm3 lsp rotate), or: dm3 link remove {name}"
        )


async def _renew(client: Client, links: tuple[str, ...]) -> list[str]:
    """Those of the linked profiles that are in this vault with their wallet, now with new keys."""
    held = {
        one.name for one in await client.profiles() if one.kind is IdentityKind.LIMITED and one.has_wallet
    }
    renewed = [name for name in links if name in held]
    for name in renewed:
        await (await client.lsp(name)).rotate_keys()
    return renewed


def _json(device: DeviceView) -> dict[str, Any]:
    return {
        "device": device.id,
        "label": device.label,
        "standing": device.standing,
        "heardAt": device.heard_at,
        "thisDevice": device.is_this,
        "behind": device.is_behind,
    }


def _shown(device: DeviceView) -> str:
    return whole_characters(device.label)


def _line(device: DeviceView) -> str:
    told = "this device" if device.is_this else str(device.standing)
    heard = f", heard of {local_time(device.heard_at)}" if device.heard_at else ""
    behind = ", something of it is still to come" if device.is_behind else ""
    return f"{device.id[:8]}  {_shown(device)}  ({told}{heard}{behind})"
