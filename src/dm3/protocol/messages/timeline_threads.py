"""Threads: which entry of a timeline answers which (specification 2.6)."""

from __future__ import annotations

from dm3.model import MessageType

from .timeline_messages import TimelineMessage


class Threads:
    """Which entry answers which: ``first`` and ``depth`` of each. Circles are cut at their earliest entry."""

    def __init__(self, shown: list[TimelineMessage], owner: dict[str, str]) -> None:
        here = {message.hash: message for message in shown}
        self._above: dict[str, str] = {}
        for message in shown:
            if message.type == MessageType.REPLY and message.reference:
                found = owner.get(message.reference, message.reference)
                if found in here and found != message.hash:
                    self._above[message.hash] = found
        self.first: dict[str, str] = {}
        self.depth: dict[str, int] = {}
        for message in shown:
            self._place(message.hash, here)

    def above(self, message: TimelineMessage) -> str | None:
        """The entry that ``message`` answers; None where there is none, or a circle was cut."""
        return self._above.get(message.hash)

    def _place(self, hash: str, here: dict[str, TimelineMessage]) -> None:
        way: dict[str, None] = {}
        while hash not in self.first and hash not in way and hash in self._above:
            way[hash] = None
            hash = self._above[hash]
        if hash in way:
            steps = list(way)
            circle = steps[steps.index(hash) :]
            start = min(circle, key=lambda member: here[member].place)
            del self._above[start]
            self._place(steps[0], here)
            return
        if hash not in self.first:
            self.first[hash], self.depth[hash] = hash, 0
        for step in reversed(way):
            above = self._above[step]
            self.first[step], self.depth[step] = self.first[above], self.depth[above] + 1
