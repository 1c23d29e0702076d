"""The clock of a delivery service beside what its store has seen (`dm3.service.store_clock`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from dm3.service import DAY, PLAUSIBLE_GAP, WAIT, Observed, observe
from dm3.service import StoreClock as _StoreClock
from dm3.store import Database
from dm3.store.delivery import STATE, last_visit

__all__: Final = ["DAY", "PLAUSIBLE_GAP", "WAIT", "Observed", "StoreClock", "observe"]


class StoreClock(_StoreClock):
    """``clock`` gives UNIX seconds. In data of earlier versions, readers' visits tell when it was in use."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        super().__init__(database, clock, STATE, last_visit)
