"""Search in texts: an index in memory alone, of which nothing is ever on disk."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Collection
from typing import Final

import structlog
from msgspec import Struct

from dm3.base.errors import Dm3Error
from dm3.client import Conversation, Messenger
from dm3.protocol.messages import Entry

WHOLE: Final = 10_000
"""Up to so many messages a conversation is read in one go, which takes a third of the time."""
READ_AT_ONCE: Final = 2_000
"""Messages that are read at a time of longer ones."""
KEPT_AT_ONCE: Final = 250
"""Entries that are taken in at a time, so that pages are answered meanwhile."""
OVERLAP: Final = 20
"""How many more than what has come are read anew: what comes late stands before others."""

Place = tuple[str, str]
"""A conversation: our profile, and the name by which the peer is known best."""

log = structlog.get_logger("dm3.messenger")


class Hit(Struct, frozen=True):
    """An entry that was found: in whose conversation with whom, its hash, when (milliseconds), its text."""

    profile: str
    peer: str
    hash: str
    at: int
    text: str


class _Read(Struct, frozen=True):
    """What was taken in of a conversation: its number here, and how it stood then."""

    number: int
    messages: int
    last_at: int


class SearchIndex:
    """The texts of all conversations. `keep_up` takes them in: once from the beginning, then what is new."""

    def __init__(self) -> None:
        self._database = sqlite3.connect(":memory:")
        for step in (
            "PRAGMA temp_store = MEMORY",
            "CREATE TABLE line (id INTEGER PRIMARY KEY, place INTEGER, hash TEXT, at INTEGER, text TEXT)",
            "CREATE UNIQUE INDEX line_hash ON line (place, hash)",
            "CREATE VIRTUAL TABLE word USING fts5 (text, content = 'line', content_rowid = 'id')",
        ):
            self._database.execute(step)
        self._read: dict[Place, _Read] = {}
        self._anew: set[Place] = set()
        self._wanted = asyncio.Event()
        self._settled = asyncio.Event()
        self._next_id = 1
        self.left = 0
        """How many conversations are not taken in as they stand now, as far as was looked."""
        self.unreadable = 0
        """How many could not be read when that was last tried."""

    def close(self) -> None:
        """Forget everything."""
        self._database.close()

    def forget(self, profile: str, peer: str) -> None:
        """Have a conversation be read anew from its beginning: something before its end has changed."""
        self._anew.add((profile, peer))

    async def keep_up(self, messenger: Messenger) -> None:
        """Take in all conversations, then, whenever that is wanted, what has changed since; without end."""
        self._wanted.set()
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                await self._take_in(messenger)
            except Dm3Error as error:
                log.warning("conversations cannot be read for the search now", reason=error.code)
            if not self._wanted.is_set():
                self._settled.set()

    async def settle(self, within: float) -> bool:
        """Wait ``within`` seconds at most until everything is taken in; False where it takes longer."""
        self._settled.clear()
        self._wanted.set()
        try:
            async with asyncio.timeout(within):
                await self._settled.wait()
        except TimeoutError:
            return False
        return True

    def find(self, words: str, places: Collection[Place], most: int = 100) -> list[Hit]:
        """The newest entries in these conversations that have all ``words``, or their beginnings."""
        terms = ['"' + word.replace('"', '""').replace("\0", "") + '"*' for word in words.split()[:20]]
        wanted = {self._read[place].number: place for place in places if place in self._read}
        if not terms:
            return []
        rows = self._database.execute(
            "SELECT line.place, line.hash, line.at, line.text FROM word JOIN line ON line.id = word.rowid"
            " WHERE word MATCH ? AND line.place IN (SELECT value FROM json_each(?))"
            " ORDER BY line.at DESC LIMIT ?",
            (" ".join(terms), json.dumps(list(wanted)), most),
        )
        return [Hit(*wanted[number], hash, at, text) for number, hash, at, text in rows]

    async def _take_in(self, messenger: Messenger) -> None:
        heads = await messenger.inbox()
        stale = [head for head in heads if self._is_stale(head)]
        self.left, unreadable = len(stale), 0
        for head in stale:
            try:
                await self._take(messenger, head)
            except BaseException as error:
                self._anew.add((head.profile, head.peer))
                if not isinstance(error, Dm3Error):
                    raise
                # of this conversation alone: the others are found
                log.warning("a conversation cannot be read for the search now", reason=error.code)
                unreadable += 1
            self.left -= 1
        self.unreadable = unreadable

    def _is_stale(self, head: Conversation) -> bool:
        read = self._read.get((head.profile, head.peer))
        if read is None or self._anew & {(head.profile, name) for name in head.names}:
            return True
        return (read.messages, read.last_at) != (head.messages, head.last_at)

    async def _take(self, messenger: Messenger, head: Conversation) -> None:
        place, meant = (head.profile, head.peer), {(head.profile, name) for name in head.names}
        read = self._read.get(place)
        new = head.messages - read.messages if read else 0
        whole = read is None or new < 0 or bool(self._anew & meant)
        self._anew -= meant
        number = read.number if read else len(self._read)
        self._read[place] = _Read(number, head.messages, head.last_at)
        if whole:
            self._remove(number)
        left, before = head.messages if whole else new + OVERLAP, None
        while left > 0:
            newest = None if whole and left <= WHOLE and before is None else min(left, READ_AT_ONCE)
            page = await messenger.timeline(head.peer, profile=head.profile, newest=newest, before=before)
            for start in range(0, len(page.entries), KEPT_AT_ONCE):
                self._keep(number, page.entries[start : start + KEPT_AT_ONCE])
                await asyncio.sleep(0)
            if newest is None or not page.entries:
                break
            left, before = left - len(page.entries), page.entries[0].hash

    def _remove(self, number: int) -> None:
        with self._database:
            self._database.execute(
                "INSERT INTO word (word, rowid, text) SELECT 'delete', id, text FROM line WHERE place = ?",
                (number,),
            )
            self._database.execute("DELETE FROM line WHERE place = ?", (number,))

    def _keep(self, number: int, entries: Collection[Entry]) -> None:
        """Take these entries in, in the place of what was kept of them before."""
        asked = (number, json.dumps([entry.hash for entry in entries]))
        rows = self._database.execute(
            "SELECT hash, id, text FROM line WHERE place = ? AND hash IN (SELECT value FROM json_each(?))",
            asked,
        )
        known = {hash: (id, text) for hash, id, text in rows}
        changed = [entry for entry in entries if known.get(entry.hash, (0, None))[1] != entry.content]
        former = [known[entry.hash] for entry in changed if entry.hash in known]
        new = [entry for entry in changed if entry.content and not entry.deleted]
        ids = range(self._next_id, self._next_id + len(new))
        self._next_id += len(new)
        with self._database:
            self._database.executemany("INSERT INTO word (word, rowid, text) VALUES ('delete', ?, ?)", former)
            self._database.executemany("DELETE FROM line WHERE id = ?", [one[:1] for one in former])
            self._database.executemany(
                "INSERT INTO line (id, place, hash, at, text) VALUES (?, ?, ?, ?, ?)",
                [(id, number, one.hash, one.at, one.content) for id, one in zip(ids, new, strict=True)],
            )
            self._database.executemany(
                "INSERT INTO word (rowid, text) VALUES (?, ?)",
                [(id, one.content) for id, one in zip(ids, new, strict=True)],
            )
