"""What a board's store promises (dm3.store.board): each hash once, places grow, gone ones leave a mark."""

import asyncio
from itertools import count

import pytest
import pytest_asyncio
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from dm3.store import Database
from dm3.store.board import KEPT_MS, Feed, Statements, StatementState, StoredStatement, clean
from dm3.store.board import statements as stored_statements
from dm3.store.board.tables import metadata

NOW = 1_800_000_000_000
W, P, G = StatementState.WAITING, StatementState.PUBLISHED, StatementState.GONE


@pytest_asyncio.fixture(params=["file", "memory"])
async def database(request, tmp_path):
    url = "sqlite://" if request.param == "memory" else f"sqlite:///{tmp_path / 'board.sqlite'}"
    opened = Database.open(url, "board")
    yield opened
    await opened.close()


@pytest.fixture
def statements(database):
    return Statements(database)


numbers = count()


async def added(statements, state=P, *, at=NOW, author="a.eth"):
    hash = f"0x{next(numbers):064x}"
    one = StoredStatement(hash=hash, author=author, message="{}", profile="{}", received_at=at, state=state)
    assert await statements.add(one)
    assert not await statements.add(one)
    return hash


async def cleaned(database, most_published, now, at_once=1):
    """Clean until nothing is left, one page after the other."""
    more = True
    while more:
        _, more = await database.write(lambda connection: clean(connection, most_published, now, at_once))


async def test_a_feed_tells_each_change_once_and_in_order(database, statements):
    feed = Feed(database)
    first, second = await added(statements), await added(statements)
    waiting = await added(statements, W)
    start = await feed.newest(10)
    assert [one.hash for one in start.items] == [first, second]
    assert await statements.publish(waiting)
    assert not await statements.publish(waiting)
    assert await statements.withhold(first)
    changes = await feed.after(start.next, 10)
    assert [(one.hash, one.state) for one in changes.items] == [(waiting, P), (first, W)]
    assert (await feed.after(changes.next, 10)).items == ()
    assert (await feed.after(changes.next, 10)).next == changes.next


async def test_pages_go_back_to_the_first_statement(database, statements):
    hashes = [await added(statements) for _ in range(7)]
    found: list[str] = []
    before = None
    while True:
        page = await Feed(database).newest(3, before)
        found = [one.hash for one in page.items] + found
        before = page.before
        if before is None:
            break
    assert found == hashes


async def test_what_is_gone_leaves_its_hash_and_does_not_come_back(database, statements):
    waiting, shown = await added(statements, W), await added(statements)
    assert not await statements.remove(shown, "withdrawn", author="b.eth")
    for hash in (waiting, shown):
        assert await statements.remove(hash, "removed")
        assert not await statements.remove(hash, "removed")
        kept = await statements.get(hash)
        assert kept is not None
        assert (kept.state, kept.message, kept.profile) == (G, "", "")
    # Of what was never published, the feed tells nothing.
    assert [one.hash for one in (await Feed(database).after(0, 10)).items] == [shown]


async def test_the_oldest_go_and_the_last_place_is_never_taken_anew(database, statements):
    old = [await added(statements, at=NOW + number) for number in range(4)]
    await cleaned(database, 2, NOW + 10)
    shown = await statements.of_state(P, 10)
    assert [one.hash for one in shown] == old[2:]
    for hash in old[2:]:
        await statements.remove(hash, "removed")
    last = (await Feed(database).newest(1)).next
    await cleaned(database, 2, NOW + KEPT_MS + 100)
    assert await statements.get(old[0]) is None
    assert (await Feed(database).newest(1)).next == last
    await added(statements)
    assert (await Feed(database).newest(1)).next == last + 1


async def test_counts_are_of_the_author_of_all_and_of_what_waits(statements):
    await added(statements, author="b.eth")
    await added(statements, W)
    await added(statements, W, at=NOW - 100)
    await added(statements, P, at=NOW + 100)  # when the clock was ahead
    counts = await statements.counts("a.eth", NOW, NOW)
    assert (counts.by_author, counts.in_all, counts.waiting) == (1, 2, 2)


async def test_a_refused_one_is_told_of_and_stays_refused(database, statements):
    await statements.refuse("0xa", "a.eth", "author-limit", NOW)
    await statements.refuse("0xa", "a.eth", "too-long", NOW)
    kept = await statements.get("0xa")
    assert kept is not None
    assert (kept.state, kept.reason, kept.message) == (StatementState.REFUSED, "author-limit", "")
    again = StoredStatement(hash="0xa", author="a.eth", message="{}", profile="{}", received_at=NOW, state=P)
    assert not await statements.add(again)
    assert not await statements.publish("0xa")
    assert not await statements.remove("0xa", "removed")
    counts = await statements.counts("a.eth", NOW - 1, NOW)
    assert (counts.by_author, counts.in_all, counts.waiting) == (0, 0, 0)
    assert (await Feed(database).after(0, 10)).items == ()
    # One that stands is not refused later, whoever hands it in again.
    shown = await added(statements)
    await statements.refuse(shown, "a.eth", "known", NOW)
    assert [one.hash for one in await statements.of_state(P, 10)] == [shown]
    await cleaned(database, 10, NOW + KEPT_MS + 1)
    assert await statements.get("0xa") is None


async def test_of_refused_ones_so_many_are_kept(statements, monkeypatch):
    monkeypatch.setattr(stored_statements, "MOST_REFUSED", 3)
    for number in range(5):
        await statements.refuse(f"0x{number}", "a.eth", "full", NOW + number)
    kept = await statements.of_state(StatementState.REFUSED, 10)
    assert [one.hash for one in kept] == ["0x2", "0x3", "0x4"]


async def test_many_at_once_get_places_of_their_own(database, statements):
    hashes = await asyncio.gather(*(added(statements) for _ in range(20)))
    items = (await Feed(database).after(0, 100)).items
    assert sorted(one.hash for one in items) == sorted(hashes)
    assert [one.position for one in items] == list(range(1, 21))


async def test_the_migrations_make_the_tables_that_the_code_uses(database):
    def differences(connection):
        return compare_metadata(MigrationContext.configure(connection), metadata)

    assert await database.read(differences) == []


async def test_a_hash_is_found_by_its_beginning_without_wildcards(statements):
    hash = await added(statements)
    assert [one.hash for one in await statements.beginning(hash[:66])] == [hash]
    assert await statements.beginning("0x%") == []
