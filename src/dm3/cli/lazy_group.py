"""The commands of `dm3`, each imported when it is called: a name, a line of help, and where to find it."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Any, Final

import typer
from msgspec import Struct
from typer.core import TyperCommand, TyperGroup

from dm3.lazy import naming_extras

from .shared_settings import SETTINGS

_BEHIND: Final = {*(option for option, _ in SETTINGS), "--json"}


class Part(Struct, frozen=True):
    """One command of `dm3`, or a group of them.

    ``help`` is the first line of its help. ``home`` names what makes it: a function that adds it to an app
    (``module:function``), or the app of a group (``module:app``). ``joined`` are further modules whose
    commands join the group when they are imported, or functions that add them.
    """

    help: str
    home: str
    joined: tuple[str, ...] = ()


class Parts(MutableMapping[str, Any]):
    """The commands by their name; looking one up imports it."""

    def __init__(self, table: dict[str, Part]) -> None:
        self._table = table
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = _made(name, self._table[name])
        return self._made[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        del self._table[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)


class Group(TyperGroup):
    """Commands with their settings behind them: before, where no command is named yet, it says so."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        option = args[0].partition("=")[0] if args else ""
        if option in _BEHIND and not any(option in parameter.opts for parameter in self.params):
            name = next((word for word in args if word in self.commands), "COMMAND")
            ctx.fail(f"{option} stands behind the command: {ctx.command_path} {name} {option} …")
        return super().parse_args(ctx, args)


def _made(name: str, part: Part) -> Any:
    with naming_extras():
        made = _at(part.home)
        joined = [_at(place) for place in part.joined]
    scratch = typer.Typer(rich_markup_mode=None)
    scratch.callback()(_nothing)  # a group, however few commands it has
    if isinstance(made, typer.Typer):
        for add in joined:
            if callable(add) and not isinstance(add, typer.Typer):
                add(made)
        scratch.add_typer(made, name=name, cls=Group)
    else:
        made(scratch)
    group: Any = typer.main.get_command(scratch)
    return group.commands[name]


def _at(place: str) -> Any:
    module, _, name = place.partition(":")
    found = import_module(module, __package__)
    return getattr(found, name) if name else None


def _nothing() -> None:
    return None


def lazy_group(table: dict[str, Part]) -> type[TyperGroup]:
    """A class of groups with the commands of ``table``."""

    class LazyGroup(Group):
        """`dm3`: shows its commands without importing them."""

        def __init__(self, **attributes: Any) -> None:
            super().__init__(**attributes)
            self.commands = Parts(table)

        def list_commands(self, ctx: Any) -> list[str]:
            return list(table)

        def format_commands(self, ctx: Any, formatter: Any) -> None:
            limit = formatter.width - 6 - max(map(len, table))
            shown = [TyperCommand(name, help=part.help) for name, part in table.items()]
            with formatter.section("Commands"):
                formatter.write_dl([(one.name, one.get_short_help_str(limit)) for one in shown])
            with formatter.section("Settings of all commands that open the vault"):
                formatter.write_dl(SETTINGS)

    return LazyGroup
