"""Receivers whose delivery services hang, drip or refuse hold up nobody else, and no caller."""

import asyncio

import pytest
import pytest_asyncio
from msgspec.structs import replace

from dm3.client.state.outbox_entry import OutboxState
from dm3.client.state.records import OUTBOX
from dm3.net import Timeouts
from tests.e2e.sdk_scene import MAIN, line_of, new_wallet, texts
from tests.kit import eventually, happens
from tests.kit.hostile import HostileDelivery, drips, hangs, names_file
from tests.kit.inside import context_of, identity_of

pytestmark = pytest.mark.asyncio(loop_scope="module")
HOSTILE = pytest.mark.parametrize("behaviour", [hangs, drips()], ids=["hangs", "drips"])


@pytest_asyncio.fixture(loop_scope="module")
async def evil():
    async with HostileDelivery() as service:
        yield service


@pytest_asyncio.fixture(loop_scope="module")
async def names(evil, tmp_path):
    return names_file(tmp_path / "names.json", evil)


async def victim_of(world, evil, names, *more):
    """A profile that receives at the hostile service first."""
    client = await world.client(names_file=names)
    return await client.create_profile(MAIN, new_wallet(), delivery_services=(evil.name, *more))


@HOSTILE
async def test_others_get_their_messages_while_one_service_does_not_answer(world, evil, names, behaviour):
    bob, team = await victim_of(world, evil, names), await world.team()
    evil.rpc = behaviour
    alice = await world.alice(names_file=names, send_wait=0)
    for number in range(3):
        await alice.send(bob.name, f"to the one who hangs {number}")
    await alice.send(team.name, "to the other")
    assert [message.content for message in await eventually(_first(team))] == ["to the other"]
    await happens(lambda: _only_to(alice, bob), "the other one's is handed over")
    assert {entry.attempts for entry in await alice.waiting()} == {0}, "the hostile one still holds its own"


async def _first(account):
    while not (messages := await account.sync(wait=5)):
        pass
    return messages


async def _only_to(alice, bob):
    waiting = await alice.waiting()
    return {entry.to for entry in waiting} == {bob.name}


@HOSTILE
async def test_a_small_answer_comes_within_its_time_or_is_tried_again_later(world, evil, names, behaviour):
    bob = await victim_of(world, evil, names)
    evil.rpc = behaviour
    alice = await world.alice(names_file=names, timeouts=Timeouts(step=0.5))
    world.clock.stop()
    for text in ("one", "two"):
        await alice.send(bob.name, text)
    [first, second] = await alice.waiting()
    assert (first.state, first.attempts) == (OutboxState.WAITING, 1)
    assert second.state is OutboxState.WAITING
    before = len(evil.heard)
    world.clock.ahead += 60
    await alice.deliver()
    assert [entry.attempts for entry in await alice.waiting()] == [2, 2]
    assert len(evil.heard) - before <= 3, "what the one has run into, the other need not"


@HOSTILE
async def test_the_next_service_takes_over_from_one_that_does_not_answer(world, evil, names, behaviour):
    bob = await victim_of(world, evil, names, f"ds.{MAIN}")
    evil.rpc = behaviour
    alice = await world.alice(names_file=names, timeouts=Timeouts(step=0.5, lookup=60))
    await alice.send(bob.name, "by the second")
    assert await alice.waiting() == []
    assert texts(await bob.sync()) == ["by the second"]


async def test_sending_returns_when_the_message_is_kept(world, evil, names):
    bob = await victim_of(world, evil, names)
    evil.rpc = hangs
    alice = await world.alice(names_file=names, send_wait=0)
    sent = await alice.send(bob.name, "hello")
    assert (await alice.entry_of(sent)).attempts == 0
    assert texts(await alice.messages(bob.name)) == ["hello"]


async def test_what_is_on_its_way_gets_there_when_the_client_closes(world):
    team, client = await world.team(), await world.client(send_wait=0)
    alice = await client.create_profile(MAIN, world.wallet, alias=world.alice_name)
    await alice.send(team.name, "just before the end")
    await context_of(client).background.close(60)
    assert texts(await team.sync()) == ["just before the end"]


async def test_what_several_tasks_try_at_once_is_handed_over_once(world):
    team, client = await world.team(), await world.client(send_wait=0)
    alice = await client.create_profile(MAIN, world.wallet, alias=world.alice_name)
    for number in range(3):
        await alice.send(team.name, f"number {number}")
    await asyncio.gather(*(alice.deliver() for _ in range(5)))
    reader = await context_of(client).service(f"ds.{team.identity.app}")
    token = await reader.authenticate(team.identity.name, identity_of(team).keys.signing_private)
    page = await reader.fetch(team.identity.name, token, reader=identity_of(team).reader)
    assert len(page.messages) == 3


async def test_a_message_that_never_gets_through_holds_up_no_other_to_the_same_receiver(world):
    client, team = await world.client(), await world.team()
    alice = await client.create_profile(MAIN, world.wallet, alias=world.alice_name)
    line = line_of(client)
    line.cut_before = lambda request, _: b"submitMessage" in request.content
    for text in ("x" * 60_000, "one", "two"):
        await alice.send(team.name, text)
    for kept in await context_of(client).vault.entries(OUTBOX):
        # The large one is the first that is tried, and not for the first time.
        attempts = 1 if len(kept.record.text) > 60_000 else 2
        again = replace(kept.record, attempts=attempts, next_at=0)
        await context_of(client).vault.put(OUTBOX, again.id, again, section=again.account)
    # Something in between takes nothing that large.
    line.cut_before = lambda request, _: len(request.content) > 60_000
    await alice.deliver()
    assert len(await alice.waiting()) == 1
    assert sorted(texts(await team.sync())) == ["one", "two"]
