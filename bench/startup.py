"""Starting: how long until a program that uses us runs, beside one that only imports httpx.

The limit is a new interpreter with ``import httpx``, which every client of HTTP waits for. The aims are that
``import dm3`` takes at most 1.8 times and ``dm3 --help`` at most 2.2 times as long.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Final

from .measuring import Measurement, rates
from .reference import ReferenceRates

HTTPX: Final = "import httpx"
HELP: Final = """
import sys
sys.argv = ["dm3", "--help"]
from dm3.cli import main
main()
"""
IMPORT_TIMES, HELP_TIMES = 1.8, 2.2


def imported(seconds: float, _: ReferenceRates | None) -> Measurement:
    """``import dm3``."""
    return _started("import dm3", "import dm3", seconds, 1 / IMPORT_TIMES)


def first_use(seconds: float, _: ReferenceRates | None) -> Measurement:
    """Up to the first use of what a client needs, which is imported then."""
    return _started("import dm3, dm3.connect", "import dm3; dm3.connect", seconds)


def helped(seconds: float, _: ReferenceRates | None) -> Measurement:
    """``dm3 --help``."""
    return _started("dm3 --help", HELP, seconds, 1 / HELP_TIMES)


def inbox_helped(seconds: float, _: ReferenceRates | None) -> Measurement:
    """``dm3 inbox --help``: a command of a client, with everything that it imports."""
    return _started("dm3 inbox --help", HELP.replace('"--help"', '"inbox", "--help"'), seconds)


def _started(work: str, code: str, seconds: float, aim: float | None = None) -> Measurement:
    ours, limit = rates([_interpreter(code), _interpreter(HTTPX)], seconds, round_seconds=1)
    return Measurement(work=work, ours=ours, limit=limit, aim_part_of_limit=aim)


def _interpreter(code: str) -> Callable[[], object]:
    return lambda: subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
