"""What `Database` promises: group commit, durability, migrations, and sentences instead of tracebacks."""

import asyncio
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
import threading
from contextlib import closing
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

import dm3.store.engine.database
import dm3.store.engine.migrate
import dm3.store.engine.opened_engine
from dm3.base.errors import StoreError
from dm3.store import Database
from dm3.store.delivery.tables import metadata as delivery_metadata
from dm3.store.engine.revisions import newest_revision
from dm3.store.resolver.tables import metadata as resolver_metadata
from dm3.store.vault.tables import header, item
from dm3.store.vault.tables import metadata as vault_metadata
from dm3.store.widget.tables import metadata as widget_metadata
from tests.kit import EVENTUALLY, eventually, happens

SCHEMAS = {
    "delivery": delivery_metadata,
    "resolver": resolver_metadata,
    "vault": vault_metadata,
    "widget": widget_metadata,
}


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'some.sqlite'}"


@pytest.fixture(params=["file", "memory"])
async def database(request, url):
    opened = Database.open("sqlite://" if request.param == "memory" else url, "vault")
    yield opened
    await opened.close()


def put(number: int):
    """Work that keeps ``number`` and answers with it."""

    def work(connection):
        key = number.to_bytes(4)
        connection.execute(
            sa.insert(item).values(record_type="n", key=key, section=b"", revision=1, sealed=b"")
        )
        return number

    return work


def numbers(connection) -> list[int]:
    rows = connection.execute(sa.select(item.c.key).order_by(item.c.seq))
    return [int.from_bytes(row.key) for row in rows]


# --- group commit ---------------------------------------------------------------------------------


async def test_many_writes_at_once_each_get_their_own_result_in_the_order_handed_over(database):
    assert await asyncio.gather(*(database.write(put(n)) for n in range(600))) == list(range(600))
    assert await database.read(numbers) == list(range(600))


def until(busy: threading.Event, go_on: threading.Event):
    """Work that says when the writer is busy with it, and goes on being so until it is told."""

    def work(_):
        busy.set()
        go_on.wait(EVENTUALLY)

    return work


async def test_what_arrives_together_is_committed_together(url):
    database = Database.open(url, "vault")
    commits = []
    sa.event.listen(database._engine, "commit", lambda _: commits.append(1))
    busy, holding = threading.Event(), threading.Event()
    try:
        first = asyncio.create_task(database.write(until(busy, holding)))
        await asyncio.to_thread(busy.wait, EVENTUALLY)  # from here on all others gather
        others = [asyncio.create_task(database.write(put(n))) for n in range(200)]
        await asyncio.sleep(0)
        holding.set()
        await asyncio.gather(first, *others)
    finally:
        await database.close()
    assert len(commits) == 2


async def test_a_failing_work_undoes_only_itself(database):
    def fail(connection):
        put(99_999)(connection)
        raise LookupError("on purpose")

    works = [put(n) for n in range(40)]
    works[17:17] = [fail]
    works[30:30] = [put(3)]  # the same key twice: the database itself refuses it
    results = await asyncio.gather(*map(database.write, works), return_exceptions=True)
    failed = [result for result in results if isinstance(result, Exception)]
    assert [type(error) for error in failed] == [LookupError, StoreError]
    assert [result for result in results if not isinstance(result, Exception)] == list(range(40))
    assert await database.read(numbers) == list(range(40))


async def test_a_write_that_nobody_waits_for_any_more_is_done_whole_or_not_at_all(database):
    busy, holding = threading.Event(), threading.Event()
    first = asyncio.create_task(database.write(until(busy, holding)))
    await asyncio.to_thread(busy.wait, EVENTUALLY)
    dropped = asyncio.create_task(database.write(put(1)))
    await asyncio.sleep(0)
    dropped.cancel()
    with pytest.raises(asyncio.CancelledError):
        await dropped
    holding.set()
    await first
    assert await database.write(put(2)) == 2
    assert await database.read(numbers) == [2]


async def test_a_read_sees_what_was_committed_and_nothing_else(url):
    database = Database.open(url, "vault")
    inside, go_on = threading.Event(), threading.Event()

    def slow(connection):
        put(1)(connection)
        inside.set()
        go_on.wait(EVENTUALLY)

    try:
        writing = asyncio.create_task(database.write(slow))
        await asyncio.to_thread(inside.wait, EVENTUALLY)
        assert await database.read(numbers) == []  # reading does not wait for the writer
        go_on.set()
        await writing
        assert await database.read(numbers) == [1]
    finally:
        go_on.set()
        await database.close()


async def test_whoever_reads_for_long_does_not_keep_the_writer_from_writing_while_the_log_is_emptied(
    url, tmp_path, monkeypatch
):
    # An hour: whoever waits for the reader fails here.
    monkeypatch.setattr(dm3.store.engine.opened_engine, "BUSY_TIMEOUT_MS", 3_600_000)
    database = Database.open(url, "vault")
    with closing(sqlite3.connect(tmp_path / "some.sqlite")) as reader:
        await database.write(put(1))
        reader.execute("BEGIN")
        reader.execute(f"SELECT * FROM {item.name}").fetchall()
        await database.write(put(2))
        folding = [asyncio.create_task(database.fold_in()) for _ in range(3)]
        for number in range(3, 20):
            assert await eventually(database.write(put(number)), "a write") == number
        assert await eventually(asyncio.gather(*folding), "the log's emptying") == [False] * 3
        reader.execute("ROLLBACK")
    assert await database.fold_in(), "nobody holds it any more"
    await database.close()


async def test_what_many_writes_leave_in_the_log_is_taken_in_beside_the_writer(url, tmp_path, monkeypatch):
    monkeypatch.setattr(dm3.store.engine.database, "FOLDED_SECONDS", 0.0)
    database = Database.open(url, "vault")
    for number in range(2 * dm3.store.engine.database.FOLDED_AFTER):
        await database.write(put(number))

    def in_the_file() -> bool:
        # Without its log a copy shows what is in the file itself.
        copy = shutil.copy(tmp_path / "some.sqlite", tmp_path / "copy.sqlite")
        with closing(sqlite3.connect(copy)) as connection:
            try:
                return bool(connection.execute(f"SELECT count(*) FROM {item.name}").fetchone()[0])
            except sqlite3.DatabaseError:  # it was being written
                return False

    await happens(in_the_file, "the log was taken in")
    await database.close()


async def test_closing_finishes_what_was_handed_over_and_takes_no_more(url):
    database = Database.open(url, "vault")
    handed_over = [asyncio.create_task(database.write(put(n))) for n in range(50)]
    await asyncio.sleep(0)
    await database.close()
    assert await asyncio.gather(*handed_over) == list(range(50))
    with pytest.raises(StoreError, match="closed"):
        await database.write(put(51))
    with pytest.raises(StoreError, match="closed"):
        await database.read(numbers)
    await database.close()  # twice is once
    again = Database.open(url, "vault")
    assert await again.read(numbers) == list(range(50))
    await again.close()


async def test_a_database_in_memory_belongs_to_whoever_opened_it():
    one, other = Database.open("sqlite://", "vault"), Database.open("sqlite://", "vault")
    await one.write(put(7))
    assert await one.read(numbers) == [7]
    assert await other.read(numbers) == []
    await one.close()
    await other.close()


# --- durability -----------------------------------------------------------------------------------

WRITER = textwrap.dedent("""
    import asyncio, sys
    import sqlalchemy as sa
    from dm3.store import Database
    from dm3.store.vault.tables import item

    async def one(database, number):
        def work(connection):
            values = dict(record_type="n", key=number.to_bytes(4), section=b"", revision=1, sealed=bytes(500))
            connection.execute(sa.insert(item).values(**values))
        await database.write(work)
        sys.stdout.write(f"{number}\\n")
        sys.stdout.flush()

    async def main():
        database = Database.open(sys.argv[1], "vault")
        last = sa.select(sa.func.max(item.c.seq))
        first = await database.read(lambda c: c.execute(last).scalar() or 0)
        for start in range(first * 10, 10_000_000, 50):
            await asyncio.gather(*(one(database, start + n) for n in range(50)))

    asyncio.run(main())
""")


def answered_before_kill(url: str, enough: int) -> list[int]:
    """Start the writer, kill it after ``enough`` answers; returns what it was answered."""
    with subprocess.Popen([sys.executable, "-c", WRITER, url], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(enough)]
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.read().split(b"\n")[:-1]  # without a line that was cut off
    return [int(line) for line in lines]


async def test_what_was_answered_survives_kill_9(url):
    answered: list[int] = []
    for enough in (120, 197, 274):
        answered += await asyncio.to_thread(answered_before_kill, url, enough)
    database = Database.open(url, "vault")
    kept = await database.read(numbers)
    checked = await database.read(lambda c: c.exec_driver_sql("PRAGMA integrity_check").scalar())
    await database.close()
    assert set(answered) <= set(kept)
    assert len(kept) == len(set(kept))
    assert checked == "ok"


async def test_a_file_syncs_every_commit(url):
    database = Database.open(url, "vault")

    def settings(connection):
        return [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]

    full = 2
    assert await database.read(settings) == ["wal", full, 1]
    assert await database.write(settings) == ["wal", full, 1]
    await database.close()


# --- migrations -----------------------------------------------------------------------------------


def structure(path) -> set[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return {(name, " ".join(sql.split())) for name, sql in rows}


def revisions(schema: str) -> list[str]:
    """The revisions of a schema, the oldest first."""
    folder = dm3.store.engine.migrate._MIGRATIONS / schema / "versions"
    return sorted(path.name for path in folder.glob("*.py"))


@pytest.mark.parametrize("schema", SCHEMAS)
def test_the_files_are_named_for_their_revisions(schema):
    folder = dm3.store.engine.migrate._MIGRATIONS / schema
    config = Config()
    config.set_main_option("script_location", str(folder))
    head = ScriptDirectory.from_config(config).get_current_head()
    assert newest_revision(folder) == head


@pytest.mark.parametrize("schema", SCHEMAS)
async def test_migrated_equals_fresh_and_both_equal_what_the_queries_name(schema, tmp_path, monkeypatch):
    fresh = tmp_path / "fresh.sqlite"
    await Database.open(f"sqlite:///{fresh}", schema).close()

    migrated, real = tmp_path / "migrated.sqlite", dm3.store.engine.migrate._MIGRATIONS
    versions = tmp_path / "migrations" / schema / "versions"
    versions.mkdir(parents=True)
    names = revisions(schema)
    monkeypatch.setattr(dm3.store.engine.migrate, "_MIGRATIONS", tmp_path / "migrations")
    for name in names:  # one release after the other
        (versions / name).write_text((real / schema / "versions" / name).read_text())
        await Database.open(f"sqlite:///{migrated}", schema).close()
    assert structure(migrated) == structure(fresh)

    engine = sa.create_engine(f"sqlite:///{fresh}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SCHEMAS[schema]) == []
    engine.dispose()


FIRST = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "scratch_0001", None
def upgrade():
    op.create_table("thing", sa.Column("id", sa.Integer, primary_key=True))
"""
SECOND = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "scratch_0002", "scratch_0001"
def upgrade():
    op.add_column("thing", sa.Column("name", sa.String))
    op.execute("UPDATE thing SET name = 'old'")
"""
BROKEN = SECOND + "    op.execute('UPDATE absent SET name = 1')\n"


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    """A schema of its own whose revisions the test releases one by one."""
    versions = tmp_path / "migrations" / "scratch" / "versions"
    versions.mkdir(parents=True)
    monkeypatch.setattr(dm3.store.engine.migrate, "_MIGRATIONS", tmp_path / "migrations")

    def release(number: int, text: str) -> None:
        (versions / f"{number:04}_scratch.py").write_text(text)

    return release


def rows_of(path) -> list[tuple]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT * FROM thing ORDER BY id").fetchall()


def insert_thing(number: int, connection) -> None:
    connection.exec_driver_sql(f"INSERT INTO thing (id) VALUES ({number})")


async def keep_things(url, *ids):
    database = Database.open(url, "scratch")
    for number in ids:
        await database.write(partial(insert_thing, number))
    await database.close()


async def test_an_older_file_is_copied_before_it_is_upgraded(scratch, url, tmp_path):
    scratch(1, FIRST)
    await keep_things(url, 1, 2)
    scratch(2, SECOND)
    database = Database.open(url, "scratch")
    found = await database.read(lambda c: c.exec_driver_sql("SELECT id, name FROM thing").fetchall())
    await database.close()
    assert [tuple(row) for row in found] == [(1, "old"), (2, "old")]
    kept = tmp_path / "some.sqlite.before-scratch_0001"
    assert rows_of(kept) == [(1,), (2,)]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    kept.unlink()
    await Database.open(url, "scratch").close()
    assert not kept.exists()  # only an upgrade makes a copy


async def test_an_upgrade_that_fails_leaves_everything_as_it_was(scratch, url, tmp_path):
    scratch(1, FIRST)
    await keep_things(url, 1)
    before = structure(tmp_path / "some.sqlite")
    scratch(2, BROKEN)
    with pytest.raises(StoreError, match="no such table: absent"):
        Database.open(url, "scratch")
    assert structure(tmp_path / "some.sqlite") == before
    assert rows_of(tmp_path / "some.sqlite") == [(1,)]
    scratch(2, SECOND)  # the repaired release
    await Database.open(url, "scratch").close()
    assert rows_of(tmp_path / "some.sqlite") == [(1, "old")]


async def test_a_newer_file_is_refused_and_left_alone(scratch, url, tmp_path):
    scratch(1, FIRST)
    scratch(2, SECOND)
    await keep_things(url, 1)
    content = (tmp_path / "some.sqlite").read_bytes()
    (tmp_path / "migrations" / "scratch" / "versions" / "0002_scratch.py").unlink()
    with pytest.raises(StoreError, match="schema scratch_0002, which this version does not know") as refused:
        Database.open(url, "scratch")
    assert "newer version" in refused.value.hint
    assert (tmp_path / "some.sqlite").read_bytes() == content


OPENER = textwrap.dedent("""
    import asyncio, pathlib, sys
    import dm3.store.engine.migrate
    from dm3.store import Database

    url, schema, dm3.store.engine.migrate._MIGRATIONS = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(int(sys.argv[4])):
        asyncio.run(Database.open(url + str(number), schema).close())
""")


def open_at_once(url: str, schema: str, files: int) -> list[bytes]:
    """Three programs open ``url`` + 0, 1, … in the same moment; returns what they complain of."""
    arguments = [url, schema, str(dm3.store.engine.migrate._MIGRATIONS), str(files)]
    pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    programs: list[Any] = [
        subprocess.Popen([sys.executable, "-c", OPENER, *arguments], **pipes) for _ in range(4)
    ]
    for program in programs:
        assert program.stdout.readline() == b"ready\n"
    for program in programs:
        program.stdin.write(b"go\n")
        program.stdin.flush()
    complaints = [program.communicate()[1] for program in programs]
    return [text for text in complaints if text]


def test_programs_that_start_at_once_agree_on_who_makes_the_tables(url):
    assert open_at_once(url, "vault", files=5) == []


async def test_programs_that_start_at_once_upgrade_once_and_keep_the_old_copy(scratch, url, tmp_path):
    scratch(1, FIRST)
    for number in range(5):
        await keep_things(f"{url}{number}", 1)
    scratch(2, SECOND)
    assert open_at_once(url, "scratch", files=5) == []
    for number in range(5):
        assert rows_of(tmp_path / f"some.sqlite{number}") == [(1, "old")]
        assert rows_of(tmp_path / f"some.sqlite{number}.before-scratch_0001") == [(1,)]


# --- files that cannot be used --------------------------------------------------------------------


def sentence_of(url: str, schema: str = "vault") -> str:
    with pytest.raises(StoreError) as refused:
        Database.open(url, schema)
    assert refused.value.hint
    assert "Traceback" not in str(refused.value)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_a_file_that_is_no_database(tmp_path):
    (tmp_path / "text").write_text("this is only a text\n" * 200)
    assert "file is not a database" in sentence_of(f"sqlite:///{tmp_path / 'text'}")


def test_a_folder_in_place_of_the_file(tmp_path):
    assert "unable to open" in sentence_of(f"sqlite:///{tmp_path}")


def test_a_file_in_place_of_the_folder(tmp_path):
    (tmp_path / "file").touch()
    assert "cannot be used" in sentence_of(f"sqlite:///{tmp_path / 'file' / 'some.sqlite'}")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_must_not_be_written(tmp_path):
    (tmp_path / "closed").mkdir(mode=0o500)
    assert "unable to open" in sentence_of(f"sqlite:///{tmp_path / 'closed' / 'some.sqlite'}")


async def test_a_file_that_could_only_be_read_for_a_while_is_written_again(tmp_path):
    file = tmp_path / "x.sqlite"
    held = Database.open(f"sqlite:///{file}", "delivery")
    await held.close()
    for left in ("-wal", "-shm"):  # as SQLite makes them beside a file that may only be read
        file.with_name(file.name + left).touch(mode=0o400)
    again = Database.open(f"sqlite:///{file}", "delivery")
    try:
        modes = {one.stat().st_mode & 0o777 for one in tmp_path.glob("x.sqlite*")}
        assert modes == {file.stat().st_mode & 0o777}
    finally:
        await again.close()


async def test_the_database_of_another_service(url):
    await Database.open(url, "resolver").close()
    assert "resolver_0004" in sentence_of(url, "delivery")


async def test_a_locked_file(url, tmp_path, monkeypatch):
    monkeypatch.setattr(dm3.store.engine.opened_engine, "BUSY_TIMEOUT_MS", 100)
    (tmp_path / "some.sqlite").touch()
    with closing(sqlite3.connect(tmp_path / "some.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert "locked" in sentence_of(url)
        other.execute("ROLLBACK")
        database = Database.open(url, "vault")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="locked") as told:
            await database.write(put(1))
        assert "Another program" in told.value.hint
        assert "full" not in told.value.hint
        other.execute("ROLLBACK")
        assert await database.write(put(2)) == 2  # a trouble of a moment is over when it is over
        assert await database.read(numbers) == [2]
    await database.close()


async def test_what_waits_for_a_locked_file_does_not_wait_in_turn(url, tmp_path, monkeypatch):
    monkeypatch.setattr(dm3.store.engine.opened_engine, "BUSY_TIMEOUT_MS", 500)
    database = Database.open(url, "vault")
    tries: list[int] = []
    sa.event.listen(database._engine, "begin", lambda _: tries.append(1), insert=True)
    with closing(sqlite3.connect(tmp_path / "some.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        first = asyncio.create_task(database.write(put(0)))
        await happens(database.kept_out, "the writer is kept out")
        told = await asyncio.gather(*(database.write(put(n)) for n in range(1, 20)), return_exceptions=True)
        assert all(isinstance(error, StoreError) for error in told)
        assert len({id(error) for error in told}) == len(told), "each has its own"
        assert len(tries) < 10, "not once for each"
        with pytest.raises(StoreError, match="locked"):
            await first
        assert database.kept_out() > 0, "it was tried in vain, and not since"
        other.execute("ROLLBACK")
    await database.write(put(20))
    assert database.kept_out() == 0
    await database.close()


async def test_a_full_database_is_told_as_one_and_what_was_kept_stays(url):
    database = Database.open(url, "vault")
    await database.write(put(1))

    def fill(connection):
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
        big = {"record_type": "n", "key": b"big", "section": b"", "revision": 1, "sealed": bytes(10**6)}
        connection.execute(sa.insert(item).values(**big))

    with pytest.raises(StoreError, match="full") as refused:
        await database.write(fill)
    assert "Make room" in refused.value.hint
    assert await database.read(numbers) == [1]
    await database.close()


async def test_a_database_that_may_not_be_written_says_how_to_look_at_it(url):
    database = Database.open(url, "vault")

    def refused_by_sqlite(connection):
        connection.exec_driver_sql("PRAGMA query_only = ON")  # as in a folder that may not be written
        put(1)(connection)

    with pytest.raises(StoreError, match="readonly") as refused:
        await database.write(refused_by_sqlite)
    assert "open a copy in a folder of yours" in refused.value.hint
    await database.close()


async def test_pages_that_were_overwritten_give_a_sentence_when_they_are_read(url, tmp_path):
    database = Database.open(url, "vault")
    sealed = bytes(4_000)

    def fill(connection):
        connection.execute(sa.insert(header).values(id=1, kdf=b"", wrapped_key=sealed))
        for n in range(60):
            row = {"record_type": "n", "key": bytes([n]), "section": b"", "revision": 1, "sealed": sealed}
            connection.execute(sa.insert(item).values(**row))

    await database.write(fill)
    await database.close()
    path = tmp_path / "some.sqlite"
    data = bytearray(path.read_bytes())
    middle = len(data) // 2 // 4096 * 4096
    data[middle : middle + 16 * 4096] = b"\xaa" * (16 * 4096)
    path.write_bytes(data)
    database = Database.open(url, "vault")
    try:
        with pytest.raises(StoreError, match="malformed"):
            await database.read(lambda c: c.execute(sa.select(item)).all())
        with pytest.raises(StoreError, match="malformed"):
            await database.write(lambda c: c.execute(sa.update(item).values(sealed=b"x")))
    finally:
        await database.close()


@pytest.mark.parametrize("schema", SCHEMAS)
async def test_a_new_database_is_its_owner_s_alone_also_in_a_folder_that_is_not(schema, tmp_path):
    folder = tmp_path / "open"
    folder.mkdir(mode=0o755)
    opened = Database.open(f"sqlite:///{folder / 'some.sqlite'}", schema)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    await opened.close()
    assert set(modes.values()) == {0o600}
