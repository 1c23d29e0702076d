"""What is wrong with a board, told at start, in the log and by ``/health``: the truth, not "ok"."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from dm3.base.errors import Dm3Error
from dm3.service import StoreClock, Trouble, clock_troubles, former_name
from dm3.store import Database
from dm3.store.board import STATE

log = structlog.get_logger("dm3.board")


class Condition:
    """What ``/health`` of a board tells; ``errors`` gives what keeps statements from being read."""

    def __init__(
        self, name: str, database: Database, clock: StoreClock, errors: Callable[[], Sequence[Dm3Error]]
    ) -> None:
        self._name = name
        self._database = database
        self._clock = clock
        self._errors = errors
        self._renamed: Trouble | None = None

    def troubles(self) -> tuple[Trouble, ...]:
        """What is wrong now."""
        told = clock_troubles(
            self._clock,
            jumped="Nothing is deleted, and statements that seem to be old wait",
            set_back="Statements that come now get wrong times",
            unwritable="The store cannot be written, and no statement is taken in",
        )
        if self._renamed is not None:
            told = (self._renamed, *told)
        errors = self._errors()
        if not errors:
            return told
        return (*told, Trouble("statements-not-read", f"New statements cannot be picked up now: {errors[0]}"))

    async def compare_name(self) -> None:
        """Remark on statements that were made to a board of another name. Raises `StoreError`."""
        before = await former_name(self._database, STATE, self._name, self._clock)
        if before is not None:
            self._renamed = Trouble(
                "another-name",
                f"These statements were made to {before}, and the board is {self._name} now: whoever reads "
                "them believes none of them. Serve the former name, or begin in another folder.",
            )
            log.warning(self._renamed.sentence)
