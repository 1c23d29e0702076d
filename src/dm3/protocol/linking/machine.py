"""Transition tables: what the state diagrams in the documentation are drawn from.

A table says, for a state and an event, which state follows and which effects are to be carried out. It
decides nothing else: which event something is was decided by the checks.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Generic, TypeVar

from msgspec import Struct

from dm3.base.errors import LocalProtocolError

S = TypeVar("S", bound=StrEnum)
E = TypeVar("E", bound=StrEnum)
F = TypeVar("F", bound=StrEnum)


class Row(Struct, Generic[S, E, F], frozen=True):
    """In ``state``, after ``event``: go to ``next`` and carry out ``effects`` in order."""

    state: S
    event: E
    next: S
    effects: tuple[F, ...]


class Table(Generic[S, E, F]):
    """A named transition table with at most one row for each state and event."""

    def __init__(
        self, name: str, start: S, rows: Sequence[tuple[S, E, S] | tuple[S, E, S, tuple[F, ...]]]
    ) -> None:
        self.name = name
        self.start = start
        self.rows: tuple[Row[S, E, F], ...] = tuple(
            Row(row[0], row[1], row[2], row[3] if len(row) == 4 else ()) for row in rows
        )
        self._index = {(row.state, row.event): row for row in self.rows}
        if len(self._index) != len(self.rows):
            raise ValueError(f"the table {name} answers one event twice")

    def step(self, state: S, event: E) -> Row[S, E, F]:
        """The row for ``event`` in ``state``. Raises `LocalProtocolError` when there is none."""
        row = self._index.get((state, event))
        if row is None:
            raise LocalProtocolError(f"{self.name}: {event} cannot happen in state {state}")
        return row

    def allows(self, state: S, event: E) -> bool:
        """Whether ``event`` can happen in ``state``."""
        return (state, event) in self._index

    def mermaid(self) -> str:
        """The table as a Mermaid state diagram."""
        lines = ["stateDiagram-v2", f"    [*] --> {_identifier(self.start)}"]
        for row in self.rows:
            effects = f" / {', '.join(row.effects)}" if row.effects else ""
            arrow = f"{_identifier(row.state)} --> {_identifier(row.next)}"
            lines.append(f"    {arrow}: {row.event}{effects}")
        return "\n".join(lines)


def _identifier(state: StrEnum) -> str:
    return state.replace("-", "_")
