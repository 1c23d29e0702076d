"""``python -m bench.stress [CASE …]``: each against a ``dm3 up`` of its own, with figures."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from .case import Outcome, Scene
from .clocks import CLOCK_CASES
from .connections import CONNECTION_CASES
from .floods import FLOOD_CASES
from .site import Site

CASES: Final[dict[str, Callable[[Scene], Awaitable[Outcome]]]] = {
    case.__name__.replace("_", "-"): case for case in (*CONNECTION_CASES, *FLOOD_CASES, *CLOCK_CASES)
}
MOST_SECONDS: Final = 60.0
"""How long a case may take."""


def main(names: list[str]) -> int:
    """Run the cases named, or all; returns the exit code."""
    unknown = [name for name in names if name not in CASES]
    if unknown:
        print(f"no such case: {unknown[0]}; there are {', '.join(CASES)}", file=sys.stderr)
        return 2
    held = [asyncio.run(_run(name)) for name in names or CASES]
    return 0 if all(held) else 1


async def _run(name: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        scene = await Scene.start(Site(Path(folder)))
        begun = time.monotonic()
        try:
            outcome = await CASES[name](scene)
        finally:
            scene.stop()
    seconds = time.monotonic() - begun
    held = outcome.held and seconds <= MOST_SECONDS
    print(f"{name}: {'held' if held else 'FAILED'}, {outcome.told} ({seconds:.0f} s)", flush=True)
    return held


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
