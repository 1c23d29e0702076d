"""`dm3 settings`: what is set for a main profile, in every program with its vault and on all its devices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final

import typer
from msgspec import Struct

from dm3.base.errors import InvalidInput
from dm3.client import Client, IdentityKind, Messenger
from dm3.protocol.linking import DAY, LinkPolicy, Notices, RecoveryMode

from ..config.link_options import as_who_may_ask
from ..config.option import as_days, as_flag, as_number, one_of
from ..config.options import CLIENT
from ..console.command import Call, command
from ..console.output import emit, short
from ..console.session import choose, opened

settings_app = typer.Typer(
    help="What is set for a main profile, before all options.\n\nExample: dm3 settings list",
    no_args_is_help=True,
)

Profile = Annotated[
    str | None, typer.Option("--profile", help="Your main profile; the only one if left out.")
]


class Setting(Struct, frozen=True):
    """A setting as it is typed: the field that it sets, how it is read, and in what it is counted."""

    field: str
    read: Callable[[str], Any]
    unit: int = 1


SETTINGS: Final = {
    "who-may-ask": Setting("who_may_ask", as_who_may_ask),
    "link-term-days": Setting("term_limit", as_days, DAY),
    "recovery": Setting("recovery", one_of(RecoveryMode)),
    "recoveries-per-day": Setting("recoveries_per_day", as_number),
    "link-notices": Setting("notices", one_of(Notices)),
    "send-receipts": Setting("send_receipts", as_flag),
}
"""By name: that of the option that counts where nothing is set."""
NAMES: Final = ", ".join(SETTINGS)

Name = Annotated[str, typer.Argument(metavar="NAME", help=f"The setting: {NAMES}.")]


async def _messenger(client: Client, name: str | None) -> Messenger:
    return await client.messenger((await choose(client, name, IdentityKind.MAIN)).name)


def _setting(name: str) -> Setting:
    found = SETTINGS.get(name)
    if found is None:
        raise InvalidInput(f"there is no setting {name[:40]}", hint=f"There are {NAMES}.")
    return found


@command(settings_app, "list", *CLIENT)
async def list_(call: Call, profile: Profile = None) -> None:
    """Show what is in force, and what of it is set.

    Example: dm3 settings list
    """
    async with opened(call) as client:
        messenger = await _messenger(client, profile)
        await _show(call, messenger)


@command(settings_app, "set", *CLIENT)
async def set_(
    call: Call,
    name: Name,
    value: Annotated[str, typer.Argument(help="What it is to be, as its option takes it.")],
    profile: Profile = None,
) -> None:
    """Set something for a main profile: it counts before options, and on the profile's other devices.

    Example: dm3 settings set who-may-ask anyone
    """
    setting = _setting(name)
    try:
        wanted = setting.read(value)
    except ValueError as error:
        raise InvalidInput(f"{name}: {error}") from None
    async with opened(call) as client:
        messenger = await _messenger(client, profile)
        wanted = wanted * setting.unit if setting.unit != 1 else wanted
        await messenger.change_settings(**{setting.field: wanted})
        await messenger.deliver()
        await _show(call, messenger)


@command(settings_app, "unset", *CLIENT)
async def unset(call: Call, name: Name, profile: Profile = None) -> None:
    """Have the option, or its default, count again.

    Example: dm3 settings unset who-may-ask
    """
    setting = _setting(name)
    async with opened(call) as client:
        messenger = await _messenger(client, profile)
        await messenger.change_settings(**{setting.field: None})
        await messenger.deliver()
        await _show(call, messenger)


async def _show(call: Call, messenger: Messenger) -> None:
    held, policy = await messenger.settings(), await messenger.policy()
    receipts = await messenger.sends_receipts()
    shown = [
        (name, _value(policy, receipts, setting), getattr(held, setting.field) is not None)
        for name, setting in SETTINGS.items()
    ]
    data = {
        "ok": True,
        "profile": messenger.name,
        "settings": {name: {"value": value, "set": is_set} for name, value, is_set in shown},
    }
    lines = [f"{name:<18}  {_told(value):<10}  {'set' if is_set else ''}" for name, value, is_set in shown]
    emit(data, call.json, f"For {short(messenger.name)}:", *map(str.rstrip, lines))


def _value(policy: LinkPolicy, receipts: bool, setting: Setting) -> Any:
    if setting.field == "send_receipts":
        return receipts
    value = getattr(policy, setting.field)
    return value // setting.unit if setting.unit != 1 else value


def _told(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
