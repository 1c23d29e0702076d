"""What a delivery service's store promises: messages, readers, profiles, clean-up."""

import asyncio

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import dm3.store.delivery.mailboxes
import dm3.store.delivery.moves
import dm3.store.delivery.readers
from dm3.store import Database
from dm3.store.delivery import tables as delivery_tables
from dm3.store.delivery.cleaning import remove_expired, remove_lost_readers, remove_used_nonces
from dm3.store.delivery.mailbox_pages import Wanted, envelopes, last_seqs, page, pages
from dm3.store.delivery.mailboxes import Quota, StampedEnvelope, StoreResult, deposit, drop, last_seq
from dm3.store.delivery.moves import move_page, moves_left
from dm3.store.delivery.profiles import (
    NewProfile,
    Registration,
    names_beside,
    raise_epoch,
    register,
    registered,
    registered_all,
    set_extension,
)
from dm3.store.delivery.readers import Readers, acknowledge, admit_reader, release, remove_reader
from dm3.store.delivery.tables import acknowledgement, mailbox, message, metadata
from dm3.store.delivery.tokens import use_nonce

NOW, KEEP = 1_800_000_000, 1_000
AMPLE = Quota(1_000_000, 10**12)
RULES = Readers(keep=KEEP, most=4)


@pytest.fixture(params=["file", "memory"])
async def database(request, tmp_path):
    url = "sqlite://" if request.param == "memory" else f"sqlite:///{tmp_path / 'ds.db'}"
    opened = Database.open(url, "delivery")
    yield opened
    await opened.close()


@pytest.fixture
async def store(database):
    """`store(work, …)` runs a work function; the mailboxes ``bob`` and ``carol`` are there."""

    async def run(work, *arguments, **options):
        return await database.write(lambda connection: work(connection, *arguments, **options))

    for name in ("bob", "carol"):
        assert await run(register, new(name)) is Registration.DONE
        assert await run(remove_reader, name, "default")  # the tests add the readers that they are about
    return run


def new(name, profile=None, instead_of=None, new_id=None, reader="default") -> NewProfile:
    profile = profile or name
    return NewProfile(
        f"{name}.eth", f"hash-{profile}", f"{{{profile}}}", new_id or profile, instead_of, reader, NOW
    )


def stamped(
    text, box="bob", *, name=None, profile=None, origin="alice", expires=NOW + KEEP
) -> StampedEnvelope:
    hash_, owner = f"0x{text}", profile or f"hash-{box}"
    return StampedEnvelope(box, owner, name or f"{box}.eth", hash_, origin, expires, f'"{text}"')


async def hashes(store, box="bob", reader="default", **options):
    options = {"after": 0, "limit": 100, "max_bytes": 10**6, "now": NOW, **options}
    found = await store(page, box, reader, **options)
    return [entry.hash.removeprefix("0x") for entry in found.messages]


async def held(store, box="bob"):
    """What the mailbox says it holds; must be what it does hold."""

    def counted(connection):
        counters = connection.execute(
            sa.select(mailbox.c.held, mailbox.c.held_bytes).where(mailbox.c.id == box)
        ).one()
        real = connection.execute(
            sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(message.c.size), 0)).where(
                message.c.mailbox == box
            )
        ).one()
        assert tuple(counters) == tuple(real)
        return tuple(counters)

    return await store(counted)


def test_the_migrated_schema_is_the_declared_one(tmp_path):
    url = f"sqlite:///{tmp_path / 'ds.db'}"
    asyncio.run(Database.open(url, "delivery").close())
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


# --- messages ------------------------------------------------------------------------------


async def test_envelopes_are_those_of_the_numbers_and_of_the_mailbox_that_are_asked_for(store):
    assert await store(envelopes, "bob", [1, 2]) == {}
    await store(
        deposit, [stamped("one"), stamped("carol's", "carol"), stamped("two"), stamped("three")], AMPLE
    )
    assert await store(envelopes, "bob", [1, 3, 9]) == {1: '"one"', 3: '"three"'}
    assert await store(envelopes, "carol", [1, 2, 3]) == {1: '"carol\'s"'}
    assert await store(envelopes, "nobody", [1]) == {}
    assert await store(envelopes, "bob", []) == {}
    await store(drop, "bob", [3])
    assert await store(envelopes, "bob", [1, 2, 3]) == {1: '"one"', 2: '"two"'}


async def test_the_newest_numbers_of_several_mailboxes(store):
    assert await store(last_seqs, ["bob", "carol", "nobody", "bob"]) == {"bob": 0, "carol": 0}
    await store(deposit, [stamped("one"), stamped("two")], AMPLE)
    await store(drop, "bob", [1, 2])
    assert await store(last_seqs, ["bob", "carol"]) == {"bob": 2, "carol": 0}
    assert await store(last_seqs, ["carol"]) == {"carol": 0}
    assert await store(last_seqs, []) == {}


async def test_envelopes_are_numbered_by_mailbox_in_the_order_given(store):
    envelopes = [stamped("a"), stamped("b", "carol"), stamped("c"), stamped("d")]
    assert await store(deposit, envelopes, AMPLE) == [StoreResult.STORED] * 4
    assert await hashes(store) == ["a", "c", "d"]
    assert await hashes(store, "carol") == ["b"]
    assert (await store(last_seq, "bob"), await store(last_seq, "carol")) == (3, 1)
    assert await store(last_seq, "nobody") == 0


async def test_a_hash_that_somebody_else_has_claimed_is_in_nobodys_way(store):
    both = [stamped("a", origin="mallory"), stamped("a"), stamped("a", origin="mallory")]
    assert await store(deposit, both, AMPLE) == [
        StoreResult.STORED,
        StoreResult.STORED,
        StoreResult.DUPLICATE,
    ]
    assert await store(acknowledge, "bob", "default", [], RULES, NOW, {"0xa": {1, 7}, "0xb": {2}}) == 1
    assert (await hashes(store), await held(store)) == (["a"], (1, 3))
    assert await store(acknowledge, "bob", "default", [], RULES, NOW, {"0xa": {1}}) == 0
    assert await store(acknowledge, "bob", "default", ["0xa"], RULES, NOW, {"0xa": {1}}) == 1
    assert await held(store) == (0, 0)


@pytest.mark.parametrize("readers", [("one",), ("one", "two")])
async def test_however_many_claim_one_hash_they_are_acknowledged_a_bounded_number_at_a_time(
    store, monkeypatch, readers
):
    monkeypatch.setattr(dm3.store.delivery.readers, "ACKNOWLEDGED_AT_ONCE", 2)
    for reader in readers:
        await store(admit_reader, "bob", reader, RULES, NOW)
    await store(deposit, [stamped("a", origin=f"stranger {n}") for n in range(5)], AMPLE)
    for reader in readers:
        counts = [await store(acknowledge, "bob", reader, ["0xa"], RULES, NOW) for _ in range(4)]
        assert counts == [2, 2, 1, 0]
    assert await held(store) == (0, 0)


async def test_an_envelope_is_stored_once_however_it_comes_again(store):
    assert await store(deposit, [stamped("a"), stamped("a")], AMPLE) == [
        StoreResult.STORED,
        StoreResult.DUPLICATE,
    ]
    later = [stamped("b"), stamped("a"), stamped("c")]
    assert await store(deposit, later, AMPLE) == [
        StoreResult.STORED,
        StoreResult.DUPLICATE,
        StoreResult.STORED,
    ]
    assert await hashes(store) == ["a", "b", "c"]
    assert await held(store) == (3, 9)
    # The same hash for somebody else is another message.
    assert await store(deposit, [stamped("a", "carol")], AMPLE) == [StoreResult.STORED]


async def test_an_envelope_for_an_outdated_profile_or_no_mailbox_is_stale_and_harms_no_other(store):
    envelopes = [
        stamped("a"),
        stamped("b", profile="hash-older"),
        stamped("c", "nobody"),
        stamped("d", "carol"),
    ]
    outcomes = [StoreResult.STORED, StoreResult.STALE, StoreResult.STALE, StoreResult.STORED]
    assert await store(deposit, envelopes, AMPLE) == outcomes
    assert await hashes(store) == ["a"]


async def test_a_full_mailbox_takes_no_more_but_still_knows_what_it_has(store):
    two = Quota(2, 10**6)
    outcomes = await store(deposit, [stamped("a"), stamped("b"), stamped("c"), stamped("d", "carol")], two)
    assert outcomes == [StoreResult.STORED, StoreResult.STORED, StoreResult.FULL, StoreResult.STORED]
    assert await store(deposit, [stamped("a")], two) == [StoreResult.DUPLICATE]
    assert await store(deposit, [stamped("e")], Quota(100, 8)) == [StoreResult.FULL]
    await store(acknowledge, "bob", "default", ["0xa"], RULES, NOW)
    assert await store(deposit, [stamped("c")], two) == [StoreResult.STORED]


async def test_numbers_are_not_used_again(store):
    await store(deposit, [stamped("a"), stamped("b")], AMPLE)
    await store(acknowledge, "bob", "default", ["0xa", "0xb"], RULES, NOW)
    await store(deposit, [stamped("c")], AMPLE)
    # Whoever stands at the cursor 2 must still see what came later.
    assert await hashes(store, after=2) == ["c"]


async def test_what_is_gone_already_is_dropped_without_effect(store):
    """Two processes may clean one mailbox."""
    await store(deposit, [stamped("a"), stamped("b")], AMPLE)
    assert await store(drop, "bob", []) == 0
    assert await store(drop, "bob", [1, 1, 9]) == 1
    assert await store(drop, "bob", [1]) == 0
    assert await held(store) == (1, 3)
    assert await hashes(store) == ["b"]


async def test_pages_are_bounded_by_count_and_by_bytes(store):
    await store(deposit, [stamped(letter * 10) for letter in "abc"], AMPLE)
    assert await hashes(store, limit=2) == ["a" * 10, "b" * 10]
    assert await hashes(store, max_bytes=25) == ["a" * 10, "b" * 10]
    assert await hashes(store, max_bytes=1) == ["a" * 10]


async def test_a_page_says_whether_there_is_more(store):
    await store(deposit, [stamped(letter * 10) for letter in "abc"], AMPLE)
    for options, more in (
        ({"limit": 3}, False),
        ({"limit": 2}, True),
        ({"limit": 2, "after": 1}, False),
        ({"max_bytes": 25}, True),
        ({"after": 3}, False),
    ):
        found = await store(
            page, "bob", "default", **{"after": 0, "limit": 9, "max_bytes": 99, "now": NOW, **options}
        )
        assert found.more is more, options
    # What the reader has is no more; what others lack is.
    await store(acknowledge, "bob", "default", ["0x" + "c" * 10], RULES, NOW)
    found = await store(page, "bob", "default", after=0, limit=2, max_bytes=99, now=NOW)
    assert not found.more


async def test_mailboxes_in_one_answer_take_turns_and_none_is_passed_over_for_ever(store):
    await store(deposit, [stamped(f"b{n}" + "x" * 8) for n in range(6)], AMPLE)
    await store(deposit, [stamped("c" * 90, "carol"), stamped("c1", "carol")], AMPLE)
    seen: dict[str, list[int]] = {"bob": [], "carol": []}
    after, calls = {"bob": 0, "carol": 0}, 0
    more = True
    while more:
        wanted = [Wanted(box, "default", after[box]) for box in after]
        found = await store(pages, wanted, limit=4, max_bytes=30, now=NOW, turn=calls)
        for box, one in zip(after, found, strict=True):
            seen[box] += [item.seq for item in one.messages]
            after[box] = one.messages[-1].seq if one.messages else after[box]
            assert len(one.messages) <= 4
        small = sum(len(item.envelope) for one in found for item in one.messages if len(item.envelope) <= 30)
        assert small <= 30
        more, calls = any(one.more for one in found), calls + 1
        assert calls < 10, "no end"
    assert seen == {"bob": [1, 2, 3, 4, 5, 6], "carol": [1, 2]}


# --- readers -------------------------------------------------------------------------------


async def test_one_reader_acknowledges_and_the_message_is_gone(store):
    await store(deposit, [stamped("a"), stamped("b")], AMPLE)
    assert await store(acknowledge, "bob", "default", ["0xa", "0xnone"], RULES, NOW) == 1
    assert await store(acknowledge, "bob", "default", ["0xa"], RULES, NOW) == 0
    assert await hashes(store) == ["b"]
    assert await held(store) == (1, 3)


async def test_messages_wait_for_the_slowest_reader(store):
    for reader in ("one", "two"):
        await store(admit_reader, "bob", reader, RULES, NOW)
    await store(deposit, [stamped("a"), stamped("b"), stamped("c")], AMPLE)
    assert await store(acknowledge, "bob", "one", ["0xb", "0xa"], RULES, NOW) == 2
    assert await store(acknowledge, "bob", "one", ["0xa"], RULES, NOW) == 0
    assert await hashes(store, reader="one") == ["c"]
    assert await hashes(store, reader="two") == ["a", "b", "c"]
    assert await store(acknowledge, "bob", "two", ["0xc", "0xb"], RULES, NOW) == 2
    assert (await held(store))[0] == 2
    assert await hashes(store, reader="two") == ["a"]
    await store(acknowledge, "bob", "two", ["0xa"], RULES, NOW)
    await store(acknowledge, "bob", "one", ["0xc"], RULES, NOW)
    assert await held(store) == (0, 0)
    left = await store(lambda connection: connection.execute(sa.select(acknowledgement)).all())
    assert left == []


async def test_a_reader_unseen_for_too_long_does_not_count(store):
    await store(admit_reader, "bob", "lost", RULES, NOW - KEEP)
    await store(deposit, [stamped("a")], AMPLE)
    await store(acknowledge, "bob", "one", ["0xa"], RULES, NOW)
    assert (await held(store))[0] == 0


async def test_readers_are_bounded_and_lost_ones_make_room(store):
    assert [await store(admit_reader, "bob", f"r{n}", RULES, NOW) for n in range(5)] == [1, 2, 3, 4, None]
    assert await store(acknowledge, "bob", "r9", ["0xa"], RULES, NOW) is None
    assert await store(admit_reader, "bob", "r1", RULES, NOW + KEEP - 1) == 4
    assert await store(admit_reader, "bob", "r9", RULES, NOW + KEEP) == 2


async def test_when_a_reader_goes_what_it_alone_lacked_goes_too(store):
    for reader in ("one", "two", "slow"):
        await store(admit_reader, "bob", reader, RULES, NOW)
    await store(deposit, [stamped(letter) for letter in "abcd"], AMPLE)
    await store(acknowledge, "bob", "one", ["0xa", "0xb", "0xd"], RULES, NOW)
    await store(acknowledge, "bob", "two", ["0xb", "0xc", "0xd"], RULES, NOW)
    assert (await held(store))[0] == 4
    assert await store(remove_reader, "bob", "slow")
    assert not await store(remove_reader, "bob", "slow")
    assert await store(release, "bob", RULES, NOW) == (2, None)
    assert await hashes(store, reader="newcomer") == ["a", "c"]
    await held(store)


async def test_a_new_mailbox_has_its_first_reader_from_the_beginning(store):
    await store(register, new("dora", reader="page"))
    await store(register, new("emil"))
    for box in ("dora", "emil"):
        await store(deposit, [stamped("a", box)], AMPLE)
        await store(acknowledge, box, "messenger", ["0xa"], RULES, NOW)
    # The page and the unnamed reader have fetched nothing yet, and still lack it.
    assert await hashes(store, "dora", "page") == ["a"]
    assert await hashes(store, "emil", "default") == ["a"]
    await store(acknowledge, "dora", "page", ["0xa"], RULES, NOW)
    assert await held(store, "dora") == (0, 0), "no unnamed reader was left behind"


async def test_registering_again_and_further_names_add_no_reader(store):
    await store(register, new("dora", reader="page"))
    await store(register, new("dora", reader="other"))
    await store(register, new("alias", profile="dora", reader="default"))
    await store(
        register,
        new("dora", profile="dora2", instead_of="hash-dora", new_id="d2", reader="other"),
        ["alias.eth"],
    )
    await store(deposit, [stamped("a", "dora", profile="hash-dora2")], AMPLE)
    await store(acknowledge, "dora", "page", ["0xa"], RULES, NOW)
    assert await held(store, "dora") == (0, 0)


async def test_a_mailbox_that_splits_off_has_the_readers_of_the_old_one_and_no_unnamed_beside(store):
    await store(register, new("dora", reader="page"))
    await store(register, new("alias", profile="dora"))
    await store(register, new("alias", profile="newer", instead_of="hash-dora", new_id="newer"))
    await store(deposit, [stamped("a", "newer")], AMPLE)
    await store(acknowledge, "newer", "page", ["0xa"], RULES, NOW)
    assert await held(store, "newer") == (0, 0)


async def test_when_the_last_reader_goes_everything_waits_for_the_next(store):
    await store(deposit, [stamped("a")], AMPLE)
    await store(admit_reader, "bob", "one", RULES, NOW)
    await store(remove_reader, "bob", "one")
    assert await store(release, "bob", RULES, NOW) == (0, None)
    assert await hashes(store) == ["a"]


async def test_a_long_release_goes_page_by_page(store):
    for reader in ("one", "slow"):
        await store(admit_reader, "bob", reader, RULES, NOW)
    names = [f"{n:04}" for n in range(1_200)]
    await store(deposit, [stamped(name) for name in names], AMPLE)
    for first in range(0, 1_200, 400):
        chosen = [f"0x{name}" for name in names[first : first + 400]]
        await store(acknowledge, "bob", "one", chosen, RULES, NOW)
    await store(remove_reader, "bob", "slow")
    position, removed, rounds = 0, 0, 0
    while position is not None:
        count, position = await store(release, "bob", RULES, NOW, position)
        removed, rounds = removed + count, rounds + 1
    assert (removed, rounds) == (1_200, 3)
    assert await held(store) == (0, 0)


# --- profiles ------------------------------------------------------------------------------


async def test_names_with_the_same_profile_share_a_mailbox(store):
    assert await store(register, new("robert", profile="bob")) is Registration.DONE
    assert (await store(registered, "robert.eth")).mailbox == "bob"
    assert await store(names_beside, "bob.eth", 8) == ("robert.eth",)
    assert await store(names_beside, "carol.eth", 8) == ()
    assert await store(registered, "nobody.eth") is None


async def test_several_registered_names_at_once_are_each_as_alone(store):
    owner = f"0x{'12' * 20}"
    await store(register, new(f"lsp.{owner}.app", profile="alias"))
    names = ["bob.eth", "nobody.eth", f"lp.{owner}.app.eth", "carol.eth", f"lsp.{owner}.app.eth"]
    found = await store(registered_all, names)
    alone = {name: await store(registered, name) for name in names}
    assert found == {name: box for name, box in alone.items() if box is not None}
    assert set(found) == set(names) - {"nobody.eth"}
    assert found[names[2]].mailbox == found[names[4]].mailbox == "alias"
    assert await store(registered_all, ["nobody.eth"]) == {}
    assert await store(registered_all, []) == {}


async def test_a_registration_is_repeated_without_effect_and_notices_another(store):
    assert await store(register, new("bob")) is Registration.SAME
    assert await store(register, new("bob", "bob2", instead_of="hash-old")) is Registration.OVERTAKEN
    assert await store(register, new("bob", "bob2")) is Registration.OVERTAKEN


async def test_a_replaced_profile_keeps_the_mailbox_and_revokes_its_tokens(store):
    await store(deposit, [stamped("a")], AMPLE)
    await store(set_extension, "bob", "{}")
    assert await store(register, new("bob", "bob2", instead_of="hash-bob")) is Registration.DONE
    found = await store(registered, "bob.eth")
    assert (found.mailbox, found.profile_hash, found.extension) == ("bob", "hash-bob2", "{}")
    assert found.token_epoch == 1
    assert await hashes(store) == ["a"]
    await store(raise_epoch, "bob")
    assert (await store(registered, "bob.eth")).token_epoch == 2


async def test_a_name_that_leaves_takes_its_own_messages_and_nothing_else(store):
    # Somebody pointed his own name at Bob's profile. When he leaves, Bob's mailbox stays Bob's.
    await store(register, new("mallory", profile="bob"))
    await store(admit_reader, "bob", "phone", RULES, NOW)
    mine, his = stamped("a"), stamped("b", name="mallory.eth")
    await store(deposit, [mine, his], AMPLE)
    left = new("mallory", "mallory2", instead_of="hash-bob")
    assert await store(register, left) is Registration.DONE
    assert (await store(registered, "bob.eth")).profile_hash == "hash-bob"
    assert (await store(registered, "mallory.eth")).mailbox == "mallory2"
    assert await hashes(store) == ["a"]
    assert await hashes(store, "mallory2") == ["b"]
    assert (await held(store), await held(store, "mallory2")) == ((1, 3), (1, 3))
    # The readers are the same people, so nothing is dropped before they have it.
    assert await store(admit_reader, "mallory2", "phone", RULES, NOW) == 1


async def test_names_that_follow_move_together(store):
    await store(register, new("robert", profile="bob"))
    rotated = new("bob", "bob2", instead_of="hash-bob")
    assert await store(register, rotated, ("robert.eth",)) is Registration.DONE
    assert (await store(registered, "robert.eth")).profile_hash == "hash-bob2"
    assert (await store(registered, "robert.eth")).mailbox == "bob"


async def test_the_last_name_that_leaves_empties_the_old_mailbox_into_the_new(store):
    await store(deposit, [stamped("a"), stamped("b"), stamped("c", "carol"), stamped("a", "carol")], AMPLE)
    assert await store(register, new("bob", "carol", instead_of="hash-bob")) is Registration.DONE
    assert (await store(registered, "bob.eth")).mailbox == "carol"
    assert await hashes(store, "carol") == ["c", "a", "b"]
    assert (await held(store, "carol"))[0] == 3
    gone = sa.select(mailbox.c.id).where(mailbox.c.id == "bob")
    assert await store(lambda connection: connection.execute(gone).first()) is None
    await store(deposit, [stamped("d", "carol")], AMPLE)
    assert await hashes(store, "carol") == ["c", "a", "b", "d"]


async def test_what_does_not_go_with_the_registration_follows_page_by_page(store, monkeypatch):
    monkeypatch.setattr(dm3.store.delivery.moves, "MOVED_AT_ONCE", 2)
    texts = [f"{n:02}" for n in range(7)]
    await store(deposit, [stamped(text) for text in texts], AMPLE)
    await store(admit_reader, "bob", "slow", RULES, NOW)
    await store(acknowledge, "bob", "phone", ["0x05"], RULES, NOW)
    assert await store(register, new("bob", "carol", instead_of="hash-bob")) is Registration.DONE
    assert await hashes(store, "carol") == ["00", "01"]
    [move] = await store(moves_left, 10)
    await store(deposit, [stamped("new", "carol")], AMPLE)
    position, pages = 0, 0
    while position is not None:
        position, pages = await store(move_page, move, position, 2), pages + 1
    assert pages == 3
    assert await hashes(store, "carol") == ["00", "01", "new", "02", "03", "04", "05", "06"]
    assert await held(store, "carol") == (8, 2 * 7 + 14 + 5)
    assert await store(moves_left, 10) == ()
    for table in (mailbox.c.id, delivery_tables.reader.c.mailbox, acknowledgement.c.mailbox):
        assert (
            await store(lambda c, column=table: c.execute(sa.select(column).where(column == "bob")).first())
            is None
        )


async def test_a_name_that_comes_back_while_its_messages_follow_has_them_all(store, monkeypatch):
    monkeypatch.setattr(dm3.store.delivery.moves, "MOVED_AT_ONCE", 1)
    await store(register, new("robert", profile="bob"))
    await store(deposit, [stamped(text, name="robert.eth") for text in "abc"], AMPLE)
    await store(register, new("robert", "other", instead_of="hash-bob"))
    assert (await hashes(store, "other"), await hashes(store)) == (["a"], ["b", "c"])
    await store(register, new("robert", "bob", instead_of="hash-other"))
    for move in await store(moves_left, 10):
        while await store(move_page, move, 0, 10) is not None:
            pass
    assert sorted(await hashes(store)) == ["a", "b", "c"]
    assert await store(moves_left, 10) == ()
    assert (await store(registered, "robert.eth")).mailbox == "bob"


async def test_large_messages_are_removed_and_moved_a_few_at_a_time(store, monkeypatch):
    monkeypatch.setattr(dm3.store.delivery.mailboxes, "BYTES_AT_ONCE", 25)
    await store(deposit, [stamped(f"{n}" + "x" * 8, expires=NOW) for n in range(4)], AMPLE)
    assert [await store(remove_expired, NOW, 100) for _ in range(3)] == [2, 2, 0]
    assert await held(store) == (0, 0)


async def test_a_claimed_hash_in_the_new_mailbox_keeps_nothing_of_the_old_one_out(store):
    there = [stamped("a", "carol", origin="mallory"), stamped("b", "carol", origin="mallory")]
    await store(deposit, [stamped("a"), stamped("b", origin="mallory"), *there], AMPLE)
    assert await store(register, new("bob", "carol", instead_of="hash-bob")) is Registration.DONE
    assert await hashes(store, "carol") == ["a", "b", "a"]
    assert await held(store, "carol") == (3, 9)


# --- tokens and clean-up -------------------------------------------------------------------


async def test_a_nonce_counts_once(store):
    assert await store(use_nonce, "bob", "n", NOW)
    assert not await store(use_nonce, "bob", "n", NOW)
    assert await store(use_nonce, "carol", "n", NOW)
    assert [await store(remove_used_nonces, NOW + 1, 1) for _ in range(3)] == [1, 1, 0]


async def test_clean_up_is_bounded_and_spares_what_is_still_good(store):
    old = [stamped(f"o{n}", expires=NOW) for n in range(3)]
    await store(deposit, [*old, stamped("young"), stamped("c", "carol", expires=NOW)], AMPLE)
    assert await hashes(store) == ["young"]
    assert [await store(remove_expired, NOW, 3) for _ in range(3)] == [3, 1, 0]
    assert await hashes(store, now=NOW - 1) == ["young"]
    assert await held(store) == (1, 7)
    await store(admit_reader, "bob", "here", RULES, NOW)
    await store(admit_reader, "bob", "lost", RULES, NOW - KEEP)
    assert await store(remove_lost_readers, NOW - KEEP, 10) == (("bob",), False)
    assert await store(admit_reader, "bob", "here", RULES, NOW) == 1


def count_steps(connection) -> list[None]:
    """What grows by one with each ten steps that SQLite takes for this database, on any machine."""
    taken: list[None] = []

    def count(driver_connection, *_):
        driver_connection.set_progress_handler(lambda: taken.append(None), 10)

    sa.event.listen(connection.engine, "checkout", count)  # the writer takes whichever connection is free
    return taken


@pytest.mark.slow
@pytest.mark.parametrize("claim", ["their own", "one"])
async def test_acknowledging_and_fetching_cost_the_same_in_a_big_mailbox(tmp_path, claim):
    steps = []
    for size in (1_000, 50_000):
        opened = Database.open(f"sqlite:///{tmp_path / str(size)}.db", "delivery")

        async def run(work, *arguments, opened=opened, **options):
            return await opened.write(lambda connection: work(connection, *arguments, **options))

        await run(register, new("bob"))
        for first in range(0, size, 1_000):
            numbers = range(first, first + 1_000)
            envelopes = [stamped(f"{n:06}" if claim == "their own" else "a", origin=f"{n}") for n in numbers]
            await run(deposit, envelopes, AMPLE)
        for reader in ("one", "two"):
            await run(admit_reader, "bob", reader, RULES, NOW)
        counted = await opened.write(count_steps)
        for n in range(200):
            number = (n * 37) % size
            if claim == "their own":
                await run(acknowledge, "bob", "one", [f"0x{number:06}"], RULES, NOW)
            else:
                await run(acknowledge, "bob", "one", [], RULES, NOW, {"0xa": {number + 1}})
            await hashes(run, reader="two", limit=10)
        steps.append(len(counted))
        await opened.close()
    # What grows with the mailbox would take fifty times as many.
    assert 0 < steps[1] < 2 * steps[0]


class Mailbox(RuleBasedStateMachine):
    """A mailbox with readers that come, acknowledge and go, beside a simple account of who lacks what."""

    letters = st.integers(0, 30).map(lambda n: f"{n:02}")
    readers = st.sampled_from(["one", "two", "three"])

    @initialize()
    def open(self):
        self.loop = asyncio.Runner()
        self.database = Database.open("sqlite://", "delivery")
        self.arrived: list[str] = []
        self.seen: dict[str, set[str]] = {}
        self.run(register, new("bob"))
        self.run(remove_reader, "bob", "default")

    def run(self, work, *arguments, **options):
        return self.loop.run(self.database.write(lambda c: work(c, *arguments, **options)))

    def forget_common(self):
        if self.seen:
            done = set.intersection(*self.seen.values())
            self.arrived = [entry for entry in self.arrived if entry not in done]

    @rule(batch=st.lists(letters, max_size=5))
    def put(self, batch):
        for entry, outcome in zip(
            batch, self.run(deposit, [stamped(b) for b in batch], AMPLE) if batch else [], strict=True
        ):
            assert (outcome is StoreResult.DUPLICATE) == (entry in self.arrived)
            if outcome is StoreResult.STORED:
                self.arrived.append(entry)
                for noted in self.seen.values():
                    noted.discard(entry)

    @rule(reader=readers, chosen=st.lists(letters, max_size=6))
    def take(self, reader, chosen):
        noted = self.seen.setdefault(reader, set())
        fresh = {entry for entry in chosen if entry in self.arrived and entry not in noted}
        count = self.run(acknowledge, "bob", reader, [f"0x{entry}" for entry in chosen], RULES, NOW)
        assert count == len(fresh)
        noted |= fresh
        self.forget_common()

    @rule(reader=readers)
    def come(self, reader):
        self.run(admit_reader, "bob", reader, RULES, NOW)
        self.seen.setdefault(reader, set())

    @rule(reader=readers)
    def go(self, reader):
        assert self.run(remove_reader, "bob", reader) == (reader in self.seen)
        if self.seen.pop(reader, None) is not None:
            self.run(release, "bob", RULES, NOW)
            self.forget_common()

    @invariant()
    def everybody_sees_exactly_what_is_missing(self):
        if not hasattr(self, "database"):
            return
        for reader in ("one", "two", "three", "newcomer"):
            found = self.run(page, "bob", reader, after=0, limit=100, max_bytes=10**6, now=NOW)
            lacking = [e for e in self.arrived if e not in self.seen.get(reader, set())]
            assert [entry.hash.removeprefix("0x") for entry in found.messages] == lacking

    def teardown(self):
        if hasattr(self, "database"):
            self.loop.run(self.database.close())
            self.loop.close()


TestMailbox = Mailbox.TestCase
TestMailbox.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)
