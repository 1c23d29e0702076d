"""The board's store: each hash once, places that only grow, and what is left of what is gone."""

from itertools import count

import pytest
import pytest_asyncio

from dm3.store import Database
from dm3.store.board import KEPT_MS, Feed, Statements, StatementState, StoredStatement

NOW = 1_800_000_000_000
W, P, G = StatementState.WAITING, StatementState.PUBLISHED, StatementState.GONE


@pytest_asyncio.fixture
async def database(tmp_path):
    opened = Database.open(f"sqlite:///{tmp_path / 'board.sqlite'}", "board")
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
    await statements.clean(2, NOW + 10)
    shown = await statements.of_state(P, 10)
    assert [one.hash for one in shown] == old[2:]
    for hash in old[2:]:
        await statements.remove(hash, "removed")
    last = (await Feed(database).newest(1)).next
    await statements.clean(2, NOW + KEPT_MS + 100)
    assert await statements.get(old[0]) is None
    assert (await Feed(database).newest(1)).next == last
    await added(statements)
    assert (await Feed(database).newest(1)).next == last + 1


async def test_counts_are_of_the_author_of_all_and_of_what_waits(statements):
    await added(statements, author="b.eth")
    await added(statements, W)
    await added(statements, W, at=NOW - 100)
    counts = await statements.counts("a.eth", NOW)
    assert (counts.by_author, counts.in_all, counts.waiting) == (1, 2, 2)


async def test_a_hash_is_found_by_its_beginning_without_wildcards(statements):
    hash = await added(statements)
    assert [one.hash for one in await statements.beginning(hash[:66])] == [hash]
    assert await statements.beginning("0x%") == []
