"""What the documentation says of errors, made from the classes: tree, codes of the wire, reasons."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Final

import dm3
from dm3.base import errors as base
from dm3.base.errors import Dm3Error
from dm3.cli.console.output import exit_code
from dm3.protocol.delivery.rpc_refusals import RpcRefusal, code_of
from dm3.protocol.linking import LinkRefused
from dm3.protocol.linking.refusals import Reason
from dm3.resolver import ccip_route
from dm3.service.answers import status_of

SERVICES: Final = (
    "dm3.delivery",
    "dm3.resolver",
    "dm3.service",
    "dm3.widget",
    "dm3.protocol.delivery.accepting",
    "dm3.protocol.names.claims",
    "dm3.protocol.ens.records",
    "dm3.protocol.delivery.rpc_refusals",
    "dm3.protocol.names.owner_alias",
    "dm3.protocol.wallets.siwe_check",
)
"""Rooms whose errors are answers of a service."""

COMMON: Final = (
    base.InvalidInput,
    base.InvalidName,
    base.MalformedData,
    base.TooLarge,
    base.BadSignature,
    base.CannotOpen,
    base.NotFound,
    base.AlreadyTaken,
    base.Unreachable,
    base.StoreError,
)
"""Errors of the whole house that a service answers as they are."""

# These are answered by routes that say their status themselves.
OWN_STATUS: Final = {"slow-client": 408, "http-405": 405}


def every_error() -> list[tuple[int, type[Dm3Error]]]:
    """All classes with their depth, each below its parent, in the order of their names."""
    for module in pkgutil.walk_packages(dm3.__path__, "dm3."):
        if ".migrations" not in module.name and not f"{module.name}.".startswith("dm3.cli."):
            importlib.import_module(module.name)
    return [(0, Dm3Error), *_below(Dm3Error, 1)]


def _below(kind: type[Dm3Error], depth: int) -> Iterator[tuple[int, type[Dm3Error]]]:
    for child in sorted(kind.__subclasses__(), key=lambda child: child.__name__):
        if child.__module__.startswith("dm3.") and not child.__module__.startswith("dm3.cli."):
            yield depth, child
            yield from _below(child, depth + 1)


def is_answered(kind: type[Dm3Error]) -> bool:
    """Whether a service may answer with it."""
    if kind is RpcRefusal:
        return False  # only what is below it
    return kind in COMMON or any(
        kind.__module__ == room or kind.__module__.startswith(room + ".") for room in SERVICES
    )


def _bare(kind: type[Dm3Error]) -> Dm3Error:
    """An error of the class, whatever its constructor wants to be told."""
    return kind.__new__(kind)


def _status(kind: type[Dm3Error]) -> str:
    usual = OWN_STATUS.get(kind.code) or status_of(_bare(kind))
    there = next((status for one, status in ccip_route._STATUS if issubclass(kind, one)), usual)
    return str(usual) if there == usual else f"{usual}, at the gateway {there}"


def _is_rpc(kind: type[Dm3Error]) -> bool:
    return (
        kind in COMMON or issubclass(kind, RpcRefusal) or kind.__module__ == "dm3.protocol.delivery.accepting"
    )


def _sentence(kind: type[Dm3Error]) -> str:
    return _cell((kind.__doc__ or "").strip().split("\n", 1)[0])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def wire_codes() -> dict[str, type[Dm3Error]]:
    """The codes that a service answers, each with the first class that has it."""
    found: dict[str, type[Dm3Error]] = {}
    for _, kind in every_error():
        if is_answered(kind):
            found.setdefault(kind.code, kind)
    return dict(sorted(found.items()))


def wire_errors() -> str:
    lines = ["| code | HTTP status | meaning |", "| --- | --- | --- |"]
    for code, kind in wire_codes().items():
        number = f" ({int(code_of(_bare(kind)))})" if _is_rpc(kind) else ""
        lines.append(f"| `{code}` | {_status(kind)}{number} | {_sentence(kind)} |")
    return "\n".join(lines) + "\n"


def error_tree() -> str:
    lines = [
        "| error | code | what it says | fault | exit | HTTP | hint |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    shown = set(dm3.__all__)
    for depth, kind in every_error():
        name = f"`dm3.{kind.__name__}`" if kind.__name__ in shown else f"`{kind.__name__}`"
        status = _status(kind) if is_answered(kind) else ""
        lines.append(
            f"| {'· ' * depth}{name} | `{kind.code}` | {_sentence(kind)} | {kind.fault} "
            f"| {exit_code(_bare(kind))} | {status} | {_cell(kind.hint)} |"
        )
    return "\n".join(lines) + "\n"


def link_reasons() -> str:
    lines = ["| reason | what is wrong |", "| --- | --- |"]
    lines += [f"| `{reason}` | {LinkRefused(reason).detail} |" for reason in Reason]
    return "\n".join(lines) + "\n"
