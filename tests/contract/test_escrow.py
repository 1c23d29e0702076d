"""What the escrow's store promises, on each engine and after a restart."""

import asyncio

import pytest
import sqlalchemy as sa

from dm3.store import Database
from dm3.store.delivery import Login, release_to_login
from dm3.store.delivery.cleaning import remove_used_nonces
from dm3.store.delivery.escrow import Escrowed, Released, keep_escrow, release_escrow, remove_escrow
from dm3.store.delivery.tables import escrow_release

APP, OWNER = "myapp.eth", "0x" + "a1" * 20
ONE, OTHER = Escrowed("one.addr.myapp.eth", b"\x01blob"), Escrowed("two.addr.myapp.eth", b"\x01later\x00")
EXPIRES = 1_800_000_000


@pytest.fixture(params=["file", "memory"])
async def database(request, tmp_path):
    opened = Database.open(
        "sqlite://" if request.param == "memory" else f"sqlite:///{tmp_path}/ds.sqlite", "delivery"
    )
    yield opened
    await opened.close()


def keep(kept: Escrowed, app: str = APP, owner: str = OWNER):
    return lambda connection: keep_escrow(connection, app, owner, kept)


def release(nonce: str, app: str = APP, owner: str = OWNER):
    return lambda connection: release_escrow(connection, app, owner, nonce, EXPIRES)


async def test_what_was_kept_is_released(database):
    await database.write(keep(ONE))
    assert await database.write(release("n")) == Released(True, ONE)


async def test_a_nonce_counts_once_for_its_application_and_owner(database):
    await database.write(keep(ONE))
    assert (await database.write(release("n"))).found == ONE
    assert await database.write(release("n")) == Released(False)
    assert await database.write(release("m")) == Released(True, ONE)
    for place in ({"app": "other.eth"}, {"owner": "0x" + "b2" * 20}):
        assert await database.write(release("n", **place)) == Released(True)


async def test_a_nonce_is_used_up_where_nothing_is_kept_as_well(database):
    assert await database.write(release("n")) == Released(True)
    await database.write(keep(ONE))
    assert await database.write(release("n")) == Released(False)


async def test_a_nonce_is_remembered_until_it_expires(database):
    await database.write(release("n"))
    await database.write(lambda connection: remove_used_nonces(connection, EXPIRES, 100))
    assert not (await database.write(release("n"))).fresh
    await database.write(lambda connection: remove_used_nonces(connection, EXPIRES + 1, 100))
    assert (await database.write(release("n"))).fresh


async def test_a_later_copy_replaces_the_earlier_one(database):
    for kept in (ONE, OTHER, OTHER):
        await database.write(keep(kept))
    assert (await database.write(release("n"))).found == OTHER


async def test_owners_and_applications_are_apart(database):
    await database.write(keep(ONE))
    await database.write(keep(OTHER, app="other.eth"))
    assert (await database.write(release("n"))).found == ONE
    assert (await database.write(release("n", app="other.eth"))).found == OTHER
    assert (await database.write(release("n", owner="0x" + "b2" * 20))).found is None


async def test_a_removed_copy_is_gone_and_others_stay(database):
    await database.write(keep(ONE))
    await database.write(keep(OTHER, app="other.eth"))
    assert await database.write(lambda connection: remove_escrow(connection, ONE.name))
    assert not await database.write(lambda connection: remove_escrow(connection, ONE.name))
    assert (await database.write(release("n"))).found is None
    assert (await database.write(release("n", app="other.eth"))).found == OTHER


async def test_of_many_who_answer_one_challenge_at_once_one_succeeds(database):
    await database.write(keep(ONE))
    answers = await asyncio.gather(*(database.write(release("n")) for _ in range(20)))
    assert sorted(answer.fresh for answer in answers) == [False] * 19 + [True]


def login(number: int, at: int = EXPIRES):
    asks = Login(app=APP, owner=OWNER, nonce=f"{number}", page="https://myapp.example", at=at)
    return lambda connection: release_to_login(connection, asks, 3, lambda kept: kept == ONE)


def logins_kept(connection):
    return connection.execute(sa.select(sa.func.count()).select_from(escrow_release)).scalar()


async def test_of_an_owner_s_logins_only_those_are_kept_that_were_given_a_copy(database):
    for number in range(50):  # nothing to give
        assert (await database.write(login(number))).found is None
    await database.write(keep(OTHER))
    for number in range(50):  # nothing that a login opens
        assert (await database.write(login(number))).found is None
    assert await database.write(logins_kept) == 0
    await database.write(keep(ONE))
    told = [await database.write(login(number)) for number in range(50)]
    assert [one.found for one in told[:4]] == [ONE, ONE, ONE, None]
    assert not any(one.allowed for one in told[3:]), "three a day"
    assert await database.write(logins_kept) == 3
    assert not (await database.write(login(2, EXPIRES + 2 * 86_400))).fresh, "each counts once"


async def test_everything_is_there_after_a_restart(tmp_path):
    url = f"sqlite:///{tmp_path}/ds.sqlite"
    database = Database.open(url, "delivery")
    await database.write(keep(ONE))
    await database.write(release("n"))
    await database.close()
    again = Database.open(url, "delivery")
    assert await again.write(release("n")) == Released(False)
    assert await again.write(release("m")) == Released(True, ONE)
    await again.close()


async def test_two_processes_that_store_at_once_leave_one_copy(tmp_path):
    url = f"sqlite:///{tmp_path}/ds.sqlite"
    both = [Database.open(url, "delivery") for _ in range(2)]
    await asyncio.gather(*(database.write(keep(kept)) for database in both for kept in (ONE, OTHER) * 5))
    assert (await both[0].write(release("n"))).found in (ONE, OTHER)
    for database in both:
        await database.close()
