"""A page says whether there is more, and several mailboxes are fetched in one call (specification 5.4)."""

import asyncio

import pytest

from tests.e2e.delivery_scene import Person, serving
from tests.kit import happens

ALICE, BOB, CAROL = Person("alice"), Person("bob"), Person("carol")


@pytest.fixture
async def scene(tmp_path):
    async with serving(f"sqlite:///{tmp_path}/ds.sqlite") as running:
        yield running


def entry(person, token, **more):
    return {"name": person.name, "token": token["Authorization"].removeprefix("Bearer "), **more}


async def fetch_all(scene, *mailboxes, **more):
    body = {"mailboxes": list(mailboxes), **more}
    answer = await scene.client.http.post("/mailboxes/fetch", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["pages"]


async def until_they_wait(scene, count):
    """Return when so many fetches wait."""
    registry = scene.service.metrics.registry
    await happens(lambda: registry.get_sample_value("dm3_delivery_waiting_fetches") == count)


async def test_a_page_that_ends_for_its_bytes_says_that_there_is_more(scene):
    token = await scene.arrive(BOB)
    for n in range(3):
        await scene.client.send(ALICE, BOB.name, f"{n}" + "x" * 1_200_000)
    cursor, told = "0", []
    for _ in range(3):
        page = await scene.client.fetch(BOB, token, after=cursor)
        cursor = page["cursor"]
        told.append((len(page["messages"]), page["more"]))
    assert told == [(1, True), (1, True), (1, False)]


async def test_several_mailboxes_in_one_call_each_with_its_own_token(scene):
    bob, carol = await scene.arrive(BOB), await scene.arrive(CAROL)
    hello = await scene.client.send(ALICE, BOB.name)
    pages = await fetch_all(scene, entry(BOB, bob), entry(CAROL, carol, after="0"), reader="phone")
    assert [message["hash"] for message in pages[BOB.name]["messages"]] == [hello]
    assert pages[BOB.name]["more"] is False
    assert pages[CAROL.name] == {"messages": [], "cursor": "0", "more": False}
    # The reader is registered by fetching, as with one mailbox: what it lacks is kept.
    await scene.client.acknowledge(BOB, bob, [hello])
    pages = await fetch_all(scene, entry(BOB, bob, reader="phone"))
    assert len(pages[BOB.name]["messages"]) == 1


async def test_one_mailbox_that_stays_closed_keeps_no_other_closed(scene):
    bob, carol = await scene.arrive(BOB), await scene.arrive(CAROL)
    await scene.client.send(ALICE, BOB.name)
    nobody = Person("nobody")
    pages = await fetch_all(
        scene,
        entry(BOB, bob),
        entry(CAROL, bob),
        entry(nobody, carol),
        {"name": "not a name\n", "token": "x"},
        {"name": "other.eth", "token": "no token"},
        wait=30,
    )
    assert len(pages.pop(BOB.name)["messages"]) == 1
    assert {name: page["code"] for name, page in pages.items()} == {
        CAROL.name: "forbidden",
        nobody.name: "not-registered",
        "not a name\n": "invalid-name",
        "other.eth": "unauthorized",
    }
    assert [page["status"] for page in pages.values()] == [403, 404, 400, 401]
    assert all(page["error"] for page in pages.values())


async def test_a_refusal_is_told_at_once_and_not_after_the_wait(scene):
    bob = await scene.arrive(BOB)
    calling = fetch_all(scene, entry(BOB, bob), {"name": CAROL.name, "token": "x"}, wait=30)
    pages = await asyncio.wait_for(calling, 25)
    assert pages[CAROL.name]["code"] == "unauthorized"


async def test_a_revoked_token_opens_nothing(scene):
    bob = await scene.arrive(BOB)
    await scene.client.http.delete(f"/auth/{BOB.name}", headers=bob)
    assert (await fetch_all(scene, entry(BOB, bob)))[BOB.name]["code"] == "unauthorized"


async def test_a_message_to_any_of_them_ends_the_waiting(scene):
    bob, carol = await scene.arrive(BOB), await scene.arrive(CAROL)
    waiting = asyncio.create_task(fetch_all(scene, entry(BOB, bob), entry(CAROL, carol), wait=30))
    await until_they_wait(scene, 1)
    sent = await scene.client.send(ALICE, CAROL.name)
    pages = await asyncio.wait_for(waiting, 25)
    assert [message["hash"] for message in pages[CAROL.name]["messages"]] == [sent]
    assert pages[BOB.name]["messages"] == []
    assert scene.service.metrics.registry.get_sample_value("dm3_delivery_waiting_fetches") == 0


async def test_a_mailbox_where_too_many_wait_does_not_keep_the_others_from_waking(tmp_path):
    async with serving(f"sqlite:///{tmp_path}/ds.sqlite", max_waiters=1, wait_seconds=60) as scene:
        bob, carol = await scene.arrive(BOB), await scene.arrive(CAROL)
        # One after the other: whoever comes second is the one for whom there is no room at Bob's.
        waiting = [asyncio.create_task(fetch_all(scene, entry(BOB, bob), wait=60))]
        await until_they_wait(scene, 1)
        waiting.append(asyncio.create_task(fetch_all(scene, entry(BOB, bob), entry(CAROL, carol), wait=60)))
        await until_they_wait(scene, 2)
        await scene.client.send(ALICE, CAROL.name)
        pages = await asyncio.wait_for(waiting[1], 50)
        assert len(pages[CAROL.name]["messages"]) == 1
        await scene.client.send(ALICE, BOB.name)
        await asyncio.wait_for(waiting[0], 50)


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"mailboxes": "all"},
        {"mailboxes": [1]},
        {"mailboxes": [{"name": "a.eth"}]},
        {"mailboxes": [{"name": "a.eth", "token": "x"}] * 2},
        {"mailboxes": [{"name": f"n{n}.eth", "token": "x"} for n in range(201)]},
        {"mailboxes": [{"name": "a.eth", "token": "x", "after": "-1"}]},
        {"mailboxes": [{"name": "a.eth", "token": "x", "reader": "a b"}]},
        {"mailboxes": [], "reader": "a/b", "wait": -1},
        {"mailboxes": [], "wait": "long"},
        {"mailboxes": [], "limit": 201},
        {"mailboxes": [], "limit": "5"},
    ],
)
async def test_what_is_no_such_call_is_refused_with_a_sentence(scene, body):
    answer = await scene.client.http.post("/mailboxes/fetch", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]
