"""Long work of the services goes in pages, and others write in between: shown on a real SQLite file.

Nothing here is about speed: while the work is done, somebody writes again and again, and each time looks how
much is left. Who finds some, and not all, has written between two pages.
"""

import asyncio
from functools import partial

import pytest
import sqlalchemy as sa

from dm3.service.paced_work import LARGEST_PAGE
from dm3.store.delivery.mailbox_pages import Wanted, page
from dm3.store.delivery.mailboxes import Quota, StampedEnvelope, deposit
from dm3.store.delivery.profiles import NewProfile, register
from dm3.store.delivery.reader_marks import ADVANCED_AT_ONCE
from dm3.store.delivery.readers import Readers, acknowledge, admit_reader
from dm3.store.delivery.tables import acknowledgement, escrow_release, mailbox, message, reader
from dm3.store.resolver.tables import used_nonce
from tests.e2e.delivery_scene import Clock, serving
from tests.e2e.resolver_scene import NOW, resolver_scene

MESSAGES = 1_200
KEEP = 86_400
AMPLE = Quota(10**6, 10**12)
RULES = Readers(keep=30 * KEEP, most=16)


@pytest.fixture
async def scene(tmp_path):
    async with serving(f"sqlite:///{tmp_path}/ds.sqlite", clock=Clock()) as opened:
        yield opened


async def filled(scene, boxes=1, lives=KEEP):
    """So many mailboxes with messages in them."""
    now = int(scene.clock())

    def fill(connection):
        for box in range(boxes):
            new = NewProfile(f"b{box}.eth", f"p{box}", "{}", f"b{box}", None, "first", now)
            register(connection, new)
        envelopes = [
            StampedEnvelope(
                f"b{n % boxes}", f"p{n % boxes}", f"b{n % boxes}.eth", f"0x{n}", "alice", now + lives, "x"
            )
            for n in range(MESSAGES)
        ]
        deposit(connection, envelopes, AMPLE)

    await scene.database.write(fill)


def rows(table, *where):
    """How many rows there are."""
    return lambda connection: connection.execute(
        sa.select(sa.func.count()).select_from(table).where(*where)
    ).scalar()


def left(table, *where):
    """How many rows there are, told by a write."""

    def look(connection):
        connection.execute(sa.update(mailbox).values(held=mailbox.c.held))  # as anybody's message would
        return rows(table, *where)(connection)

    return look


async def seen_between(database, work, look):
    """What somebody found who wrote while ``work`` was done; with what was there before and after."""
    found = [await database.write(look)]
    task = asyncio.create_task(work)
    try:
        while not task.done():
            found.append(await database.write(look))
    finally:
        await task
    found.append(await database.write(look))
    return found


def went_in_pages(found, *, first=MESSAGES, last=0):
    """Others wrote between pages, and no page was larger than one may be."""
    assert (found[0], found[-1]) == (first, last)
    assert len(set(found)) > 3, "somebody wrote after one page and before another"
    first_page = next(one for one in found if one != first)
    assert abs(first - first_page) <= LARGEST_PAGE
    assert found == sorted(found, reverse=first > last)


async def test_expiry_in_many_mailboxes(scene):
    await filled(scene, boxes=300)
    went_in_pages(await seen_between(scene.database, scene.pass_days(2), left(message)))


async def test_re_registration_with_many_messages(scene):
    await filled(scene)
    now = int(scene.clock())
    for new in (
        NewProfile("other.eth", "p-new", "{}", "newer", None, "first", now),
        NewProfile("b0.eth", "p-new", "{}", "unused", "p0", "first", now),
    ):
        await scene.database.write(partial(register, new=new, following=()))
    old = left(message, message.c.mailbox == "b0")
    before = await scene.database.write(old)
    assert 0 < before < MESSAGES, "some go at once"
    went_in_pages(await seen_between(scene.database, scene.service._cleaning._move(), old), first=before)
    wanted = Wanted("newer", "first", 0)
    got = await scene.database.read(
        lambda c: page(c, wanted.mailbox, wanted.reader, after=0, limit=10, max_bytes=10**6, now=0)
    )
    assert [entry.hash for entry in got.messages] == [f"0x{n}" for n in range(10)]


async def test_deletion_of_what_a_reader_alone_lacked(scene):
    await filled(scene)
    now = int(scene.clock())
    hashes = [f"0x{n}" for n in range(MESSAGES)]

    def read(connection):
        admit_reader(connection, "b0", "second", RULES, now)
        for start in range(0, MESSAGES, 100):
            acknowledge(connection, "b0", "second", hashes[start : start + 100], RULES, now)

    await scene.database.write(read)
    fetching = scene.service._cleaning._fetching
    went_in_pages(await seen_between(scene.database, fetching.remove_reader("b0", "first"), left(message)))


async def test_the_notes_of_readers_who_were_lost(scene):
    await filled(scene, lives=365 * KEEP)
    now = int(scene.clock())
    hashes = [f"0x{n}" for n in range(MESSAGES)]

    def read(connection):
        admit_reader(connection, "b0", "lost", RULES, now)
        for start in range(1, MESSAGES, 100):  # all but the first, so that there is a note of each
            acknowledge(connection, "b0", "lost", hashes[start : start + 100], RULES, now)

    await scene.database.write(read)
    days = scene.service.settings.message_ttl // KEEP + 1
    found = await seen_between(scene.database, scene.pass_days(days), left(acknowledgement))
    went_in_pages(found, first=MESSAGES - 1)


async def test_logins_that_asked_for_a_copy_long_ago(scene):
    now = int(scene.clock())
    values = [
        {"app": "a.eth", "owner": "0x1", "nonce": f"{n}", "at": now, "page": "https://a", "given": False}
        for n in range(MESSAGES)
    ]
    await scene.database.write(lambda c: c.execute(sa.insert(escrow_release), values))
    await scene.pass_days(30)
    scene.clock.now += KEEP
    found = await seen_between(scene.database, scene.service.clean_up(), left(escrow_release))
    went_in_pages(found)


async def test_used_nonces_of_a_resolver(tmp_path):
    async with resolver_scene(tmp_path) as scene:
        database = scene.resolver._database
        values = [{"owner": "0x1", "nonce": f"{n}", "keep_until": NOW} for n in range(MESSAGES)]
        await database.write(lambda c: c.execute(sa.insert(used_nonce), values))
        scene.now += 1
        went_in_pages(await seen_between(database, scene.resolver.clean_up(), rows(used_nonce)))


async def test_a_resolver_whose_clock_jumps_forgets_no_used_nonces(tmp_path):
    async with resolver_scene(tmp_path) as scene:
        await scene.resolver.clean_up()
        values = [{"owner": "0x1", "nonce": "1", "keep_until": NOW + 60}]
        await scene.resolver._database.write(lambda c: c.execute(sa.insert(used_nonce), values))
        scene.now += 40 * KEEP
        await scene.resolver.clean_up()
        assert await scene.resolver._database.read(rows(used_nonce)) == 1


async def test_a_readers_mark_goes_a_long_way_in_steps(scene):
    await filled(scene)
    now = int(scene.clock())
    hashes = [f"0x{n}" for n in range(MESSAGES)]

    def marked(connection):
        where = (reader.c.mailbox == "b0", reader.c.reader == "second")
        return connection.execute(sa.select(reader.c.acked_through).where(*where)).scalar()

    def read(connection):
        for start in range(1, MESSAGES, 100):
            acknowledge(connection, "b0", "second", hashes[start : start + 100], RULES, now)

    await scene.database.write(read)
    again = partial(acknowledge, box="b0", reader_id="second", hashes=hashes[:1], rules=RULES, now=now)
    assert await scene.database.write(again) == 1
    assert await scene.database.read(marked) == ADVANCED_AT_ONCE
    assert await scene.database.read(rows(acknowledgement)) == MESSAGES - ADVANCED_AT_ONCE
    lacking = partial(page, box="b0", reader_id="second", after=0, limit=10, max_bytes=10**6, now=0)
    assert (await scene.database.read(lacking)).messages == ()


async def test_admitting_a_reader_removes_nothing_of_those_that_are_gone(scene):
    await filled(scene, lives=365 * KEEP)
    now = int(scene.clock())

    def read(connection):
        admit_reader(connection, "b0", "lost", RULES, now)
        for start in range(1, MESSAGES, 100):
            hashes = [f"0x{n}" for n in range(start, start + 100)]
            acknowledge(connection, "b0", "lost", hashes, RULES, now)
        return rows(acknowledgement)(connection)

    noted = await scene.database.write(read)
    later = now + RULES.keep + 1
    few = Readers(RULES.keep, most=1)
    assert (
        await scene.database.write(partial(admit_reader, box="b0", reader_id="new", rules=few, now=later))
        == 1
    )
    assert await scene.database.read(rows(acknowledgement)) == noted
    # Who comes back counts again, where there is room.
    back = partial(admit_reader, box="b0", reader_id="lost", now=later)
    assert await scene.database.write(partial(back, rules=few)) is None
    assert await scene.database.write(partial(back, rules=Readers(RULES.keep, most=2))) == 2


async def test_names_that_follow_another_one_bring_their_messages_in_pages(scene):
    await filled(scene)
    now = int(scene.clock())

    def prepare(connection):
        register(connection, NewProfile("also.eth", "p0", "{}", "unused", None, "first", now))
        register(connection, NewProfile("other.eth", "p-new", "{}", "newer", None, "first", now))
        new = NewProfile("also.eth", "p-new", "{}", "unused", "p0", "first", now)
        register(connection, new, following=["b0.eth"])

    await scene.database.write(prepare)
    old = left(message, message.c.mailbox == "b0")
    assert await scene.database.write(old) == MESSAGES, "they go by themselves"
    went_in_pages(await seen_between(scene.database, scene.service._cleaning._move(), old))
