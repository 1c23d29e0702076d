"""Search in names and texts: an index in memory alone, of which nothing is ever on disk."""

from __future__ import annotations

import sqlite3

from msgspec import Struct

from dm3.client import Conversation, Messenger


class Hit(Struct, frozen=True):
    """An entry that was found: in whose conversation with whom, its hash, when (milliseconds), its text."""

    profile: str
    peer: str
    hash: str
    at: int
    text: str


class SearchIndex:
    """The texts of all shown conversations. Each is taken in when first searched, and again when changed."""

    def __init__(self) -> None:
        self._database = sqlite3.connect(":memory:")
        self._database.execute("PRAGMA temp_store = MEMORY")
        self._database.execute(
            "CREATE VIRTUAL TABLE entry USING fts5"
            "(text, profile UNINDEXED, peer UNINDEXED, hash UNINDEXED, at UNINDEXED)"
        )
        self._fresh: set[tuple[str, str]] = set()

    def close(self) -> None:
        """Forget everything."""
        self._database.close()

    def forget(self, profile: str, peer: str) -> None:
        """Take the conversation in again when it is next searched: something in it has changed."""
        self._fresh.discard((profile, peer))

    def forget_all(self) -> None:
        """Take all conversations in again."""
        self._fresh.clear()

    async def take_in(self, messenger: Messenger, heads: list[Conversation]) -> None:
        """Take in what is not there yet."""
        for head in heads:
            place = (head.profile, head.peer)
            if place not in self._fresh:
                self._fresh.add(place)
                shown = await messenger.timeline(head.peer, profile=head.profile)
                self._database.execute("DELETE FROM entry WHERE profile = ? AND peer = ?", place)
                self._database.executemany(
                    "INSERT INTO entry VALUES (?, ?, ?, ?, ?)",
                    [(one.content, *place, one.hash, one.at) for one in shown.entries if one.content],
                )

    def find(self, words: str, places: set[tuple[str, str]], most: int = 100) -> list[Hit]:
        """The newest entries in these conversations that have all ``words``, or their beginnings."""
        terms = ['"' + word.replace('"', '""').replace("\0", "") + '"*' for word in words.split()[:20]]
        if not terms:
            return []
        rows = self._database.execute(
            "SELECT profile, peer, hash, at, text FROM entry WHERE entry MATCH ? ORDER BY at DESC",
            (" ".join(terms),),
        )
        found: list[Hit] = []
        for profile, peer, hash_, at, text in rows:
            if (profile, peer) in places:
                found.append(Hit(profile, peer, hash_, at, text))
                if len(found) == most:
                    break
        return found
