"""One SQL database: many readers, and one writer that commits together what arrives together.

Work is handed over as plain functions of a SQLAlchemy connection. The writer thread collects what is
waiting, runs it in one transaction and answers after the commit, never before (*group commit*): one
fsync serves all of them, and what was answered with success survives ``kill -9``.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, Self, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from dm3.base.errors import StoreError

from . import opened_engine
from .changes import Changes
from .database_faults import explained
from .migrate import migrate
from .opened_engine import READERS, WRITER, open_engine

T = TypeVar("T")

CLOSED: Final = "It was closed by this program. Open it again."
MAX_BATCH: Final = 512
FOLDED_AFTER: Final = 64
"""Transactions after which what the write-ahead log holds is taken into the file, beside the writer."""
FOLDED_SECONDS: Final = 1.0
"""The least time from one such to the next."""
BRIEFLY_MS: Final = 20
"""How long the writer may be kept from its work while the log is emptied."""
HELD_SECONDS: Final = 2.0
"""For how long what need not be kept waits for another program that holds the database."""
_LOOK: Final = 0.1

Work = Callable[[Connection], Any]


class Database:
    """An open database of one of our schemas: ``delivery``, ``resolver`` or ``vault``.

    Work functions touch nothing but their connection: the writer may run one again, alone, when another
    of its batch failed. Expected outcomes are return values; an exception undoes that work only.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._in_memory = isinstance(engine.pool, StaticPool)
        self._queue: queue.SimpleQueue[tuple[Work, Future[Any]] | None] = queue.SimpleQueue()
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="dm3-read")
        self._writer = threading.Thread(target=self._write_loop, name=WRITER, daemon=True)
        self._writer.start()
        self._changes = Changes(engine)
        self._closed = False
        self._kept_out_since: float | None = None
        self._unfolded = 0
        self._folded_at = 0.0
        self._folding: Future[None] | None = None

    @classmethod
    def open(cls, url: str, schema: str) -> Self:
        """Open (and create or upgrade) the database at a SQLAlchemy ``url``.

        ``sqlite://`` keeps it in memory. Raises `StoreError` when it cannot be opened, its schema is
        newer than this program, or an upgrade fails.
        """
        engine = open_engine(url, erasing=schema == "vault")
        try:
            migrate(engine, schema)
        except DBAPIError as error:
            engine.dispose()
            raise explained(error, f"{engine.url.render_as_string()}: ") from None
        except StoreError:
            engine.dispose()
            raise
        return cls(engine)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` in a transaction; returns its result once the transaction is durable."""
        return await self._hand_over(work)

    async def _hand_over(
        self, work: Callable[[Connection], T], ended: Callable[[Future[T]], None] | None = None
    ) -> T:
        if self._closed:
            raise StoreError("the database is closed", hint=CLOSED)
        done: Future[T] = Future()
        if ended is not None:
            done.add_done_callback(ended)
        self._queue.put((work, done))
        return await asyncio.wrap_future(done)

    async def write_timed(self, work: Callable[[Connection], T]) -> tuple[T, float]:
        """Like `write`; also for how long the writer was held: seconds from its start to its commit."""
        begun = over = 0.0

        def started(connection: Connection) -> T:
            nonlocal begun
            begun = time.perf_counter()
            return work(connection)

        def ended(_: Future[T]) -> None:  # called by the writer itself, before it goes on
            nonlocal over
            over = time.perf_counter()

        result = await self._hand_over(started, ended)
        return result, over - begun

    async def write_unless_held(self, work: Callable[[Connection], T]) -> T:
        """Like `write`, for what need not be kept: nobody waits for another program that holds the database.

        Raises `StoreError` then, after two seconds or at once; the work may be done later all the same.
        """
        writing: asyncio.Future[T] | None = None
        try:
            while self.kept_out() < HELD_SECONDS:
                writing = writing or asyncio.ensure_future(self.write(work))
                await asyncio.wait({writing}, timeout=_LOOK)
                if writing.done():
                    return writing.result()
        finally:
            if writing is not None:
                writing.cancel()
        raise StoreError("another program holds the database")

    def kept_out(self) -> float:
        """For how many seconds the writer has tried in vain to begin; 0.0 once it has begun.

        So another program that holds the database is noticed while what is to be written still waits.
        """
        since = self._kept_out_since
        return 0.0 if since is None else time.monotonic() - since

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run ``work``, which changes nothing, on a connection of its own."""
        if self._closed:
            raise StoreError("the database is closed", hint=CLOSED)
        if self._in_memory:  # its one connection belongs to the writer
            return await self.write(work)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, self._read, work)

    @property
    def file(self) -> Path | None:
        """The file that it is in; None for one in memory or on a server."""
        path = self._engine.url.database
        kept = self._engine.dialect.name == "sqlite" and not self._in_memory and path
        return Path(str(path)) if kept else None

    async def fold_in(self, *, patiently: bool = False) -> bool:
        """Take what the write-ahead log holds into the database and empty it; False while others hold it.

        The most of it is done beside the writer; emptying keeps it from its work, so that is done only where
        nothing is left to take in. ``patiently``: also otherwise, and others are waited for (10 s, in which
        nothing can be written).
        """
        if self.file is None:
            return True
        return await asyncio.to_thread(self._fold_in, patiently)

    def _fold_in(self, patiently: bool) -> bool:
        raw = self._engine.raw_connection()
        try:
            cursor = raw.cursor()
            _, held, taken_in = cursor.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            if held != taken_in and not patiently:
                return False
            cursor.execute(
                f"PRAGMA busy_timeout = {opened_engine.BUSY_TIMEOUT_MS if patiently else BRIEFLY_MS}"
            )
            try:
                told = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                cursor.execute(f"PRAGMA busy_timeout = {opened_engine.BUSY_TIMEOUT_MS}")
            return told is not None and told[0] == 0
        except sqlite3.OperationalError:  # its log cannot be got at, as on a full disk
            return False
        finally:
            raw.close()

    def _fold_beside(self) -> None:
        """Have the log taken in by another thread now and then: it holds nobody."""
        self._unfolded += 1
        now = time.monotonic()
        if (
            self.file is None
            or self._unfolded < FOLDED_AFTER
            or now - self._folded_at < FOLDED_SECONDS
            or not (self._folding is None or self._folding.done())
        ):
            return
        self._unfolded, self._folded_at = 0, now
        self._folding = self._readers.submit(self._take_in)

    def _take_in(self) -> None:
        with contextlib.suppress(sqlite3.Error), contextlib.closing(self._engine.raw_connection()) as raw:
            raw.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    async def changed(self) -> bool:
        """Whether anybody, in any process, may have committed something since the last call.

        Cheap where the answer is no. For one asker. Raises `StoreError`.
        """
        if self._closed:
            raise StoreError("the database is closed", hint=CLOSED)
        if self._in_memory:  # nobody else sees it, and its one connection belongs to the writer
            return True
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._changes.any)

    async def close(self) -> None:
        """Finish what was handed over and close."""
        if self._closed:
            return
        self._closed = True
        self._queue.put(None)
        await asyncio.to_thread(self._writer.join)
        await asyncio.to_thread(self._readers.shutdown)
        self._changes.close()
        self._engine.dispose()

    def _read(self, work: Callable[[Connection], T]) -> T:
        try:
            with self._engine.connect() as connection:
                return work(connection)
        except DBAPIError as error:
            raise _plain(error) from None

    def _write_loop(self) -> None:
        open_ = True
        while open_:
            batch: list[tuple[Work, Future[Any]]] = []
            item = self._queue.get()
            while item is not None:
                if item[1].set_running_or_notify_cancel():
                    batch.append(item)
                if len(batch) >= MAX_BATCH or self._queue.empty():
                    break
                item = self._queue.get()
            open_ = item is not None
            if batch:
                self._commit(batch)
                self._fold_beside()

    def _commit(self, batch: list[tuple[Work, Future[Any]]]) -> None:
        begun = False
        if self._kept_out_since is None:
            self._kept_out_since = time.monotonic()
        try:
            with self._engine.begin() as connection:
                begun, self._kept_out_since = True, None
                results = [work(connection) for work, _ in batch]
        except Exception as error:
            if begun and len(batch) > 1:  # one of them failed and undid all: each gets its own transaction
                for item in batch:
                    self._commit([item])
            else:  # what could not begin would not for each alone either, and wait as long each time
                for _, done in batch:
                    done.set_exception(_plain(error))
            return
        for (_, done), result in zip(batch, results, strict=True):
            done.set_result(result)


def _plain(error: Exception) -> Exception:
    return explained(error) if isinstance(error, DBAPIError) else error
