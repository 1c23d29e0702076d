"""``python -m bench.stress [CASE …]``: each against a service of its own, with figures."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from bench.http_load import server_process
from bench.people import make_people

from .case import Outcome, Scene
from .connections import CONNECTION_CASES
from .floods import FLOOD_CASES

PROCESS: Final = "bench.delivery_process"

CASES: Final[dict[str, Callable[[Scene], Awaitable[Outcome]]]] = {
    case.__name__.replace("_", "-"): case for case in (*CONNECTION_CASES, *FLOOD_CASES)
}


def main(names: list[str]) -> int:
    """Run the cases named, or all; returns the exit code."""
    unknown = [name for name in names if name not in CASES]
    if unknown:
        print(f"no such case: {unknown[0]}; there are {', '.join(CASES)}", file=sys.stderr)
        return 2
    held = [_run(name) for name in names or CASES]
    return 0 if all(held) else 1


def _run(name: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        people = make_people(Path(folder), 1)
        with server_process(PROCESS, folder) as server:
            begun = time.monotonic()
            outcome = asyncio.run(_case(name, Scene(server, people[0])))
        seconds = time.monotonic() - begun
    print(f"{name}: {'held' if outcome.held else 'FAILED'}, {outcome.told} ({seconds:.0f} s)", flush=True)
    return outcome.held


async def _case(name: str, scene: Scene) -> Outcome:
    return await CASES[name](scene)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
