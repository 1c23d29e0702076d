"""A recovery is tied to the page: other pages, and signatures that nobody could read, are asked about."""

import asyncio

import pytest
from msgspec.structs import replace

from dm3.base.errors import LocalProtocolError, NotFound
from dm3.client import App, parts_of
from dm3.client.linking import clock_check
from dm3.client.state.look_ups import step
from dm3.client.state.records import TOLD
from dm3.model import Draft, LinkKind, LinkMessage, LinkPayload
from dm3.protocol.linking import (
    Doubt,
    LinkPolicy,
    LinkRefused,
    OutgoingLinkState,
    RecoveryMode,
    print_link_message,
)
from dm3.protocol.messages.composing import compose
from dm3.wire import link_type
from tests.e2e.sdk_scene import APP, DAY, MAIN, PAGE, CountingWallet, link, new_wallet, sealed_for, submit
from tests.kit.hostile import HOSTILE_PAGE, BlindWallet
from tests.kit.inside import context_of, desk_of, held_links, identity_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

EVIL = App(APP, HOSTILE_PAGE)


async def test_another_page_gets_no_keys_unasked_and_the_user_sees_both(world):
    alice, lsp = await world.linked()
    device = await (await world.client()).recoveries.begin(EVIL, lsp.name, alice.name, world.wallet)
    await alice.sync()
    await device.sync()
    assert await device.finish() is None
    [request] = await alice.link_requests()
    assert request.is_recovery
    assert (request.uri, request.link_uri, request.reply_to) == (EVIL.uri, PAGE, device.name)
    assert request.doubts == (Doubt.OTHER_PAGE,)
    [notice] = [one for one in await alice.notices() if one.kind == "recovery-request"]
    for shown in (lsp.name, EVIL.uri, PAGE, device.name):
        assert shown in notice.sentence

    with pytest.raises(LocalProtocolError, match="asks for the keys"):
        await alice.approve(lsp.name)
    await alice.approve(request)
    await device.sync()
    assert (await device.finish()).name == lsp.name
    [told] = [one for one in await alice.notices() if one.kind == "recovery"]
    for shown in (lsp.name, EVIL.uri, device.name, "Z"):
        assert shown in told.sentence


async def test_a_rejected_page_gets_nothing(world):
    alice, lsp = await world.linked()
    device = await (await world.client()).recoveries.begin(EVIL, lsp.name, alice.name, world.wallet)
    await alice.sync()
    await alice.reject(lsp.name, reason="not me")
    await device.sync()
    assert (await device.recovery()).rejection == "not me"
    assert await alice.link_requests() == []


async def test_a_signature_that_nobody_could_read_releases_nothing(world, monkeypatch):
    alice, lsp = await world.linked()
    client = await world.client()

    async def believed(*_: str) -> bool:
        return True

    monkeypatch.setattr(context_of(client).directory.verifier, "signed", believed)
    device = await client.recoveries.begin(world.app, lsp.name, alice.name, BlindWallet(world.wallet))
    monkeypatch.undo()
    await alice.sync()
    await device.sync()
    assert await device.finish() is None
    [request] = await alice.link_requests()
    assert request.doubts == (Doubt.OPAQUE,)


async def test_the_switch_of_a_link_is_kept_and_goes_before_the_policy(world):
    alice = await world.alice(policy=LinkPolicy(recovery=RecoveryMode.ASK))
    lsp = await world.lsp()
    await link(alice, lsp, world.wallet)
    await alice.set_recovery(lsp.name, RecoveryMode.UNATTENDED)
    device = await (await world.client()).recoveries.begin(world.app, lsp.name, alice.name, world.wallet)
    await alice.sync()
    await device.sync()
    assert (await device.finish()).name == lsp.name
    assert (await alice.set_recovery(lsp.name, None)).recovery is None
    another = await (await world.client()).recoveries.begin(world.app, lsp.name, alice.name, world.wallet)
    await alice.sync()
    assert [request.reply_to for request in await alice.link_requests()] == [another.name]
    with pytest.raises(NotFound):
        await alice.set_recovery("nobody.eth", RecoveryMode.ASK)


async def test_a_request_to_be_linked_and_a_recovery_wait_side_by_side(world):
    """Whoever asks for keys does not get them by the word that was meant for the profile itself."""
    alice, lsp = await world.linked()
    [held] = await alice.links()
    parts_of(lsp).own.identity = replace(identity_of(lsp), uri="https://new.myapp.example")
    await lsp.request_link(alice.name, world.wallet)
    await alice.sync()
    device = await (await world.client()).recoveries.begin(EVIL, lsp.name, alice.name, world.wallet)
    await alice.sync()
    waiting = {request.is_recovery: request for request in await alice.link_requests()}
    assert waiting.keys() == {True, False}
    await alice.approve(lsp.name)
    await device.sync()
    assert await device.finish() is None, "that word was for the profile"
    assert [request.is_recovery for request in await alice.link_requests()] == [True]
    [now] = await alice.links()
    assert (now.uri, held.uri) == ("https://new.myapp.example", PAGE)


async def test_a_later_recovery_is_not_approved_in_place_of_the_one_that_was_seen(world):
    alice, lsp = await world.linked()
    first = await (await world.client()).recoveries.begin(EVIL, lsp.name, alice.name, world.wallet)
    await alice.sync()
    [seen] = await alice.link_requests()
    world.clock.ahead += 5
    second = await (await world.client()).recoveries.begin(EVIL, lsp.name, alice.name, world.wallet)
    await alice.sync()
    with pytest.raises(NotFound, match="a later one does"):
        await alice.approve(seen)
    for device in (first, second):
        await device.sync()
        assert await device.finish() is None
    [later] = await alice.link_requests()
    assert later.reply_to == second.name


async def test_who_asks_with_a_wrong_clock_is_told_so_once(world, monkeypatch):
    """The main profile refuses; its own user's page learns why, and does not wait in vain."""
    alice = await world.alice()
    lsp = await world.lsp(now=lambda: world.clock() + 3_600)
    monkeypatch.setattr(clock_check, "is_wrong", lambda *_: False)  # as pages that do not look
    await lsp.request_link(alice.name, world.wallet)
    await alice.sync()
    assert [refused.reason for refused in await alice.refused()] == ["not-yet-valid"]
    await lsp.sync()
    assert (await lsp.link_status()).state is OutgoingLinkState.UNLINKED
    [notice] = await lsp.notices()
    assert "check the clocks" in notice.sentence
    for _ in range(11):
        await lsp.request_link(alice.name, world.wallet)
    await alice.sync()
    told = await context_of(alice).vault.entries(TOLD, section=alice.identity.name)
    assert len(told) == 10, "no more than ten an hour"


async def test_strangers_are_told_nothing(world, monkeypatch):
    alice, stranger = await world.alice(), new_wallet()
    monkeypatch.setattr(clock_check, "is_wrong", lambda *_: False)
    client = await world.client(now=lambda: world.clock() + 3_600)
    lsp = await client.create_lsp(world.app, stranger)
    await lsp.request_link(alice.name, stranger, other_owner=True)
    await alice.sync()
    assert [refused.reason for refused in await alice.refused()] == ["not-yet-valid"]
    assert await context_of(alice).vault.entries(TOLD, section=alice.identity.name) == []
    await lsp.sync()
    assert (await lsp.link_status()).state is OutgoingLinkState.REQUESTED


async def of_two_profiles(world):
    """A main profile with two profiles linked from one page, and the older recovery of a device, signed."""
    alice = await world.alice()
    first, second, device = await world.lsp(), await world.lsp(), await world.lsp()
    for lsp in (first, second):
        await link(alice, lsp, world.wallet)
    now = int(world.clock())
    text = print_link_message(
        LinkMessage(main_name=alice.name, uri=PAGE, nonce="ab" * 16, issued_at=now, expires_at=now + DAY)
    )
    payload = LinkPayload(
        kind=LinkKind.RECOVER,
        profile_name="",
        profile_hash="",
        valid_until=0,
        link_message=text,
        signature=await world.wallet.sign_message(text),
        vocabulary="LSP_LINK",
    )
    draft = Draft(
        to=alice.name, from_=device.name, timestamp=now * 1000, type=link_type(payload), link=payload
    )
    return alice, (first, second), device, compose(draft, identity_of(device).keys.signing_private)


async def test_an_older_recovery_where_two_profiles_are_linked_from_the_page_asks_which(world):
    alice, (first, second), device, message = await of_two_profiles(world)
    envelope = await sealed_for(device, context_of(device), alice.name, message.text)
    await submit(context_of(device), envelope, f"ds.{MAIN}")
    await alice.sync()
    waiting = {request.profile_name: request for request in await alice.link_requests()}
    assert waiting.keys() == {first.name, second.name}
    assert all(request.is_recovery and request.reply_to == device.name for request in waiting.values())
    await alice.approve(waiting[second.name])
    assert await alice.link_requests() == [], "it was about one of them"
    recovered = {held.profile_name: len(held.recoveries) for held in await held_links(alice)}
    assert recovered == {first.name: 0, second.name: 1}


async def test_a_request_about_several_profiles_is_one_wrong_try(world):
    alice, _, _, message = await of_two_profiles(world)
    desk = desk_of(alice)
    await alice.open_pairing()
    assert message.link is not None
    guessed = replace(message, link=replace(message.link, pairing="AAAA"))
    with pytest.raises(LinkRefused) as refused:
        await step(asyncio.Lock(), lambda: desk.handle(guessed, context_of(alice).vault.change()))
    assert refused.value.reason == "wrong-pairing"
    offer = (await desk.pairing.held()).offer
    assert offer is not None
    assert offer.wrong == 1


@pytest.mark.parametrize("off", [-3_600, 3_600])
async def test_a_wrong_clock_is_noticed_before_the_wallet_is_asked(world, off):
    alice, wallet = await world.alice(), CountingWallet(world.wallet)
    lsp = await world.lsp(now=lambda: world.clock() + off)
    with pytest.raises(clock_check.WrongClock, match="this device's clock says"):
        await lsp.request_link(alice.name, wallet)
    client = await world.client(now=lambda: world.clock() + off)
    with pytest.raises(clock_check.WrongClock):
        await client.recoveries.begin(world.app, lsp.name, alice.name, wallet)
    assert wallet.asked == []
    assert await lsp.link_status() is None


@pytest.mark.parametrize(
    ("own", "told", "wrong"),
    [
        (1_000.0, [], False),
        (1_000.0, [1_120.0], False),
        (1_000.0, [880.0], False),
        (1_000.0, [1_121.0], True),
        (1_000.0, [879.0], True),
        (1_000.0, [5_000.0, 1_100.0], False),
        (1_000.0, [5_000.0, 6_000.0], True),
    ],
)
async def test_one_service_that_agrees_is_enough(own, told, wrong):
    assert clock_check.is_wrong(own, told) is wrong


async def test_paths_of_one_page_are_one_page_where_requests_are_counted(world):
    alice = await world.alice(policy=LinkPolicy(pending_per_uri=1))
    for path in ("", "/another/path"):
        client = await world.client()
        lsp = await client.create_lsp(App(APP, PAGE + path), world.wallet)
        await lsp.request_link(alice.name, world.wallet)
        await alice.sync()
    assert len(await alice.link_requests()) == 1
    assert [refused.reason for refused in await alice.refused()] == ["too-many"]
