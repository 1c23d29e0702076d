"""Commands: a function, the options of the table that it needs, and one way to run and to fail."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Optional

import typer
from typer.core import TyperCommand

from dm3.base.errors import Dm3Error

from ..config.config import Config, load
from ..config.options import CLIENT, TABLE
from .output import emit, exit_code, report

PANEL = "Configuration (defaults < file < environment < flags)"


SETTINGS_ELSEWHERE = "Settings such as --vault and --resolver are the same everywhere: dm3 --help lists them."


class QuietCommand(TyperCommand):
    """A command whose help leaves the settings out that all commands with a vault have; shells know them."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        common = {_argument(name) for name in CLIENT} | {"config_", "print_config"}
        left_out: list[Any] = [one for one in self.params if one.name in common]
        for parameter in left_out:
            parameter.hidden = True
        try:
            super().format_options(ctx, formatter)
        finally:
            for parameter in left_out:
                parameter.hidden = False


class Call:
    """What every command gets: its configuration, and whether to answer in JSON."""

    def __init__(self, config: Config, as_json: bool) -> None:
        self.config = config
        self.json = as_json


Function = Callable[..., Any]


def command(
    app: typer.Typer, name: str, *options: str, hidden: bool = False
) -> Callable[[Function], Function]:
    """Make a function ``(call, …)`` the command ``name``, with the table's ``options`` as flags.

    A ``hidden`` one is of an earlier version, and says what takes its place.
    """

    def add(function: Function, run: Function) -> None:
        quiet = set(CLIENT) <= set(options)
        kind, epilog = (QuietCommand, SETTINGS_ELSEWHERE) if quiet else (TyperCommand, None)
        app.command(name, hidden=hidden, cls=kind, epilog=epilog)(run)

    return _decorator(add, options)


def own_command(app: typer.Typer, *options: str) -> Callable[[Function], Function]:
    """As `command`, for what a group of commands does by itself, when none of them is named."""

    def add(function: Function, run: Function) -> None:
        def run_alone(context: typer.Context, **given: Any) -> None:
            if context.invoked_subcommand is None:
                run(**given)
            elif any(value not in (None, False, [], ()) for value in given.values()):
                # They would be lost without a word.
                raise typer.BadParameter(f"options stand behind {context.invoked_subcommand}, not before it")

        context = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
        parameters = [context, *inspect.signature(run).parameters.values()]
        _describe(run_alone, function, parameters)
        app.callback(invoke_without_command=True)(run_alone)

    return _decorator(add, options)


def _decorator(
    add: Callable[[Function, Function], None], options: tuple[str, ...]
) -> Callable[[Function], Function]:

    def decorate(function: Function) -> Function:
        signature = inspect.signature(function, eval_str=True)
        own = list(signature.parameters.values())[1:]

        def run(**given: Any) -> None:
            as_json = given.pop("json_")
            print_config = given.pop("print_config")
            file = given.pop("config_")
            flags = {option: given.pop(_argument(option)) for option in options}
            try:
                config = load(flags, options, file)
                if print_config:
                    shown = config.shown()
                    lines = [f"{key} = {row['value']}  ({row['from']})" for key, row in shown.items()]
                    emit(shown, as_json, *lines)
                    return
                result = function(Call(config, as_json), **given)
                if inspect.isawaitable(result):
                    asyncio.run(_finish(result))
            except Dm3Error as error:
                report(error, as_json)
                raise typer.Exit(exit_code(error)) from None
            except (KeyboardInterrupt, typer.Abort):
                raise typer.Exit(130) from None

        _describe(run, function, [*own, *(_flag(option) for option in options), *_common()])
        add(function, run)
        return function

    return decorate


def _describe(run: Function, function: Function, parameters: list[inspect.Parameter]) -> None:
    """Give ``run`` the name and the help of ``function``, and the parameters that Typer makes flags of."""
    run.__name__ = function.__name__
    run.__doc__ = inspect.getdoc(function)
    run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in parameters]
    )
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}


async def _finish(result: Any) -> None:
    await result


def _argument(option: str) -> str:
    return "option_" + option.replace("-", "_")


def _flag(name: str) -> inspect.Parameter:
    option = TABLE[name]
    told = f"{option.help} [{option.shown_default}]" if option.shown_default else option.help
    flags = [f"--{spelling}" for spelling in (name, option.short) if spelling]
    kind = Optional[list[str]] if option.many else Optional[str]  # noqa: UP045  # Typer reads these
    annotation = Annotated[
        kind,  # type: ignore[valid-type]  # made at run time
        typer.Option(*flags, help=told, rich_help_panel=PANEL),
    ]
    return inspect.Parameter(
        _argument(name), inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation
    )


def _common() -> list[inspect.Parameter]:
    kind = inspect.Parameter.KEYWORD_ONLY
    return [
        inspect.Parameter(
            "config_",
            kind,
            default=None,
            annotation=Annotated[
                Optional[Path],  # noqa: UP045
                typer.Option("--config", help="Configuration file (TOML).", rich_help_panel=PANEL),
            ],
        ),
        inspect.Parameter(
            "print_config",
            kind,
            default=False,
            annotation=Annotated[
                bool,
                typer.Option(
                    "--print-config", help="Show the configuration and stop.", rich_help_panel=PANEL
                ),
            ],
        ),
        inspect.Parameter(
            "json_",
            kind,
            default=False,
            annotation=Annotated[bool, typer.Option("--json", help="Answer in JSON.")],
        ),
    ]
