"""The SDK links: one inbox for all, keys where they belong, and an end when it is over."""

import asyncio

import pytest

from dm3.base import address_name, read_json, spellings_of, to_base64
from dm3.base.errors import (
    Dm3Error,
    InvalidInput,
    LocalProtocolError,
    NotFound,
    Unreachable,
    UnsupportedByPeer,
)
from dm3.client import Client
from dm3.client.state.identity import Stage
from dm3.client.state.records import Direction
from dm3.delivery.submission import Submissions
from dm3.hosting import load_service_keys
from dm3.model import Attachment, MessageType, RecordKey
from dm3.protocol.linking import LinkPolicy, LinkRefused, LinkState, OutgoingLinkState, Reason, RecoveryMode
from dm3.protocol.messages.composing import open_information
from dm3.wire import envelope_from
from tests.e2e.sdk_scene import (
    APP,
    DAY,
    MAIN,
    CountingWallet,
    line_of,
    link,
    new_wallet,
    texts,
    world_in,
)
from tests.kit.inside import (
    context_of,
    held_links,
    held_outbox,
    held_outgoing,
    held_requests,
    identity_of,
    mailbox_of,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def states(alice, lsp):
    """What both sides think of their link."""
    asking = await lsp.link_status()
    held = {link.profile_name: link.state for link in await alice.links()}
    return held.get(lsp.name), asking.state if asking else None


# --- asking, approving, handing over ------------------------------------------------------------------


async def test_a_request_waits_for_the_user_and_says_what_it_is_about(world):
    alice, lsp = await world.alice(), await world.lsp()
    assert await lsp.link_status() is None
    await lsp.request_link(alice.name, world.wallet, term=30 * DAY)
    assert (await lsp.link_status()).state is OutgoingLinkState.REQUESTED
    await alice.sync()
    [request] = await alice.link_requests()
    assert request.profile_name == lsp.name
    assert request.owner == world.wallet.address
    assert request.own_wallet
    assert request.doubts == ()
    assert request.uri == world.app.uri
    assert 29 * DAY < request.valid_until - world.clock() <= 30 * DAY
    assert [notice.kind for notice in await alice.notices()] == ["link-request"]
    assert await alice.links() == []
    await alice.sync()
    assert len(await alice.link_requests()) == 1
    await alice.approve(lsp.name)
    await lsp.sync()
    assert await states(alice, lsp) == (LinkState.LINKED, OutgoingLinkState.LINKED)
    assert await alice.link_requests() == []
    with pytest.raises(NotFound):
        await alice.approve(lsp.name)


async def test_the_user_may_shorten_the_term(world):
    alice, lsp = await world.alice(), await world.lsp()
    await lsp.request_link(alice.name, world.wallet, term=30 * DAY)
    await alice.sync()
    until = int(world.clock()) + 7 * DAY
    await alice.approve(lsp.name, valid_until=until)
    await lsp.sync()
    assert (await lsp.link_status()).valid_until == until
    assert [link.valid_until for link in await alice.links()] == [until]


async def test_a_rejected_request_does_not_come_back(world):
    alice, lsp = await world.alice(), await world.lsp()
    await lsp.request_link(alice.name, world.wallet)
    await alice.sync()
    await alice.reject(lsp.name)
    await alice.sync()
    assert await alice.link_requests() == []
    assert await alice.links() == []


async def test_a_profile_asks_by_one_of_its_names_at_a_time(world, monkeypatch):
    alice = await world.alice()
    lsp = await (await world.client()).create_lsp(world.app, world.wallet, public=True)
    await lsp.request_link(alice.name, world.wallet)
    await alice.sync()
    [alias] = lsp.identity.aliases
    main = alice.name
    with monkeypatch.context() as other_name:
        other_name.setattr(type(identity_of(lsp)), "shown_name", property(lambda _: alias))
        await lsp.request_link(main, world.wallet)
    await alice.sync()
    assert [request.profile_name for request in await alice.link_requests()] == [lsp.identity.name]
    assert [entry.reason for entry in await alice.refused()] == ["too-many"]


async def test_a_profile_is_not_linked_to_itself_and_the_wallet_is_not_asked(world):
    alice, wallet = await world.alice(), CountingWallet(world.wallet)
    lsp = await (await world.client()).create_lsp(world.app, world.wallet, public=True)
    for profile in (alice, lsp):
        assert len(profile.identity.names) == 2
        for name in (*profile.identity.names, profile.name.upper().replace("0X", "0x")):
            with pytest.raises(InvalidInput, match="itself"):
                await profile.request_link(name, wallet)
        assert await profile.link_status() is None
    assert wallet.asked == []


async def test_nor_by_a_name_that_was_published_elsewhere(world):
    one, wallet = await world.alice(), CountingWallet(world.wallet)
    again = await world.client()  # its vault does not know the alias
    other = await again.create_profile(MAIN, world.wallet)
    assert one.name not in other.identity.names
    with pytest.raises(InvalidInput, match="itself"):
        await other.request_link(one.name, wallet)
    assert wallet.asked == []


async def test_another_wallet_than_the_owners_cannot_ask(world):
    alice, lsp = await world.alice(), await world.lsp()
    with pytest.raises(Dm3Error, match="not the profile's owner"):
        await lsp.request_link(alice.name, new_wallet())
    assert await lsp.link_status() is None
    assert await lsp.waiting() == []
    with pytest.raises(NotFound):
        await lsp.request_link(f"nobody.user.{MAIN}", world.wallet)
    with pytest.raises(LocalProtocolError):
        await lsp.renew_link(world.wallet)
    with pytest.raises(LocalProtocolError):
        await lsp.disclosure()


async def test_keys_go_along_with_the_request(world):
    alice, lsp = await world.linked()
    [held] = await held_links(alice)
    assert held.profile_key == identity_of(lsp).seed
    assert held.wallet_key is None  # way 1: it comes from the seed
    assert held.nonce == identity_of(lsp).nonce


async def test_with_after_accept_keys_are_handed_over_only_then(world):
    alice, lsp, team = await world.alice(), await world.lsp(), await world.team()
    await lsp.request_link(alice.name, world.wallet, hand_over_after_accept=True)
    await alice.sync()
    [request] = await held_requests(alice)
    assert request.payload.profile_key is None
    assert request.payload.wallet_key is None
    assert request.payload.nonce is None
    await alice.approve(lsp.name)
    [held] = await held_links(alice)
    assert (held.state, held.profile_key) == (LinkState.AWAITING_KEYS, None)
    with pytest.raises(LinkRefused):
        await alice.send_as(lsp.name, team.name, "not yet")
    await team.send(lsp.name, "between the steps")
    assert await alice.sync() == []
    await lsp.sync()
    await alice.sync()
    [held] = await held_links(alice)
    assert (held.state, held.profile_key) == (LinkState.LINKED, identity_of(lsp).seed)
    await alice.send_as(lsp.name, team.name, "now")
    assert texts(await team.sync()) == ["now"]


# --- one inbox ----------------------------------------------------------------------------------------


async def test_earlier_messages_come_along_and_later_ones_both_ways(world):
    alice, lsp, team = await world.alice(), await world.lsp(), await world.team()
    await lsp.send(team.name, "question")
    await team.sync()
    await team.send(lsp.name, "answer")
    await lsp.sync()
    await link(alice, lsp, world.wallet)

    async def seen():
        return [(m.direction, m.content) for m in await alice.messages(team.name, profile=lsp.name)]

    earlier = [(Direction.OUT, "question"), (Direction.IN, "answer")]
    assert await seen() == earlier
    await lsp.send(team.name, "sent by the page")
    await alice.sync()
    assert (await seen())[2:] == [(Direction.OUT, "sent by the page")]
    await team.send(lsp.name, "the page is closed")
    assert texts(await alice.sync()) == ["the page is closed"]
    await alice.send_as(lsp.name, team.name, "answered in the inbox")
    # The page is opened again: it shows what came and what was answered elsewhere.
    assert sorted(texts(await lsp.sync())) == ["answered in the inbox", "the page is closed"]
    assert [m.direction for m in await lsp.messages(team.name)] == [
        m.direction for m in await alice.messages(team.name, profile=lsp.name)
    ]
    assert sorted(texts(await team.sync())) == ["answered in the inbox", "sent by the page"]
    heads = await alice.inbox()
    assert [(head.profile, head.peer) for head in heads] == [(lsp.name, team.name)]
    assert await alice.refused() == []
    assert await lsp.refused() == []


async def test_a_copy_keeps_its_type_attachments_and_author(world):
    (alice, lsp), team = await world.linked(), await world.team()
    attached = (Attachment("data:text/plain;base64,aGk=", "hi.txt"),)
    sent = await lsp.send(team.name, "look", attachments=attached)
    await alice.sync()
    [copy] = await alice.messages(team.name, profile=lsp.name)
    assert (copy.text, copy.hash, copy.direction) == (sent.text, sent.hash, Direction.OUT)
    reply = await alice.send_as(lsp.name, team.name, "more", type=MessageType.REPLY, reference=sent.hash)
    await lsp.sync()
    again = [message for message in await lsp.messages(team.name) if message.hash == reply.hash]
    assert [(message.type, message.reference) for message in again] == [(MessageType.REPLY, sent.hash)]


async def test_writing_as_a_profile_needs_its_link(world):
    alice, lsp, team = await world.alice(), await world.lsp(), await world.team()
    with pytest.raises(LinkRefused) as refused:
        await alice.send_as(lsp.name, team.name, "not linked at all")
    assert refused.value.reason is Reason.NOT_LINKED
    await link(alice, lsp, world.wallet)
    await alice.send_as(lsp.name, team.name, "linked")
    await alice.remove_link(lsp.name)
    with pytest.raises(LinkRefused):
        await alice.send_as(lsp.name, team.name, "no longer")
    assert texts(await team.sync()) == ["linked"]
    assert await alice.waiting() == []
    with pytest.raises(NotFound):
        await alice.remove_link(lsp.name)


async def test_after_its_end_a_link_carries_nothing(world):
    (alice, lsp), team = await world.linked(term=DAY), await world.team()
    world.clock.ahead += 2 * DAY
    await alice.sync()
    await lsp.sync()
    assert await states(alice, lsp) == (LinkState.EXPIRED, OutgoingLinkState.EXPIRED)
    await team.send(lsp.name, "for the profile only")
    assert await alice.sync() == []
    assert texts(await lsp.sync()) == ["for the profile only"]
    await lsp.send(team.name, "not copied")
    await alice.sync()
    assert await alice.messages(team.name, profile=lsp.name) == []
    with pytest.raises(LinkRefused):
        await alice.send_as(lsp.name, team.name, "expired")
    device = await (await world.client()).recoveries.begin(world.app, lsp.name, alice.name, world.wallet)
    await alice.sync()
    await device.sync()
    assert await device.finish() is None
    assert [entry.reason for entry in await alice.refused()] == [Reason.NOT_LINKED]


async def test_the_keys_of_a_removed_link_do_not_stay_in_the_outbox(tmp_path):
    """Its end is told in the linked profile's name, as long as that is tried."""
    async with world_in(tmp_path) as world:
        alice, lsp = await world.linked()
        await world.place.stop_delivery(APP)
        await alice.remove_link(lsp.name)
        [entry] = await held_outbox(alice)
        assert (entry.to, entry.seed) == (lsp.name, identity_of(lsp).seed)
        world.clock.ahead += 15 * DAY
        await alice.sync()
        assert await alice.waiting() == []


async def test_keys_on_their_way_to_a_device_are_held_back_when_the_link_is_removed(tmp_path):
    async with world_in(tmp_path) as world:
        alice, lsp = await world.linked()
        device = await (await world.client()).recoveries.begin(world.app, lsp.name, alice.name, world.wallet)
        await world.place.stop_delivery(APP)
        await alice.sync()
        seed = to_base64(identity_of(lsp).seed.reveal())
        assert any(seed in entry.text for entry in await held_outbox(alice))
        await alice.remove_link(lsp.name)
        assert not any(seed in entry.text for entry in await held_outbox(alice))
        await world.place.start_delivery(APP)
        world.clock.ahead += 60
        await alice.sync()
        await device.sync()
        assert await device.finish() is None


async def test_a_link_is_over_when_its_time_has_come_noticed_or_not(world):
    """Nothing was picked up since then: what the user does at once is refused all the same."""
    alice = await world.alice(policy=LinkPolicy(recovery=RecoveryMode.ASK))
    lsp = await world.lsp()
    await link(alice, lsp, world.wallet, term=3_600)
    world.clock.ahead += 3_000
    device = await (await world.client()).recoveries.begin(world.app, lsp.name, alice.name, world.wallet)
    await alice.sync()
    [request] = await alice.link_requests()
    world.clock.ahead += 1_000
    with pytest.raises(LinkRefused) as refused:
        await alice.approve(request)
    assert refused.value.reason is Reason.NOT_LINKED
    with pytest.raises(LinkRefused):
        await alice.send_as(lsp.name, world.team_name, "still there?")
    await device.sync()
    assert await device.finish() is None


async def test_an_expired_link_is_asked_for_again(world):
    alice, lsp = await world.linked(term=DAY)
    world.clock.ahead += 2 * DAY
    await alice.sync()
    await lsp.sync()
    await link(alice, lsp, world.wallet)
    assert await states(alice, lsp) == (LinkState.LINKED, OutgoingLinkState.LINKED)


async def test_a_renewal_moves_only_the_validity_and_asks_nobody(world):
    alice, lsp = await world.linked(term=DAY)
    [before] = await held_links(alice)
    await lsp.renew_link(world.wallet, term=30 * DAY)
    await alice.sync()
    assert await alice.link_requests() == []
    [after] = await held_links(alice)
    assert after.valid_until > before.valid_until + 28 * DAY
    assert after.profile_key == before.profile_key
    world.clock.ahead += 2 * DAY
    await alice.sync()
    assert (await states(alice, lsp))[0] is LinkState.LINKED


# --- recovery -----------------------------------------------------------------------------------------


async def test_a_device_without_keys_gets_the_profile_and_its_conversations_back(world):
    (alice, lsp), team = await world.linked(), await world.team()
    await lsp.send(team.name, "before")
    await team.sync()
    await team.send(lsp.name, "and while nobody looked")
    await alice.sync()
    client = await world.client()
    device = await client.recoveries.begin(world.app, lsp.name, alice.name, world.wallet)
    await alice.sync()
    await device.sync()
    identity = await device.finish()
    assert identity is not None
    assert (identity.name, identity.stage) == (lsp.name, Stage.READY)
    assert [kept.kind for kept in await client.profiles()] == ["limited"]  # the temporary one is gone
    recovered = await client.lsp(lsp.name)
    assert identity_of(recovered).seed == identity_of(lsp).seed
    await recovered.sync()
    assert texts(await recovered.messages(team.name)) == ["before", "and while nobody looked"]
    assert [notice.kind for notice in await alice.notices()] == ["recovery"]
    await recovered.send(team.name, "from the new device")
    assert texts(await team.sync()) == ["from the new device"]
    await lsp.sync()
    await alice.sync()
    assert "from the new device" in texts(await alice.messages(team.name, profile=lsp.name))


@pytest.mark.parametrize("spelling", [0, 1], ids=["lsp", "lp"])
async def test_a_public_profile_is_recovered_by_its_owner_alias(world, spelling):
    alice, page, device = await world.alice(), await world.client(), await world.client()
    lsp = await page.create_lsp(world.app, world.wallet, public=True)
    await link(alice, lsp, world.wallet, public=True)
    [kept] = lsp.identity.aliases
    alias = spellings_of(kept)[spelling]
    asked = asyncio.create_task(device.recover(alias.upper(), world.wallet, app=world.app, timeout=600))
    while not asked.done():
        await alice.sync(wait=1)
    recovered = await asked
    assert (recovered.name, identity_of(recovered).seed) == (lsp.name, identity_of(lsp).seed)
    assert await alice.refused() == []
    assert await alice.disclose(lsp.name) == await recovered.disclosure()


async def test_a_recovery_that_the_user_rejects_ends_with_the_reason(world):
    alice = await world.alice(policy=LinkPolicy(recovery=RecoveryMode.ASK))
    lsp = await world.lsp()
    await link(alice, lsp, world.wallet)
    device = await world.client()
    asked = asyncio.create_task(
        device.recover(lsp.name, world.wallet, main_name=alice.name, app=world.app, timeout=600)
    )
    while not await alice.link_requests():
        await alice.sync(wait=1)
    await alice.reject(lsp.name, reason="I asked for nothing.")
    with pytest.raises(LinkRefused, match="I asked for nothing") as refused:
        await asked
    assert refused.value.reason is Reason.REJECTED
    assert await device.profiles() == [], "the temporary profile is gone"


async def test_a_recovery_waits_for_its_answer_and_is_not_asked_for_again(world):
    (alice, lsp), device, wallet = await world.linked(), await world.client(), CountingWallet(world.wallet)

    async def recovered():
        return await device.recover(lsp.name, wallet, main_name=alice.name, app=world.app, timeout=0)

    with pytest.raises(Unreachable, match=r"^alice.* has not answered yet") as told:
        await recovered()
    assert "The request waits there" in told.value.hint
    await alice.sync()
    assert (await recovered()).name == lsp.name
    assert len(wallet.asked) == 1


async def test_who_gives_no_keys_back_is_not_asked(world):
    alice, lsp = await world.linked()
    for service in alice.identity.signed.profile.delivery_services:
        mailbox = mailbox_of(alice)
        client = await context_of(alice).service(service)
        token = await client.authenticate(alice.identity.name, identity_of(alice).keys.signing_private)
        await client.set_extension(mailbox.name, token, {"supportedMessageTypes": ["NEW", "LINK"]})
    device, wallet = await world.client(), CountingWallet(world.wallet)
    with pytest.raises(UnsupportedByPeer, match="LINK_RECOVER"):
        await device.recover(lsp.name, wallet, main_name=alice.name, app=world.app, timeout=5)
    assert wallet.asked == []
    assert await device.profiles() == []


async def test_another_wallet_gets_no_keys_back(world):
    alice, lsp = await world.linked()
    device = await (await world.client()).recoveries.begin(world.app, lsp.name, alice.name, new_wallet())
    await alice.sync()
    await device.sync()
    assert await device.finish() is None
    [refused] = await alice.refused()
    assert refused.reason in (Reason.FOREIGN_WALLET, Reason.BAD_WALLET_SIGNATURE)
    assert [notice.kind for notice in await alice.notices()] == []


# --- what is published --------------------------------------------------------------------------------


async def test_a_private_record_tells_a_stranger_nothing_about_the_main_profile(world):
    alice, lsp = await world.linked()
    stranger = await world.client()
    found = await stranger.peers.verify_link(lsp.name)
    assert found.main is None
    published = await context_of(stranger).names.text(lsp.name, RecordKey.LINK)
    assert published is not None
    asking = await held_outgoing(lsp)
    assert asking is not None
    assert asking.main_signature is not None
    with pytest.raises(NotFound):
        await alice.disclose(f"nobody.user.{APP}")
    for told in (alice.name, alice.identity.name, asking.main_signature):
        assert told not in published
    disclosure = await lsp.disclosure()
    assert (await stranger.peers.verify_link(lsp.name, disclosure)).main == alice.name
    assert await alice.disclose(lsp.name) == disclosure, "both sides can prove it"
    other = await (await world.linked())[1].disclosure()
    with pytest.raises(LinkRefused):
        await stranger.peers.verify_link(lsp.name, other)


async def test_a_public_record_names_the_main_profile(world):
    alice, lsp = await world.linked(public=True)
    found = await (await world.client()).peers.verify_link(lsp.name)
    assert found.main == alice.name
    assert found.record.valid_until == (await lsp.link_status()).valid_until


async def test_without_a_link_there_is_no_record(world):
    lsp = await world.lsp()
    with pytest.raises(NotFound):
        await (await world.client()).peers.verify_link(lsp.name)


async def test_a_record_that_could_not_be_published_is_published_later(world):
    alice, client = await world.alice(), await world.client()
    lsp = await client.create_lsp(world.app, world.wallet)
    await lsp.request_link(alice.name, world.wallet)
    await alice.sync()
    await alice.approve(lsp.name)
    line = line_of(client)
    line.cut_before = lambda request, _: "/records/" in str(request.url)
    await lsp.sync()
    assert lsp.errors
    stranger = await world.client()
    with pytest.raises(NotFound):
        await stranger.peers.verify_link(lsp.name)
    line.cut_before = lambda *_: False
    await lsp.sync()
    assert lsp.errors == []
    assert (await stranger.peers.verify_link(lsp.name)).record.profile_name == lsp.name


# --- what the application's delivery service learns ---------------------------------------------------


async def test_the_applications_service_never_learns_the_main_profiles_name(tmp_path, monkeypatch):
    handed_in: dict[str, list] = {}
    submit = Submissions.submit

    async def overhear(self, given, at_most):
        handed_in.setdefault(self._keys.encryption_public.hex(), []).append(given)
        return await submit(self, given, at_most)

    monkeypatch.setattr(Submissions, "submit", overhear)
    async with world_in(tmp_path) as world:
        team, main = await world.team(), await world.client()
        alice = await main.create_profile(MAIN, world.wallet, alias=world.alice_name)
        page, device = await world.client(), await world.client()
        lsp = await page.create_lsp(world.app, world.wallet)
        lines = [line_of(client) for client in (main, page, device)]
        await lsp.send(team.name, "hello")
        await link(alice, lsp, world.wallet)
        await team.sync()
        await team.send(lsp.name, "answer")
        await alice.sync()
        await alice.send_as(lsp.name, team.name, "as the profile")
        await lsp.renew_link(world.wallet, term=30 * DAY)
        await alice.sync()
        asking = await device.recoveries.begin(world.app, lsp.name, alice.name, world.wallet)
        await alice.sync()
        await asking.sync()
        assert await asking.finish() is not None
        await (await device.lsp(lsp.name)).sync()
        object.__setattr__(context_of(main), "policy", LinkPolicy(recovery=RecoveryMode.ASK))
        another = await world.client()
        lines.append(line_of(another))
        asking = await another.recoveries.begin(world.app, lsp.name, alice.name, world.wallet)
        await alice.sync()
        await alice.reject(lsp.name, reason="not now")
        await asking.sync()
        assert (await asking.recovery()).rejection == "not now"

        keys = await load_service_keys(tmp_path / APP)
        heard = handed_in[keys.encryption_public.hex()]
        parties = set()
        for given in heard:
            value = read_json(given) if isinstance(given, str) else given
            information = open_information(envelope_from(value), keys)
            parties |= {information.from_, information.to}
        assert {lsp.name, team.name} <= parties
        hidden = (alice.name, address_name(world.wallet.address, MAIN), world.wallet.address.lower()[2:])
        assert not [name for name in parties if any(word in name for word in hidden)]
        service = world.place.sites[APP].delivery.url
        requests = [request for line in lines for request in line.requests]
        to_the_service = [request for request in requests if str(request.url).startswith(service)]
        assert len(to_the_service) > 10
        for request in to_the_service:
            told = (str(request.url).encode() + b" " + request.content).lower()
            assert not [word for word in hidden if word.encode() in told], request.url
    stored = b"".join(file.read_bytes() for file in (tmp_path / APP).glob("delivery.sqlite*"))
    assert stored
    assert not [word for word in hidden if word.encode() in stored.lower()]


async def test_nothing_tells_that_two_linked_profiles_have_one_reader(world):
    """A service that keeps several of the mailboxes could put together by it what belongs to one user."""
    alice, lsps = await world.alice(), [await world.lsp(), await world.lsp()]
    line = line_of(Client(context_of(alice)))
    for lsp in lsps:
        await link(alice, lsp, world.wallet)
    mailboxes: dict[str, set[str]] = {}
    for request in line.requests:
        _, _, name = request.url.path.partition("/mailbox/")
        if name:
            mailbox, _, registered = name.partition("/readers/")
            readers = mailboxes.setdefault(mailbox, set())
            readers.update(filter(None, (registered, request.url.params.get("reader"))))
            if request.content:
                readers.add(read_json(request.content)["reader"])
    assert mailboxes.keys() == {alice.identity.name, *(lsp.name for lsp in lsps)}
    assert [len(readers) for readers in mailboxes.values()] == [1, 1, 1]
    assert len(set().union(*mailboxes.values())) == 3
    assert mailboxes[alice.identity.name] == {identity_of(alice).reader}
