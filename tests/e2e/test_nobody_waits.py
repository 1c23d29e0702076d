"""What hangs of one name holds up that name: no sending, approving or reading of another."""

import asyncio
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio

from dm3.client.state.look_ups import in_step, looked_up, step
from dm3.net import Timeouts
from tests.e2e.sdk_scene import APP, MAIN, line_of, link, texts
from tests.kit import eventually, happens
from tests.kit.hostile import Proxy, a_page

pytestmark = pytest.mark.asyncio(loop_scope="module")
PATIENT = Timeouts(peer=600, lookup=600, step=600, fetch=600, chain=600)
"""Nothing of these tests passes because somebody gave up waiting."""


@pytest_asyncio.fixture(loop_scope="module")
async def proxy(world):
    async with Proxy(world.resolvers[APP]) as before:
        yield before


async def alice_behind(world, proxy, **options):
    """Alice, of the world's wallet, who asks the application's resolver through ``proxy``."""
    resolvers, world.place.resolvers = world.place.resolvers, {**world.resolvers, APP: proxy.url}
    try:
        client = await world.client(timeouts=PATIENT, **options)
    finally:
        world.place.resolvers = resolvers
    return await client.create_profile(MAIN, world.wallet, alias=world.alice_name)


def requests_in_steps(client):
    """The requests of this client that leave while one of its accounts has the lock: noted from now on."""
    noted = []

    def note(request, _):
        if in_step():
            noted.append(str(request.url))
        return False

    line_of(client).cut_before = note
    return noted


@pytest_asyncio.fixture(loop_scope="module")
async def hung(world, proxy):
    async with hung_at(world, proxy) as three:
        yield three


@asynccontextmanager
async def hung_at(world, proxy):
    """Alice, a request of another profile that waits for her, and one that hangs while it is checked."""
    alice = await alice_behind(world, proxy)
    waiting, late = await world.lsp(), await world.lsp()
    await waiting.request_link(alice.name, world.wallet)
    await late.send(alice.name, "known before")
    await happens(lambda: _messages_of(alice, late), "late is known")
    await happens(alice.link_requests, "the first request")
    answering = asyncio.Event()
    proxy.instead, proxy.only = held_until(answering), lambda path: _address(late) in path.lower()
    proxy.seen.clear()
    await late.request_link(alice.name, world.wallet)
    syncing = asyncio.create_task(alice.sync())
    await happens(lambda: any(map(proxy.only, proxy.seen)), "the look-up hangs")
    yield alice, waiting, late
    proxy.instead = None
    answering.set()
    await eventually(syncing)


def held_until(event):
    """No answer before the event, and none of use then."""

    async def reply(send):
        await event.wait()
        await a_page(503)(send)

    return reply


async def _messages_of(alice, peer):
    await alice.sync()
    return await alice.messages(peer.name)


def _address(account):
    return account.identity.address.lower()


async def test_a_name_that_hangs_holds_up_no_sending(world, hung):
    alice, _, _ = hung
    team = await world.team()
    await eventually(alice.send(team.name, "meanwhile"), "sending")
    assert texts(await eventually(_first(team))) == ["meanwhile"]


async def test_a_name_that_hangs_holds_up_no_decision_about_another(hung):
    alice, waiting, _ = hung
    decided = await eventually(alice.approve(waiting.name), "approving")
    assert decided.profile_name == waiting.identity.name
    await eventually(waiting.sync(), "the acceptance")
    await eventually(alice.remove_link(waiting.name), "removing")


async def test_a_name_that_hangs_holds_up_no_reading_and_acts_once_it_answers(world, proxy, hung):
    alice, _, late = hung
    team = await world.team()
    await team.send(alice.name, "read meanwhile")

    reading = alice.incoming()
    message = await eventually(anext(reading), "reading")
    await reading.aclose()
    assert message.content == "read meanwhile"
    assert late.identity.name not in await _asking(alice)


async def _asking(alice):
    return [request.profile_name for request in await alice.link_requests()]


async def _first(account):
    while not (messages := await account.sync(wait=5)):
        pass
    return messages


async def test_what_hung_acts_once_its_name_answers(world, proxy):
    async with hung_at(world, proxy) as (alice, _, late):
        assert late.identity.name not in await _asking(alice)

    async def asks():
        world.clock.ahead += 10
        await alice.sync()
        return late.identity.name in await _asking(alice)

    await happens(asks, "the request is shown")


async def test_no_request_leaves_while_a_lock_is_held(world):
    mine, other = await world.client(), await world.client()
    noted = requests_in_steps(mine), requests_in_steps(other)
    alice = await mine.create_profile(MAIN, world.wallet, alias=world.alice_name)
    lsp = await other.create_lsp(world.app, world.wallet)
    await link(alice, lsp, world.wallet)
    await lsp.renew_link(world.wallet)
    await alice.sync()
    recovering = asyncio.create_task(other_device(world, alice, lsp))
    await happens(lambda: recovered(alice, recovering), "the recovery")
    await lsp.rotate_keys()
    await lsp.request_link(alice.name, world.wallet)
    await alice.sync()
    await alice.reject(lsp.name)
    await lsp.sync()
    await lsp.request_link(alice.name, world.wallet)
    await alice.sync()
    await alice.approve(lsp.name)
    await lsp.sync()
    await lsp.end_link()
    await alice.sync()
    assert noted == ([], [])


async def other_device(world, alice, lsp):
    client = await world.client()
    noted = requests_in_steps(client)
    await client.recover(lsp.name, world.wallet, main_name=alice.name, app=world.app, timeout=600)
    assert noted == []


async def recovered(alice, recovering):
    await alice.sync()
    for request in await alice.link_requests():
        await alice.approve(request)
    if recovering.done():
        recovering.result()
    return recovering.done()


async def test_what_a_step_has_started_asks_for_itself_once_the_step_is_over():
    over, started = asyncio.Event(), []

    async def ask() -> str:
        return "answered"

    async def beside() -> str:
        await over.wait()
        return await looked_up("a question that the step did not have", ask)

    async def doing() -> None:
        started.append(asyncio.create_task(beside()))

    await step(asyncio.Lock(), doing)
    over.set()
    assert await eventually(started[0]) == "answered"
