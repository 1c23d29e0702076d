"""A delivery service with its usual limits, whose clock is so many days ahead: ``FOLDER DAYS``."""

from __future__ import annotations

import logging
import sys
import time
from pathlib import Path

import structlog

DAY = 86_400


def main(folder: Path, days: int) -> None:
    """Serve until standard input ends."""
    real, ahead = time.time, days * DAY
    time.time = lambda: real() + ahead
    # Afterwards, since what is imported takes the clock that it finds.
    from bench.delivery_process import SERVICE, serve
    from dm3.delivery import DeliverySettings
    from dm3.service import run

    # Standard output is for the URL.
    structlog.configure(
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
    )
    run(serve(folder, DeliverySettings(name=SERVICE)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
