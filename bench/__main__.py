"""``python -m bench``: measure, and print ratios against the reference, the limit and the aims."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.table import Table

from tests.browser.chromium import chromium_path
from tests.interop.reference_peer import ReferenceUnavailable

from . import chat, client_core, delivery, mailboxes, messenger, resolver, startup, timelines, writer
from .measuring import Measurement
from .reference import ReferenceRates, reference_rates

MIN_REFERENCE_SECONDS: Final = 2.0
BUSY: Final = 1.5
WIDTH: Final = 180
HEADINGS: Final = (
    "ours",
    "aim",
    "p50",
    "p99",
    "memory",
    "writer held",
    "reference",
    "× reference",
    "aim",
    "limit",
    "part of limit",
    "aim",
)

Benchmark = Callable[[float, ReferenceRates | None], Measurement]

BENCHMARKS: Final[dict[str, Benchmark]] = {
    "create": client_core.create_message,
    "open": client_core.open_message,
    "open-both": client_core.open_and_check_postmark,
    "accept": delivery.accepted,
    "acknowledge": mailboxes.acknowledged,
    "fetch": mailboxes.fetched,
    "expire": writer.beside_expiry,
    "follow": writer.beside_moving,
    "ccip": resolver.signed_answers,
    "claim": resolver.address_claims,
    "import": startup.imported,
    "first-use": startup.first_use,
    "help": startup.helped,
    "inbox-help": startup.inbox_helped,
    "timeline": timelines.newest_page,
    "inbox": timelines.last_lines,
    "messenger-inbox": messenger.inbox_page,
    "messenger-news": messenger.news,
    "messenger-search": messenger.search,
    "chat-open": chat.chat_open,
    "chat-seal": chat.chat_seal,
    "chat-scroll": chat.chat_scroll,
    "chat-type": chat.chat_type,
}

IN_A_BROWSER: Final = frozenset(name for name in BENCHMARKS if name.startswith(("chat-", "messenger-")))
"""What takes Chromium, and longer than the rest."""


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure rates and print them as ratios: of the reference, and of the limit, which"
        " is the same library work without our code.",
        epilog="example: python -m bench create open --seconds 5 --json",
    )
    parser.add_argument("names", nargs="*", help=f"what to measure: {', '.join(BENCHMARKS)} (all)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    parser.add_argument("--seconds", type=float, default=3.0, help="time for each figure (3)")
    parser.add_argument("--no-reference", action="store_true", help="leave out the npm libraries")
    arguments = parser.parse_args(given)
    unknown = [name for name in arguments.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    if not arguments.seconds > 0:
        parser.error("--seconds must be more than 0")
    return arguments


def main(given: Sequence[str] | None = None) -> int:
    """Run the benchmarks that were asked for; returns the exit status."""
    arguments = _arguments(given)
    remarks = Console(stderr=True)
    reference = None
    if not arguments.no_reference:
        try:
            with remarks.status("measuring the reference …"):
                seconds = max(arguments.seconds, MIN_REFERENCE_SECONDS)
                reference = reference_rates(client_core.CONTENT, seconds)
        except ReferenceUnavailable as error:
            remarks.print(f"without the reference: {error}", style="yellow", markup=False)
    # Ours and the limit take turns, but the reference runs by itself: a busy machine favours nobody
    # in the first ratio and anybody in the second.
    if _load() > BUSY:
        remarks.print("this machine is busy; the ratios are uncertain", style="yellow")
    found: dict[str, Measurement] = {}
    for name in arguments.names or BENCHMARKS:
        if name in IN_A_BROWSER and chromium_path() is None:
            remarks.print(f"without {name}: there is no Chromium (apt-get install chromium)", style="yellow")
            continue
        with remarks.status(f"measuring {name} …"):
            found[name] = BENCHMARKS[name](arguments.seconds, reference)
    if arguments.json:
        print(json.dumps(_as_json(found), indent=2))
    else:
        # In a file or a pipe nothing says how wide it may be.
        Console(width=None if sys.stdout.isatty() else WIDTH).print(_as_table(found))
    return 0


def _load() -> float:
    """Processes that want to run, one of which is this one; 0 where the system does not say."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def _as_json(found: dict[str, Measurement]) -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "load": _load(),
        "results": {
            name: {
                **msgspec.to_builtins(measured),
                "times_aim": measured.times_aim,
                "times_reference": measured.times_reference,
                "part_of_limit": measured.part_of_limit,
            }
            for name, measured in found.items()
        },
    }


def _as_table(found: dict[str, Measurement]) -> Table:
    table = Table(title=f"per second, Python {platform.python_version()}", title_justify="left")
    table.add_column("work")
    for heading in HEADINGS:
        table.add_column(heading, justify="right")
    for measured in found.values():
        table.add_row(
            measured.work,
            _judged(measured.ours, measured.aim, ",.0f"),
            _shown(measured.aim, ",.0f", "≥ "),
            _shown(measured.p50, ".1f", scale=1000, unit=" ms"),
            _shown(measured.p99, ".1f", scale=1000, unit=" ms"),
            _shown(measured.memory, ".0f", unit=" MB"),
            _shown(measured.held, ".1f", scale=1000, unit=" ms"),
            _shown(measured.reference, ",.0f"),
            _judged(measured.times_reference, measured.aim_times_reference, ".1f"),
            _shown(measured.aim_times_reference, "g", "≥ "),
            _shown(measured.limit, ",.0f"),
            _judged(measured.part_of_limit, measured.aim_part_of_limit, ".0%"),
            _shown(measured.aim_part_of_limit, ".0%", "≥ "),
        )
    return table


def _shown(value: float | None, form: str, before: str = "", *, scale: float = 1, unit: str = "") -> str:
    return "–" if value is None else f"{before}{value * scale:{form}}{unit}"


def _judged(value: float | None, aim: float | None, form: str) -> str:
    shown = _shown(value, form)
    if value is None or aim is None:
        return shown
    return f"[{'green' if value >= aim else 'red'}]{shown}[/]"


if __name__ == "__main__":
    sys.exit(main())
