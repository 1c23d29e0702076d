"""A delivery service whose clock jumps deletes nothing by it; long work goes page by page."""

import pytest

from dm3.store.delivery.moves import moves_left
from tests.e2e.delivery_scene import Clock, Person, serving

ALICE, BOB = Person("alice"), Person("bob")
DAY = 86_400


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/ds.sqlite"


async def test_one_start_forty_days_ahead_deletes_no_mail_and_no_reader(url):
    clock = Clock()
    async with serving(url, clock=clock) as scene:
        await scene.arrive(BOB, reader="page")
        sent = await scene.client.send(ALICE, BOB.name)
    clock.now += 40 * DAY
    async with serving(url, clock=clock, names=scene.names) as scene:
        await scene.service.clean_up()
        token = await scene.client.log_in(BOB)
        # Another reader must not take along what the page lacks, nor be told that there is nothing.
        page = await scene.client.fetch(BOB, token, reader="messenger")
        assert [message["hash"] for message in page["messages"]] == [sent]
        await scene.client.acknowledge(BOB, token, [sent], reader="messenger")
        await scene.service.clean_up()
    clock.now -= 40 * DAY - 3_600
    async with serving(url, clock=clock, names=scene.names) as scene:
        await scene.service.clean_up()
        token = await scene.client.log_in(BOB)
        page = await scene.client.fetch(BOB, token, reader="page")
        assert [message["hash"] for message in page["messages"]] == [sent]


async def test_a_jump_that_goes_on_for_a_day_is_the_time(url):
    async with serving(url) as scene:
        await scene.arrive(BOB)
        await scene.client.send(ALICE, BOB.name)
        scene.clock.now += 40 * DAY
        await scene.service.clean_up()
        assert expired(scene) == 0
        for _ in range(25):
            scene.clock.now += 3_600
            await scene.service.clean_up()
        assert expired(scene) == 1


async def test_a_clock_that_was_set_back_is_told_by_health_also_after_a_restart(url):
    clock = Clock()
    async with serving(url, clock=clock) as scene:
        await scene.service.clean_up()
        assert await troubles(scene) == []
    clock.now -= 40 * DAY
    for _ in range(2):
        async with serving(url, clock=clock, names=scene.names) as scene:
            await scene.service.clean_up()
            assert await troubles(scene) == ["clock-set-back"]
    clock.now += 40 * DAY + 60
    async with serving(url, clock=clock, names=scene.names) as scene:
        await scene.service.clean_up()
        assert "clock-set-back" not in await troubles(scene)


async def troubles(scene):
    health = (await scene.client.http.get("/health")).json()
    return [trouble["code"] for trouble in health.get("troubles", ())]


async def test_messages_follow_a_name_to_its_new_mailbox_however_many_there_are(url):
    async with serving(url) as scene:
        await scene.arrive(BOB)
        alias = "bob.user.myapp.eth"
        scene.names.put_profile(alias, BOB.signed, BOB.wallet.address)
        await scene.client.register(BOB, alias)
        sent = [await scene.client.send(ALICE, alias, f"message {n}") for n in range(120)]
        newer = BOB.rotated()
        scene.names.put_profile(alias, newer.signed, newer.wallet.address)
        answer = await scene.client.register(newer, alias)
        assert answer.status_code == 200, answer.text
        await scene.service.clean_up()
        assert await scene.database.read(lambda connection: moves_left(connection, 1)) == ()
        token = await scene.client.log_in(newer, alias)
        path, cursor, seen = f"/mailbox/{alias}", "0", []
        while True:
            params = {"after": cursor, "limit": 200}
            page = (await scene.client.http.get(path, headers=token, params=params)).json()
            seen += [message["hash"] for message in page["messages"]]
            cursor = page["cursor"]
            if not page["more"]:
                break
        assert sorted(seen) == sorted(sent)


def expired(scene):
    return scene.service.metrics.registry.get_sample_value("dm3_delivery_expired_messages_total")
