"""The parts of the documentation that are made from the code. `make docs` writes them anew.

A part stands between `<!-- generated: NAME -->` and `<!-- /generated -->`.
"""

import re
import sys
from pathlib import Path
from typing import Any

import typer

from dm3.cli.config.options import TABLE
from dm3.cli.main import app
from dm3.crypto import Entropy, ProfileKeys, seed_from
from dm3.delivery import DeliveryService, DeliverySettings
from dm3.net import Directory
from dm3.protocol.delivery.rpc_refusals import SENTENCES
from dm3.protocol.linking import TABLES
from dm3.resolver import DomainSettings, Resolver, ResolverSettings
from dm3.store import Database
from dm3.testing import StaticNames
from tests.habits.generated_errors import error_tree, link_reasons, wire_errors
from tests.habits.generated_limits import delivery_limits, limits
from tests.habits.generated_sdk import sdk
from tools.house import table as house

GATEWAY = [
    ("GET", "/{sender}/{data}", "CCIP-Read (ERC-3668); also with .json, and below /ccip"),
    ("POST", "/", "CCIP-Read with {sender, data} as JSON; also /{sender}, and below /ccip"),
]
ROOT = Path(__file__).parents[2]
PART = re.compile(r"(<!-- generated: ([\w-]+) -->\n).*?(<!-- /generated -->)", re.DOTALL)


def states() -> str:
    titles = {
        "request": "A request at the main profile",
        "link": "A link at the main profile",
        "asking": "The linked profile's side",
        "recovery": "A device that recovers",
    }
    return "\n".join(f"### {titles[table.name]}\n\n```mermaid\n{table.mermaid()}\n```\n" for table in TABLES)


def options() -> str:
    lines = ["| option | what for | default |", "| --- | --- | --- |"]
    for option in TABLE.values():
        shown = "the user's data folder" if option.name == "data-dir" else option.shown_default
        value = f"`{shown}`" if shown else ""
        lines.append(f"| `{option.name}` · `{option.variable}` | {option.help} | {value} |")
    return "\n".join(lines) + "\n"


def commands() -> str:
    lines = ["| command | what it does |", "| --- | --- |"]
    lines += [f"| `{name}` | {told} |" for name, told in _walk("dm3", typer.main.get_command(app))]
    return "\n".join(lines) + "\n"


def _walk(name: str, command: Any) -> list[tuple[str, str]]:
    inner = getattr(command, "commands", None)
    parts = list((inner or {}).items())
    if name != "dm3":  # the commands of a group stand in the order in which its modules happen to be imported
        parts.sort(key=lambda part: part[0])
    below = [found for part, child in parts for found in _walk(f"{name} {part}", child)]
    # A group may do something by itself; that of `dm3` is only to show its version.
    alone = inner is None or (command.invoke_without_command and name != "dm3")
    return [(name, (command.help or "").strip().split("\n", 1)[0]), *below] if alone else below


def services() -> tuple[DeliveryService, Resolver]:
    """Both services, over databases that are empty and never opened."""
    directory = Directory(StaticNames())
    mail, names = Database.open("sqlite://", "delivery"), Database.open("sqlite://", "resolver")
    keys = ProfileKeys.from_seed(seed_from(Entropy(bytes(range(32)))))
    delivery = DeliveryService(DeliverySettings(name="ds.example.eth"), keys, directory, mail)
    return delivery, Resolver(ResolverSettings(domains=(DomainSettings(name="example.eth"),)), names)


def endpoints() -> str:
    delivery, resolver = services()
    parts = []
    for title, routes, extra in (
        ("Delivery service", delivery.app.routes, [("POST", "/rpc", "JSON-RPC 2.0")]),
        ("Off-chain resolver", resolver.app.routes, [*GATEWAY]),
    ):
        lines = [f"### {title}", "", "| method | path | what |", "| --- | --- | --- |"]
        for path, item in routes.openapi_schema.to_schema()["paths"].items():
            extra += [(method.upper(), path, told.get("summary", "")) for method, told in item.items()]
        lines += [f"| `{method}` | `{path}` | {told} |" for method, path, told in extra]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def rpc_codes() -> str:
    lines = ["| code | meaning |", "| --- | --- |"]
    return "\n".join([*lines, *(f"| {int(code)} | {told} |" for code, told in SENTENCES.items())]) + "\n"


MAKERS = {
    "states": states,
    "options": options,
    "commands": commands,
    "endpoints": endpoints,
    "rpc-codes": rpc_codes,
    "sdk": sdk,
    "wire-errors": wire_errors,
    "link-reasons": link_reasons,
    "errors": error_tree,
    "limits": limits,
    "delivery-limits": delivery_limits,
    "house": house,
}
COUNTED = "house"
"""Changes with every new file, so it has a test of its own: `test_figures.py`."""


def renewed(text: str, *, but: str = "") -> str:
    """``text`` with its generated parts made anew, save the one of name ``but``."""
    return PART.sub(
        lambda found: found[0] if found[2] == but else found[1] + MAKERS[found[2]]() + found[3], text
    )


def pages() -> list[Path]:
    return sorted((ROOT / "docs").glob("*.md"))


if __name__ == "__main__":
    for page in pages():
        page.write_text(renewed(page.read_text(encoding="utf-8")), encoding="utf-8")
        sys.stderr.write(f"{page.name}\n")
