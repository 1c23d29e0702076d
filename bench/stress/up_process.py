"""``python -m bench.stress.up_process DAYS …``: ``dm3 …`` with a clock that is so many days off.

SIGUSR1 sets it right.
"""

from __future__ import annotations

import signal
import sys
import time

DAY = 86_400


def main(days: int) -> None:
    """Run the command line with the arguments that follow."""
    real, off = time.time, days * DAY
    time.time = lambda: real() + off

    def set_right(*_: object) -> None:
        nonlocal off
        off = 0

    signal.signal(signal.SIGUSR1, set_right)
    # Afterwards, since what is imported takes the clock that it finds.
    from dm3.cli import main as dm3

    dm3()


if __name__ == "__main__":
    main(int(sys.argv.pop(1)))
