"""A full or read-only store, other keys and another name are told, and lock no owner out."""

import asyncio

import pytest
from sqlalchemy import event

from dm3.crypto import ProfileKeys, Seed, sign
from dm3.delivery import condition, store_room
from dm3.delivery import expiry as cleaning
from dm3.delivery.store_room import Fullness
from dm3.model import DeliveryServiceProfile
from tests.e2e.delivery_scene import SERVICE, Person, digest, envelope, serving

ALICE, BOB, STRANGER = Person("alice"), Person("bob"), Person("stranger")


async def health(scene):
    answer = await scene.client.http.get("/health")
    assert answer.status_code == 200
    return answer.json()


def codes(told):
    return [trouble["code"] for trouble in told.get("troubles", [])]


@pytest.fixture
async def url(tmp_path):
    return f"sqlite:///{tmp_path}/ds.sqlite"


async def test_a_full_store_takes_no_message_says_so_and_is_emptied_by_its_owners(url):
    async with serving(url, store_bytes=1_500_000) as scene:
        await scene.arrive(BOB)
        scene.names.put_profile(ALICE.name, ALICE.signed, ALICE.wallet.address)
        assert (await health(scene))["status"] == "ok"
        hashes = [await scene.client.send(ALICE, BOB.name, f"{n}" + "x" * 400_000) for n in range(3)]
        await scene.service._room.look()
        told = await health(scene)
        assert (told["status"], codes(told)) == ("trouble", ["store-full"])
        refused = await scene.client.submit(envelope(ALICE, BOB.name, scene.service.profile, "one more"))
        assert "full" in refused["error"]["message"]
        token = await scene.client.log_in(BOB)
        while (page := await scene.client.fetch(BOB, token))["messages"]:
            got = [message["hash"] for message in page["messages"]]
            assert set(got) <= set(hashes)
            assert (await scene.client.acknowledge(BOB, token, got)).status_code == 200
        await scene.service._room.look()
        assert (await health(scene))["status"] == "ok"
        await scene.client.send(ALICE, BOB.name, "there is room again")


async def test_strangers_stop_before_verified_senders_do(url):
    async with serving(url) as scene:
        await scene.arrive(BOB)
        scene.names.put_profile(ALICE.name, ALICE.signed, ALICE.wallet.address)
        scene.service._room.fullness = Fullness.VERIFIED_ONLY
        assert codes(await health(scene)) == ["store-nearly-full"]
        refused = await scene.client.submit(envelope(STRANGER, BOB.name, scene.service.profile))
        assert "error" in refused
        await scene.client.send(ALICE, BOB.name, "from somebody known")


async def test_a_full_store_makes_no_new_mailboxes_and_those_that_are_there_go_on(url):
    """Registrations, of which strangers make as many as they have wallets, do not use up what owners need."""
    async with serving(url) as scene:
        await scene.arrive(BOB)
        names = scene.names
    names.put_profile(STRANGER.name, STRANGER.signed, STRANGER.wallet.address)
    moved = BOB.rotated()
    async with serving(url, names=names, store_bytes=1) as scene:
        await scene.service._room.look()
        refused = await scene.client.register(STRANGER)
        assert (refused.status_code, refused.json()["code"]) == (503, "store")
        assert (await scene.client.register(BOB)).status_code == 200
        names.put_profile(moved.name, moved.signed, moved.wallet.address)
        assert (await scene.client.register(moved)).status_code == 200
        await scene.client.log_in(moved)
    async with serving(url, names=names) as scene:
        await scene.service._room.look()
        assert (await scene.client.register(STRANGER)).status_code == 200


def make_read_only(database):
    """What SQLite does on a file system that became read-only, on whichever connection is taken next."""

    def forbid(connection, *_):
        connection.execute("PRAGMA query_only = ON")

    event.listen(database._engine, "checkout", forbid)


async def test_a_store_that_cannot_be_written_locks_no_owner_out(url):
    async with serving(url) as scene:
        await scene.arrive(BOB)
        sent = await scene.client.send(ALICE, BOB.name)
        make_read_only(scene.database)
        assert "error" in await scene.client.submit(envelope(ALICE, BOB.name, scene.service.profile, "no"))
        token = await scene.client.log_in(BOB)
        page = await scene.client.fetch(BOB, token, reader="another")
        assert [message["hash"] for message in page["messages"]] == [sent]
        await scene.service._clock.look()
        assert codes(await health(scene)) == ["store-unwritable"]


async def test_a_challenge_counts_once_also_where_it_cannot_be_noted(url):
    async with serving(url) as scene:
        await scene.arrive(BOB)
        make_read_only(scene.database)
        challenge = (await scene.client.http.get(f"/auth/{BOB.name}")).json()
        body = {"challenge": challenge, "signature": sign(BOB.keys.signing_private, challenge)}
        answers = [await scene.client.http.post(f"/auth/{BOB.name}", json=body) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 401]


async def test_a_clock_that_has_jumped_is_told(url):
    async with serving(url) as scene:
        await scene.arrive(BOB)
        scene.clock.now += 40 * 86_400
        await scene.service.clean_up()
        told = await health(scene)
        assert codes(told) == ["clock-jumped"]
        assert "40 days" in told["troubles"][0]["error"]


async def test_another_name_over_existing_data_is_remarked_on(url):
    async with serving(url) as scene:
        assert (await health(scene))["status"] == "ok"
    async with serving(url, name="other.eth") as scene:
        told = await health(scene)
        assert codes(told) == ["another-name"]
        assert SERVICE in told["troubles"][0]["error"]
    async with serving(url) as scene:
        assert (await health(scene))["status"] == "ok"


async def test_other_keys_published_under_its_name_are_told(url):
    async with serving(url) as scene:
        condition, own = scene.service._condition, scene.service.profile
        await condition.compare_published(own)
        assert (await health(scene))["status"] == "ok", "what is not published is not wrong"
        others = ProfileKeys.from_seed(Seed(digest("others")))
        for keys, expected in ((others, ["other-keys-published"]), (scene.service._keys, [])):
            profile = DeliveryServiceProfile(keys.signing_public, keys.encryption_public, scene.url)
            scene.names.put_delivery_service(SERVICE, profile)
            await condition.compare_published(own)
            assert codes(await health(scene)) == expected


async def test_the_loops_of_a_service_survive_an_exception(url, monkeypatch):
    monkeypatch.setattr(cleaning, "INTERVAL_SECONDS", 0.01)
    monkeypatch.setattr(store_room, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(condition, "PUBLISHED_SECONDS", 0.01)
    async with serving(url) as scene:
        service = scene.service
        counted = {"clean": 0, "room": 0, "published": 0}

        def failing(key):
            def fail(*_, **__):
                counted[key] += 1
                raise RuntimeError("a defect, made by the test")

            return fail

        # What each round calls, not the step itself: the loops have that in hand already.
        monkeypatch.setattr(service._cleaning, "_move", failing("clean"))
        monkeypatch.setattr(store_room, "_sizes", failing("room"))
        monkeypatch.setattr(service._condition._directory, "delivery_service", failing("published"))
        for _ in range(6_000):
            if min(counted.values()) >= 3:
                break
            await asyncio.sleep(0.01)
        assert min(counted.values()) >= 3, counted
