"""A delivery service whose clock jumps deletes nothing by it; long work goes page by page."""

import pytest

from dm3.crypto import sign
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


@pytest.mark.parametrize("days_back", [1, 20, 40])
@pytest.mark.parametrize("hours", [1, 60])
async def test_mail_that_comes_while_the_clock_is_set_back_does_not_expire_early(url, days_back, hours):
    clock = Clock()
    async with serving(url, clock=clock) as scene:
        await scene.service.clean_up()
    clock.now -= days_back * DAY
    async with serving(url, clock=clock, names=scene.names) as scene:
        for _ in range(hours):
            clock.now += 3_600
            await scene.service.clean_up()
        await scene.arrive(BOB, reader="page")
        sent = await scene.client.send(ALICE, BOB.name)
    clock.now += days_back * DAY
    async with serving(url, clock=clock, names=scene.names) as scene:
        await scene.pass_days(27)  # 30, but for the time for which the clock went on wrong
        page = await scene.client.fetch(BOB, await scene.client.log_in(BOB), reader="page")
        assert [message["hash"] for message in page["messages"]] == [sent]
        await scene.pass_days(6)
        assert expired(scene) == 1, "and it is not kept for ever"


async def test_a_reader_that_was_there_while_the_clock_was_set_back_is_kept_as_long_as_any_other(url):
    clock = Clock()
    async with serving(url, clock=clock) as scene:
        await scene.arrive(BOB, reader="page")
    clock.now -= 40 * DAY
    async with serving(url, clock=clock, names=scene.names) as scene:
        token = await scene.client.log_in(BOB)
        await scene.client.fetch(BOB, token, reader="messenger")
        sent = await scene.client.send(ALICE, BOB.name)
        await scene.client.acknowledge(BOB, token, [sent], reader="page")
    clock.now += 40 * DAY
    async with serving(url, clock=clock, names=scene.names) as scene:
        await scene.pass_days(25)
        page = await scene.client.fetch(BOB, await scene.client.log_in(BOB), reader="messenger")
        assert [message["hash"] for message in page["messages"]] == [sent]


async def test_a_challenge_that_was_answered_does_not_count_again_when_the_clock_is_set_back(url):
    async with serving(url) as scene:
        await scene.arrive(BOB)
        path = f"/auth/{BOB.name}"
        challenge = (await scene.client.http.get(path)).json()
        answer = {"challenge": challenge, "signature": sign(BOB.keys.signing_private, challenge)}
        assert (await scene.client.http.post(path, json=answer)).status_code == 200
        scene.clock.now += 2 * DAY
        await scene.service.clean_up()
        scene.clock.now -= 2 * DAY
        assert (await scene.client.http.post(path, json=answer)).status_code == 401
        assert await scene.client.log_in(BOB), "a new one does"


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
