"""The SDK sends and receives: nothing is lost, nothing comes twice, and nothing hostile blocks a mailbox."""

import asyncio
import json
import os
import time

import httpx
import pytest

from dm3.base.errors import Dm3Error, InvalidInput, TooLarge
from dm3.client.reading.inbox import LONGEST_WAIT
from dm3.client.state.outbox_entry import OutboxState
from dm3.client.state.records import Direction
from dm3.crypto import ProfileKeys, Seed
from dm3.model import Attachment, DeliveryInformation, Draft, MessageType
from dm3.protocol.messages.composing import compose
from dm3.wire import read_message
from tests.e2e.sdk_scene import (
    APP,
    MAIN,
    line_of,
    link,
    listening,
    new_wallet,
    sealed_for,
    submit,
    texts,
    world_in,
)
from tests.kit import eventually, happens, metric
from tests.kit.inside import context_of, identity_of

pytestmark = pytest.mark.asyncio(loop_scope="module")
PLACE = {"size_limit": 200_000}
PLAIN = [kind for kind in MessageType if not kind.startswith("LINK")]


# --- round trips --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", PLAIN)
async def test_every_kind_of_message_comes_as_it_was_sent(pair, kind):
    alice, team = pair
    first = await team.send(alice.name, "to be referred to")
    await alice.sync()
    sent = await alice.send(team.name, f"a {kind}", type=kind, reference=first.hash)
    [got] = await team.sync()
    assert (got.type, got.content, got.reference) == (kind, f"a {kind}", first.hash)
    assert (got.hash, got.text, got.peer) == (sent.hash, sent.text, alice.name)
    assert (got.direction, sent.direction) == (Direction.IN, Direction.OUT)


@pytest.mark.parametrize(
    "text",
    ["x", "Grüße, Zoë! 👋🏽 \u0000\u001b[31m", "line\nbreak", "a" * 2047, "b" * 2048, "ß" * 40_000],
)
async def test_any_text_comes_as_it_was_sent(pair, text):
    alice, team = pair
    await alice.send(team.name, text)
    assert texts(await team.sync()) == [text]


async def test_attachments_come_as_they_were_sent(pair):
    alice, team = pair
    attached = (
        Attachment("data:text/plain;base64,aGVsbG8=", "hällo.txt"),
        Attachment("https://example.org/picture.png"),
        Attachment("data:application/octet-stream;base64," + "A" * 50_000, "big"),
    )
    await alice.send(team.name, "three files", attachments=attached)
    [got] = await team.sync()
    assert read_message(got.text).attachments == attached


async def test_conversations_count_and_are_marked_as_read(pair):
    alice, team = pair
    for text in ("one", "two"):
        await team.send(alice.name, text)
    await alice.sync()
    await alice.send(team.name, "three")
    [head] = await alice.conversations()
    assert (head.peer, head.messages, head.unread) == (team.name, 3, 2)
    assert texts(await alice.messages(team.name)) == ["one", "two", "three"]
    await alice.mark_read(team.name)
    [head] = await alice.conversations()
    assert (head.messages, head.unread) == (3, 0)
    await alice.mark_read("nobody.dm3.eth")


async def test_nobody_writes_to_himself(pair):
    alice, _ = pair
    for name in (alice.name, alice.identity.name, alice.name.upper()):
        with pytest.raises(InvalidInput, match="itself"):
            await alice.send(name, "hello me")
    assert await alice.waiting() == []
    assert await alice.conversations() == []


@pytest.mark.parametrize("name", ["", "a..b", "has space.eth", "\ud800.eth", "x" * 300 + ".eth"])
async def test_a_name_that_is_none_is_refused(pair, name):
    with pytest.raises(InvalidInput):
        await pair[0].send(name, "hello")
    assert await pair[0].waiting() == []


async def test_half_a_character_is_shown_as_one_that_cannot_be(pair):
    alice, team = pair
    sent = await alice.send(team.name, "half \ud83d")
    assert sent.content == "half \ufffd"
    assert texts(await team.sync()) == ["half \ufffd"]


async def test_a_page_full_and_more_comes_completely_and_in_order(pair):
    alice, team = pair
    wanted = [f"number {n}" for n in range(120)]
    for text in wanted:
        await team.send(alice.name, text)
    assert texts(await alice.sync()) == wanted
    assert await alice.sync() == []


# --- waiting for messages -----------------------------------------------------------------------------


async def they_wait(world, domain=APP, count=1):
    """Return when so many fetches wait at the delivery service of ``domain``."""
    url = world.place.sites[domain].delivery.url

    async def waiting():
        return await metric(url, "dm3_delivery_waiting_fetches") >= count

    await happens(waiting, "a fetch that waits")


async def test_incoming_waits_at_the_service_and_is_woken(world):
    alice, client = await world.alice(), await world.client()
    team = await client.create_profile(APP, new_wallet(), alias=world.team_name)
    line = line_of(client)
    async with listening(team) as heard:
        await they_wait(world)

        def fetches():
            return sum("/mailbox" in request.url.path for request in line.requests)

        before = fetches()
        await asyncio.sleep(1.5)
        assert fetches() == before  # it waits, it does not ask again and again
        for number in range(3):
            await alice.send(team.name, f"wake up {number}")
            sent_at = time.monotonic()
            assert await eventually(heard.get()) == f"wake up {number}"
            assert time.monotonic() - sent_at < LONGEST_WAIT  # it did not wait until its time was over


async def test_incoming_survives_a_service_that_is_away_for_a_while(tmp_path):
    async with world_in(tmp_path) as world:
        alice, team = await world.alice(), await world.team()
        async with listening(team) as heard:
            await they_wait(world)
            await world.place.stop_delivery(APP)
            await happens(lambda: team.errors)
            await world.place.start_delivery(APP)
            await alice.send(team.name, "are you back?")
            assert await eventually(heard.get()) == "are you back?"


async def test_what_comes_to_two_mailboxes_at_once_is_all_told(world):
    alice, lsp, team = await world.alice(), await world.lsp(), await world.team()
    await link(alice, lsp, world.wallet)
    wanted = []
    async with listening(alice) as heard:
        for number in range(8):
            await asyncio.sleep(0.05)
            wanted += [f"main {number}", f"linked {number}"]
            await asyncio.gather(
                team.send(alice.name, f"main {number}"),
                team.send(lsp.name, f"linked {number}"),
            )
        told = [await eventually(heard.get()) for _ in wanted]
    assert sorted(told) == sorted(wanted)


# --- the outbox ---------------------------------------------------------------------------------------


async def test_a_message_is_kept_while_the_service_is_away_and_delivered_later(tmp_path):
    async with world_in(tmp_path) as world:
        team, vault = await world.team(), {"vault": tmp_path / "vault.sqlite", "passphrase": "p"}
        alice = await world.alice(**vault)
        world.clock.stop()
        await world.place.stop_delivery(APP)
        sent = await alice.send(team.name, "I can wait")
        [entry] = await alice.waiting()
        assert (entry.state, entry.message_hash, entry.attempts) == (OutboxState.WAITING, sent.hash, 1)
        assert "cannot be reached" in entry.last_error
        assert entry.next_at > context_of(alice).seconds()
        await alice.sync()
        [entry] = await alice.waiting()
        assert entry.attempts == 1  # not before it is due
        await context_of(alice).vault.close()  # the program ends

        await world.place.start_delivery(APP)
        world.clock.ahead += 3
        again = await (await world.client(**vault)).messenger(alice.name)
        await again.sync()
        assert await again.waiting() == []
        assert texts(await team.sync()) == ["I can wait"]
        assert texts(await again.messages(team.name)) == ["I can wait"]


async def test_the_second_delivery_service_takes_over(tmp_path):
    async with world_in(tmp_path) as world:
        client = await world.client()
        both = (f"ds.{APP}", f"ds.{MAIN}")
        team = await client.create_profile(APP, new_wallet(), alias=world.team_name, delivery_services=both)
        alice = await world.alice()
        await alice.send(team.name, "by the first")
        await world.place.stop_delivery(APP)
        await alice.send(team.name, "by the second")
        assert await alice.waiting() == []
        assert texts(await team.sync()) == ["by the second"]
        assert len(team.errors) == 1
        await world.place.start_delivery(APP)
        assert texts(await team.sync()) == ["by the first"]
        assert team.errors == []


async def test_what_no_service_takes_is_refused_at_once(world):
    alice, team = await world.alice(), await world.team()
    with pytest.raises(TooLarge, match="200000"):
        await alice.send(team.name, "x" * 300_000)
    assert await alice.waiting() == []
    assert await alice.conversations() == []


async def test_what_is_refused_for_good_ends_with_a_sentence(tmp_path):
    async with world_in(tmp_path, blocked_senders=(MAIN,)) as world:
        alice, team = await world.alice(), await world.team()
        await alice.send(team.name, "buy this")
        [entry] = await alice.waiting()
        assert entry.state is OutboxState.FAILED
        assert "spam" in entry.last_error.lower()
        world.clock.ahead += 10_000
        await alice.sync()
        [again] = await alice.waiting()
        assert again.attempts == entry.attempts
        other = await (await world.client()).create_profile(APP, new_wallet())
        await other.send(team.name, "I am another")
        assert texts(await team.sync()) == ["I am another"]


async def test_a_receiver_who_is_not_there_yet_is_waited_for(world):
    alice, wallet = await world.alice(), new_wallet()
    await alice.send(world.team_name, "welcome")
    [entry] = await alice.waiting()
    assert entry.state is OutboxState.WAITING
    assert entry.last_error
    team = await (await world.client()).create_profile(APP, wallet, alias=world.team_name)
    world.clock.ahead += 10
    context_of(alice).directory.forget(world.team_name)
    await alice.sync()
    assert texts(await team.sync()) == ["welcome"]


async def test_an_answer_that_got_lost_does_not_double_the_message(world):
    client, team = await world.client(), await world.team()
    alice = await client.create_profile(MAIN, world.wallet, alias=world.alice_name)
    line = line_of(client)

    def is_submission(request: httpx.Request, _: int) -> bool:
        return b"dm3_submitMessage" in request.content

    line.cut_after = is_submission
    await alice.send(team.name, "once")
    assert len(await alice.waiting()) == 1
    line.cut_after = lambda *_: False
    world.clock.ahead += 3
    await alice.sync()
    assert await alice.waiting() == []
    assert texts(await team.sync()) == ["once"]
    assert await team.sync() == []


async def test_the_same_envelope_and_the_same_message_in_another_one_come_once(world):
    client, team = await world.client(), await world.team()
    alice = await client.create_profile(MAIN, world.wallet, alias=world.alice_name)
    envelope = await sealed_for(alice, context_of(client), team.name)
    for _ in range(3):
        await submit(context_of(client), envelope, f"ds.{APP}")
    assert texts(await team.sync()) == ["hello"]
    await submit(context_of(client), envelope, f"ds.{APP}")
    assert await team.sync() == []
    text = (await team.messages(alice.name))[0].text
    await submit(
        context_of(client), await sealed_for(alice, context_of(client), team.name, text), f"ds.{APP}"
    )
    assert await team.sync() == []
    assert [head.messages for head in await team.conversations()] == [1]


async def test_two_programs_with_one_vault_take_a_message_in_once(world, tmp_path):
    vault = {"vault": tmp_path / "vault.sqlite", "passphrase": "p"}
    one = await world.alice(**vault)
    other = await (await world.client(**vault)).messenger(one.name)
    team = await world.team()
    for number in range(10):
        await team.send(one.name, f"message {number}")
    arrived = await asyncio.gather(one.sync(), other.sync())
    assert sorted(texts([*arrived[0], *arrived[1]])) == [f"message {number}" for number in range(10)]
    assert await one.refused() == []
    assert [(head.messages, head.unread) for head in await one.conversations()] == [(10, 10)]


# --- what is not to be believed -----------------------------------------------------------------------


def signed_by(account, to, *, from_=None, content="hello", **fields):
    """A message's text with any fields, properly signed by the account's key."""
    draft = Draft(
        **{
            "to": to,
            "from_": from_ or account.name,
            "timestamp": context_of(account).milliseconds(),
            "content": content,
            **fields,
        }
    )
    return compose(draft, identity_of(account).keys.signing_private).text


async def test_forged_and_unreadable_messages_are_told_and_block_nothing(world):
    client, team = await world.client(), await world.team()
    mallory = await client.create_profile(APP, new_wallet())
    alice, context = await world.alice(), context_of(client)

    forged = json.loads(signed_by(mallory, team.name))
    forged["message"] = "tampered with"
    other = ProfileKeys.from_seed(Seed(os.urandom(32)))
    cases = {
        "in another's name": ({"text": signed_by(mallory, team.name, from_=alice.name)}, "bad-signature"),
        "tampered": ({"text": json.dumps(forged)}, "bad-signature"),
        "for other keys": ({"receiver_key": other.encryption_public}, "cannot-open"),
        "not JSON": ({"text": "nonsense"}, "malformed"),
        "another JSON": ({"text": "[1, 2]"}, "malformed"),
        "for somebody else": ({"text": signed_by(mallory, alice.name)}, "malformed"),
        "invalid name": ({"text": signed_by(mallory, team.name, from_="a..b")}, "invalid-name"),
        "half a type": ({"text": signed_by(mallory, team.name, type="T\ud800")}, None),
        "half a reference": ({"text": signed_by(mallory, team.name, reference="0x\udfff")}, None),
        "an immense time": ({"text": signed_by(mallory, team.name, timestamp=2**60)}, "malformed"),
        "a link without a link": ({"text": signed_by(mallory, team.name, type="LINK")}, "malformed"),
    }
    reasons = {}
    for name, (changes, _) in cases.items():
        before = len(await team.refused())
        await submit(context, await sealed_for(mallory, context, team.name, **changes), f"ds.{APP}")
        await alice.send(team.name, f"after {name}")
        assert texts(await team.sync()) == [f"after {name}"], name
        assert team.errors == [], name
        [refused] = (await team.refused())[before:]
        assert refused.sentence
        reasons[name] = refused.reason
    wanted = {name: reason for name, (_, reason) in cases.items() if reason is not None}
    assert {name: reasons[name] for name in wanted} == wanted
    assert len(await team.conversations()) == 1  # none of it is shown
    assert await team.sync() == []


async def test_half_a_character_of_another_client_is_shown_as_unreadable(world):
    client, team = await world.client(), await world.team()
    peer = await client.create_profile(APP, new_wallet())
    text = signed_by(peer, team.name, content="cut \ud83d off")
    await submit(context_of(client), await sealed_for(peer, context_of(client), team.name, text), f"ds.{APP}")
    [got] = await team.sync()
    assert got.content == "cut \ufffd off"
    assert await team.refused() == []


async def test_a_sender_in_the_delivery_information_does_not_replace_the_one_inside(world):
    client, team = await world.client(), await world.team()
    peer = await client.create_profile(APP, new_wallet())
    information = DeliveryInformation(team.name, peer.name)
    envelope = await sealed_for(peer, context_of(client), team.name, information=information)
    await submit(context_of(client), envelope, f"ds.{APP}")
    [got] = await team.sync()
    assert got.peer == peer.name


async def test_a_name_service_in_trouble_makes_messages_wait_and_not_vanish(world):
    client, alice = await world.client(), await world.alice()
    team = await client.create_profile(APP, new_wallet(), alias=world.team_name)
    await alice.send(team.name, "please wait")
    line = line_of(client)
    inner = line._inner

    class Overloaded(httpx.AsyncBaseTransport):
        status = 503

        async def handle_async_request(self, request):
            if "/names/" in str(request.url) and MAIN in str(request.url):
                return httpx.Response(self.status, json={"error": "The service is busy.", "code": "busy"})
            return await inner.handle_async_request(request)

    context_of(client).directory.forget(alice.name)
    context_of(client).names.forget(alice.name)
    line._inner = troubled = Overloaded()
    for status in (503, 429, 500):
        troubled.status = status
        assert await team.sync() == []
        assert team.errors
        assert isinstance(team.errors[0], Dm3Error)
        assert await team.refused() == []
    line._inner = inner
    world.clock.ahead += 3_600  # the domain is looked up again after a pause
    assert texts(await team.sync()) == ["please wait"]
    assert team.errors == []
