"""Sending that does not lose: what is checked before, what fails for good, what is tried again."""

import json
from contextlib import asynccontextmanager

import pytest

from dm3.base.errors import NotFound, TooLarge
from dm3.client import attach
from dm3.client.messaging.outbox import enqueue
from dm3.client.state.capabilities import REMEMBERED_SECONDS, Peers, least_sealed_size, unsupported_reason
from dm3.client.state.outbox_entry import OutboxState
from dm3.client.state.records import OUTBOX
from dm3.delivery.http.rpc_methods import UNSTATED
from dm3.model import MessageType, ProfileExtension
from dm3.net.clients.delivery import DeliveryClient
from dm3.protocol.messages.attachments import MAX_MESSAGE
from dm3.protocol.messages.timeline_messages import Delivery
from dm3.wire import envelope_text, extension_json
from tests.e2e.sdk_scene import (
    APP,
    DAY,
    MAIN,
    line_of,
    new_wallet,
    sealed_for,
    texts,
    world_in,
)
from tests.kit.inside import context_of, identity_of, mailbox_of

pytestmark = pytest.mark.asyncio(loop_scope="module")
LIMIT = 100_000
PLACE = {"size_limit": LIMIT}
ENDINGS = ("LINK_REJECT", "LINK_REVOKE")


async def says(account, **extension):
    """Publish another extension for a profile of ours, as another program's would be."""
    mailbox = mailbox_of(account)
    for service in mailbox.services:
        client = await context_of(account).service(service)
        token = await client.authenticate(mailbox.name, mailbox.keys.signing_private)
        await client.set_extension(mailbox.name, token, extension_json(ProfileExtension(**extension)))


def calls(account, method=None):
    """The JSON-RPC methods that an account's client has called."""
    made = [
        json.loads(request.content)["method"]
        for request in line_of_account(account).requests
        if request.url.path == "/rpc"
    ]
    return [name for name in made if name == method] if method else made


def line_of_account(account):
    return line_of(account)


async def state_of(account, peer):
    return [entry.delivery for entry in (await account.timeline(peer.name)).entries]


# --- what the receiver reads ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "extension",
    [
        {"supported_types": ("NEW", "REPLY", "LINK")},
        {"supported_types": None, "unsupported_types": ("REACTION",)},
    ],
    ids=["published text", "reference"],
)
async def test_a_type_that_the_receiver_does_not_read_fails_and_nothing_is_sent(pair, extension):
    alice, team = pair
    await says(team, **extension)
    line_of_account(alice)
    first = await alice.send(team.name, "hello")
    await alice.react(first, "👍")
    [entry] = await alice.waiting()
    assert entry.state is OutboxState.FAILED
    assert entry.last_error == (
        f"The other side does not support this kind of message: {team.name} does not read messages of "
        "type REACTION"
    )
    assert calls(alice).count("dm3_submitMessage") == 1, "only the first"
    assert texts(await team.sync()) == ["hello"]
    # Nothing of it is forgotten: once the receiver reads it, it may go.
    await says(team, supported_types=("NEW", "REACTION"))
    assert await alice.retry(entry.id) == []
    assert [message.type for message in await team.sync()] == [MessageType.REACTION]


async def test_a_sealing_that_the_receiver_does_not_open_fails_and_nothing_is_sent(pair):
    alice, team = pair
    await says(team, encryption_schemes=("post-quantum-1", "rot13"))
    line_of_account(alice)
    await alice.send(team.name, "hello")
    [entry] = await alice.waiting()
    assert entry.state is OutboxState.FAILED
    assert "post-quantum-1, rot13 only, and we seal with x25519-chacha20-poly1305" in entry.last_error
    assert "dm3_submitMessage" not in calls(alice)
    assert await state_of(alice, team) == [Delivery.FAILED]
    assert await team.sync() == []


async def test_a_profile_that_lists_ours_among_others_gets_the_message(pair):
    alice, team = pair
    await says(team, encryption_schemes=("post-quantum-1", "X25519-ChaCha20-Poly1305"))
    await alice.send(team.name, "hello")
    assert texts(await team.sync()) == ["hello"]


async def test_what_is_known_is_asked_for_once_and_a_no_again(pair):
    alice, team = pair
    line_of_account(alice)
    for _ in range(3):
        await alice.send(team.name, "hello")
    assert calls(alice, "dm3_getProfileExtension") == ["dm3_getProfileExtension"]
    assert calls(alice, "dm3_getDeliveryServiceProperties") == ["dm3_getDeliveryServiceProperties"]


async def test_receipts_that_cannot_be_sent_are_dropped(world):
    alice, team = await world.alice(send_receipts=True), await world.team()
    await says(team, supported_types=("NEW",))
    await alice.allow(team.name)
    await team.send(alice.name, "hello")
    await alice.sync()
    await alice.mark_read(team.name)
    assert await alice.waiting() == []
    assert await team.sync() == []


@pytest.mark.parametrize(
    ("extension", "kind", "allowed"),
    [
        (None, "NEW", True),
        (ProfileExtension(), "POLL", True),
        (ProfileExtension(supported_types=()), "NEW", False),
        (ProfileExtension(supported_types=("NEW",)), "NEW", True),
        (ProfileExtension(supported_types=("NEW",)), "LINK", False),
        (ProfileExtension(supported_types=("NEW",)), "LINK_RECOVER", False),
        (ProfileExtension(supported_types=("LINK",)), "LINK_ACCEPT", True),
        (ProfileExtension(supported_types=("LSP_LINK",)), "LSP_LINK_ACCEPT", True),
        (ProfileExtension(("other",), ("LINK",)), "LINK_ACCEPT", False),
        (ProfileExtension(unsupported_types=("EDIT",)), "EDIT", False),
        (UNSTATED, "LINK", True),
        (UNSTATED, "POLL", True),
        (UNSTATED, "LINK_ACCEPT", True),
        *[(said, ending, False) for said in (None, UNSTATED) for ending in ENDINGS],
        *[(ProfileExtension(supported_types=("LINK_ACCEPT",)), ending, False) for ending in ENDINGS],
        *[(ProfileExtension(supported_types=ENDINGS), ending, True) for ending in ENDINGS],
    ],
)
async def test_what_an_extension_allows(extension, kind, allowed):
    assert (unsupported_reason(extension, "bob.eth", kind) is None) is allowed


# --- size -----------------------------------------------------------------------------------------------


async def test_a_message_beyond_the_protocols_bound_is_refused_at_once(pair):
    alice, team = pair
    line = line_of_account(alice)
    before = len(line.requests)
    half = attach(bytes(MAX_MESSAGE * 2 // 5), name="half.bin")
    with pytest.raises(TooLarge, match="20000000 are allowed"):
        await alice.send(team.name, "two halves", attachments=(half, half))
    assert len(line.requests) == before, "nobody was asked"
    assert (await alice.waiting(), await alice.conversations()) == ([], [])


async def test_a_message_that_no_service_of_the_receiver_takes_is_refused_at_once(pair):
    alice, team = pair
    with pytest.raises(TooLarge, match=rf"ds\.{APP} takes {LIMIT}") as refused:
        await alice.send(team.name, "a file", attachments=(attach(bytes(LIMIT), name="a.bin"),))
    assert "Nothing was sent" in refused.value.hint
    assert (await alice.waiting(), await alice.conversations()) == ([], [])


async def test_the_exact_size_is_checked_before_it_is_handed_over(pair):
    """The first look is at the least that a message can take; the second one at what it does take."""
    alice, team = pair
    line_of_account(alice)
    text = "x" * (36 * 2_048 - 1_000)
    sent = await alice.send(team.name, text)
    assert least_sealed_size(sent.text) <= LIMIT
    [entry] = await alice.waiting()
    assert (entry.state, entry.message_hash) == (OutboxState.FAILED, sent.hash)
    assert f"ds.{APP} takes {LIMIT}" in entry.last_error
    assert "dm3_submitMessage" not in calls(alice)


async def test_what_fits_is_sent(pair):
    alice, team = pair
    await alice.send(team.name, "a file", attachments=(attach(bytes(40_000), name="a.bin"),))
    assert texts(await team.sync()) == ["a file"]


async def test_the_least_size_is_never_more_than_the_real_one(pair):
    alice, team = pair
    for length in (0, 1, 2_000, 2_047, 2_048, 2_049, 20_000):
        text = json.dumps({"metadata": {}, "message": "x" * length})
        envelope = await sealed_for(alice, context_of(alice), team.name, text)
        assert least_sealed_size(text) < len(envelope_text(envelope)) < least_sealed_size(text) + 6_000


# --- several services -----------------------------------------------------------------------------------


@asynccontextmanager
async def on_both(folder):
    """Somebody whose profile lists both delivery services, the application's first."""
    async with world_in(folder) as world:
        bob = await (await world.client()).create_profile(
            MAIN, new_wallet(), delivery_services=(f"ds.{APP}", f"ds.{MAIN}")
        )
        yield world, bob


async def test_the_next_service_gets_what_the_first_cannot_take(tmp_path):
    async with on_both(tmp_path) as (world, bob):
        alice = await world.alice()
        await world.place.stop_delivery(APP)
        await alice.send(bob.name, "by the second")
        assert await alice.waiting() == []
        assert texts(await bob.sync()) == ["by the second"]
        assert len(bob.errors) == 1, "and the first one is missed"


async def test_one_that_is_away_may_yet_take_what_the_other_never_will(tmp_path):
    async with on_both(tmp_path) as (world, bob):
        alice = await world.alice()
        mailbox = mailbox_of(bob)
        client = await context_of(bob).service(f"ds.{MAIN}")
        token = await client.authenticate(mailbox.name, mailbox.keys.signing_private)
        only_new = extension_json(ProfileExtension(supported_types=("NEW",)))
        await client.set_extension(mailbox.name, token, only_new)
        await world.place.stop_delivery(APP)
        first = await alice.send(bob.name, "hello")
        await alice.react(first, "👍")
        [entry] = await alice.waiting()
        assert entry.state is OutboxState.WAITING
        await world.place.start_delivery(APP)
        world.clock.ahead += 10
        await alice.sync()
        assert await alice.waiting() == []
        assert {message.type for message in await bob.sync()} == {"NEW", "REACTION"}


# --- nobody is there ------------------------------------------------------------------------------------


async def test_a_message_to_nobody_is_kept_and_says_so_until_somebody_is_there(world):
    alice = await world.alice()
    sent = await alice.send(world.team_name, "are you there?")
    entry = await alice.entry_of(sent)
    assert (entry.state, entry.is_to_nobody, entry.last_code) == (OutboxState.WAITING, True, "nobody-there")
    assert entry.last_error == f"Nobody is published under that name: {world.team_name}"
    team = await world.team()
    world.clock.ahead += 10
    context_of(alice).directory.forget(world.team_name)
    await alice.sync()
    assert await alice.entry_of(sent) is None
    assert texts(await team.sync()) == ["are you there?"]


async def test_a_name_that_nobody_can_be_asked_about_is_told_so(pair):
    alice, _ = pair
    entry = await alice.entry_of(await alice.send("typo.dm3.ethh", "hello"))
    assert (entry.state, entry.is_to_nobody, entry.last_code) == (OutboxState.WAITING, False, "nobody-asked")
    assert "of no configured resolver, and no node of a chain (rpc-url)" in entry.last_error


async def test_somebody_who_is_published_and_not_reached_is_not_nobody(pair):
    alice, team = pair
    line = line_of_account(alice)
    line.cut_before = lambda request, _: request.url.path == "/rpc"
    away = await alice.entry_of(await alice.send(team.name, "on its way"))
    assert (away.state, away.is_to_nobody, away.last_code) == (OutboxState.WAITING, False, "unreachable")
    line.cut_before = lambda *_: True
    context_of(alice).directory.forget(team.name)
    unknown = await alice.entry_of(await alice.send(team.name, "the resolver is away"))
    assert (unknown.state, unknown.is_to_nobody, unknown.last_code) == (
        OutboxState.WAITING,
        False,
        "unreachable",
    )


async def test_a_record_that_cannot_be_followed_is_not_nobody(pair):
    alice, team = pair
    names = context_of(alice).names
    context_of(alice).directory.forget(team.name)
    told = type("Told", (), {"__getattr__": lambda _, name: getattr(names, name)})()
    told.text = lambda *_: _ipfs()
    context_of(alice).directory.names = told
    object.__setattr__(context_of(alice), "names", told)
    entry = await alice.entry_of(await alice.send(team.name, "hello"))
    assert (entry.state, entry.is_to_nobody, entry.last_code) == (OutboxState.WAITING, False, "nobody-asked")


async def _ipfs():
    return "ipfs://bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"


# --- waiting, trying again, giving up -------------------------------------------------------------------


async def test_pauses_grow_and_retrying_waits_for_none_of_them(tmp_path):
    async with world_in(tmp_path) as world:
        alice, team = await world.alice(), await world.team()
        world.clock.stop()
        await world.place.stop_delivery(APP)
        await alice.send(team.name, "hello")
        pauses = []
        for _ in range(14):
            [entry] = await alice.waiting()
            pauses.append(entry.next_at - context_of(alice).seconds())
            world.clock.ahead += pauses[-1] + 1
            await alice.deliver()
        assert [round(pause, -1) for pause in pauses[-3:]] == [3_600] * 3
        assert pauses[0] <= 2 < pauses[2] <= 8 < pauses[5] <= 64
        assert await state_of(alice, team) == [Delivery.WAITING]
        await world.place.start_delivery(APP)
        assert len(await alice.deliver()) == 1, "it is not due yet"
        [entry] = await alice.waiting()
        assert await alice.retry(entry.id) == []
        assert texts(await team.sync()) == ["hello"]
        assert await state_of(alice, team) == [Delivery.SENT]


async def test_after_two_weeks_a_message_has_failed_and_may_be_tried_anew(tmp_path):
    async with world_in(tmp_path) as world:
        alice, team = await world.alice(), await world.team()
        await world.place.stop_delivery(APP)
        await alice.send(team.name, "hello")
        world.clock.ahead += 15 * DAY
        [entry] = await alice.deliver()
        assert entry.state is OutboxState.FAILED
        [again] = await alice.retry(entry.id)
        assert (again.state, again.attempts) == (OutboxState.WAITING, 1)
        await world.place.start_delivery(APP)
        assert await alice.retry(entry.id) == []
        assert texts(await team.sync()) == ["hello"]


async def test_what_is_given_up_is_shown_so_and_never_sent(tmp_path):
    async with world_in(tmp_path) as world:
        alice, team = await world.alice(), await world.team()
        await world.place.stop_delivery(APP)
        await alice.send(team.name, "better not")
        [entry] = await alice.waiting()
        await alice.discard(entry.id)
        assert await alice.waiting() == []
        assert await state_of(alice, team) == [Delivery.DISCARDED]
        await world.place.start_delivery(APP)
        world.clock.ahead += DAY
        await alice.sync()
        assert await team.sync() == []
        # Nor does it go out later, because somebody asks for it or because the profile is linked.
        [kept] = await alice.messages(team.name)
        await team.send(alice.name, "", type=MessageType.RESEND_REQUEST, reference=kept.hash)
        await alice.sync()
        assert await context_of(alice).vault.count(OUTBOX) == 0


async def test_a_message_that_was_given_up_is_not_handed_on_with_the_rest(tmp_path):
    async with world_in(tmp_path) as world:
        alice, lsp, team = await world.alice(), await world.lsp(), await world.team()
        await lsp.send(team.name, "good")
        await world.place.stop_delivery(APP)
        await lsp.send(team.name, "better not")
        [entry] = await lsp.waiting()
        await lsp.discard(entry.id)
        await world.place.start_delivery(APP)
        await lsp.request_link(alice.name, world.wallet)
        await alice.sync()
        await alice.approve(lsp.name)
        await lsp.sync()
        await alice.sync()
        assert texts(await alice.messages(team.name, profile=lsp.name)) == ["good"]


@pytest.mark.parametrize("meant", [{"receiver_hash": "0x" + "11" * 32}, {"receiver_owner": "0x" + "22" * 20}])
async def test_what_is_meant_for_one_profile_goes_to_no_other_that_its_name_leads_to(pair, meant):
    """So keys are given back to whom they are for, whatever is published under the name by then."""
    alice, team = pair
    context, text = context_of(alice), (await alice.send(team.name, "the keys")).text
    await team.sync()
    calls_before = len(calls(alice, "dm3_submitMessage"))
    change = context.vault.change()
    own = identity_of(alice).name
    enqueue(change, context, account=own, to=team.name, sender=own, text=text, **meant)
    await context.vault.commit(change)
    await alice.sync()
    [waiting] = await alice.waiting()
    assert (waiting.state, waiting.last_code) == (OutboxState.FAILED, "meant-for-another")
    assert len(calls(alice, "dm3_submitMessage")) == calls_before
    assert await team.sync() == []


async def test_an_entry_of_another_account_or_of_none_is_not_found(pair):
    alice, team = pair
    await says(team, encryption_schemes=("other",))
    await alice.send(team.name, "hello")
    [entry] = await alice.waiting()
    for account, wanted in ((team, entry.id), (alice, "nothing"), (alice, "")):
        with pytest.raises(NotFound, match="the outbox has no entry"):
            await account.retry(wanted)
        with pytest.raises(NotFound, match="the outbox has no entry"):
            await account.discard(wanted)


# --- what is remembered of others -----------------------------------------------------------------------


async def test_what_is_remembered_of_a_service_is_asked_for_again_after_some_minutes(pair):
    alice, team = pair
    now = 0.0
    peers = Peers(lambda: now)
    line = line_of_account(alice)
    client = await context_of(alice).service(f"ds.{APP}")
    assert isinstance(client, DeliveryClient)
    before = len(line.requests)
    for _ in range(3):
        assert (await peers.facts(f"ds.{APP}", client)).limit == LIMIT
        await peers.require_support(f"ds.{APP}", client, team.name, "NEW")
    assert len(line.requests) == before + 2
    now = REMEMBERED_SECONDS + 1
    assert (await peers.facts(f"ds.{APP}", client)).limit == LIMIT
    await peers.require_support(f"ds.{APP}", client, team.name, "NEW")
    assert len(line.requests) == before + 4
