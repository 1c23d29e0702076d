"""Several devices with one main profile, kept in step over the real delivery service."""

import pytest

import dm3
from dm3.client import Messenger
from dm3.client.state.device_records import TOLD_ITEMS
from dm3.client.state.records import REFUSED
from dm3.crypto import JoinSecret
from dm3.model import DeliveryServiceProfile, RecordKey
from dm3.protocol.devices import Standing, print_join_code
from dm3.protocol.linking import LinkState
from dm3.wire import data_uri, delivery_service_json
from tests.e2e.sdk_scene import MAIN, World, new_wallet, texts
from tests.kit.hostile import ANSWERS, Proxy, names_file
from tests.kit.inside import context_of, identity_of

pytestmark = pytest.mark.asyncio(loop_scope="module")
SECRET = JoinSecret(bytes(16))


async def copied(world: World, tmp_path, first: Messenger, name: str = "second") -> Messenger:
    """The same profile on a further machine, by an exported vault."""
    road, into = tmp_path / f"{name}.vault", tmp_path / f"{name}.sqlite"
    await dm3.Client(context_of(first)).export_vault(road, "for the road")
    await dm3.import_vault(road, "for the road", into=into, into_passphrase="there")
    return await (await world.client(vault=into, passphrase="there")).messenger(first.name)


async def in_step(world: World, tmp_path) -> tuple[Messenger, Messenger]:
    """Alice on two machines, of which the second has admitted the first, and the first the second."""
    alice = await world.alice(vault=tmp_path / "first.sqlite", passphrase="here")
    second = await copied(world, tmp_path, alice)
    await alice.devices.begin("desk")
    await second.devices.begin("lap")
    await settle(second, alice)
    await alice.devices.invite((await second.devices.list())[0].id)
    await settle(alice, second)
    return alice, second


async def settle(*devices: Messenger) -> None:
    """Everything that is on its way arrives everywhere."""
    for _ in range(3):
        for device in devices:
            await device.sync()


async def shown(device: Messenger, peer: str) -> list[str]:
    return [message.content or "" for message in await device.messages(peer)]


async def known(device: Messenger) -> set[str]:
    return {one.label for one in await device.devices.list() if one.standing is Standing.KNOWN}


async def test_a_device_that_asks_is_admitted_once_and_both_know_each_other(world, tmp_path):
    alice, second = await in_step(world, tmp_path)
    assert await known(alice) == await known(second) == {"desk", "lap"}
    assert [notice.kind for notice in await alice.notices()] == ["device"]
    assert [one.reason for one in await alice.refused() + await second.refused()] == []
    assert await alice.waiting() == await second.waiting() == []


async def test_what_one_device_sends_and_reads_the_other_shows(world, tmp_path):
    alice, second = await in_step(world, tmp_path)
    bob = await (await world.client()).create_profile(MAIN, new_wallet())
    await bob.send(alice.name, "to both")
    await settle(alice, second)
    await second.send(bob.name, "from the second")
    await second.mark_read(bob.name)
    await settle(second, alice)
    assert await shown(alice, bob.name) == await shown(second, bob.name) == ["to both", "from the second"]
    assert [head.unread for head in await alice.conversations()] == [0]
    assert texts(await bob.sync()) == ["from the second"]


async def test_what_was_sent_before_is_told_when_a_device_is_admitted(world, tmp_path):
    alice = await world.alice(vault=tmp_path / "first.sqlite", passphrase="here")
    second = await copied(world, tmp_path, alice)
    bob = await (await world.client()).create_profile(MAIN, new_wallet())
    await alice.send(bob.name, "before")
    await settle(alice)
    await second.devices.begin("lap")
    await settle(alice)
    [asking] = [one for one in await alice.devices.list() if one.standing is Standing.ASKS]
    await alice.devices.invite(asking.id)
    await settle(alice, second)
    assert await shown(second, bob.name) == ["before"]


async def test_a_copy_of_a_devices_vault_is_known_by_the_key_in_it(world, tmp_path):
    alice = await world.alice(vault=tmp_path / "first.sqlite", passphrase="here")
    await alice.devices.begin("desk")
    second = await copied(world, tmp_path, alice)
    assert await second.devices.list() == []
    await second.devices.begin("lap")
    await settle(second, alice)
    assert await known(alice) == await known(second) == {"desk", "lap"}


async def test_a_link_is_decided_once_and_its_mailbox_read_everywhere(world, tmp_path):
    alice, second = await in_step(world, tmp_path)
    lsp, team = await world.lsp(), await world.team()
    await lsp.request_link(alice.name, world.wallet)
    await settle(alice, second)
    assert len(await alice.link_requests()) == len(await second.link_requests()) == 1
    await second.approve(lsp.name)
    await settle(second, alice)
    assert await alice.link_requests() == []
    assert [link.state for link in await alice.links()] == [LinkState.LINKED]
    await lsp.sync()
    await team.send(lsp.name, "to the page")
    await settle(alice, second)
    for device in (alice, second):
        assert [one.content for one in await device.messages(team.name, profile=lsp.name)] == ["to the page"]
    await alice.remove_link(lsp.name)
    await settle(alice, second)
    assert await alice.links() == await second.links() == []
    assert await second.refused() == []


async def test_a_request_that_was_decided_elsewhere_does_not_ask_again(world, tmp_path):
    alice, second = await in_step(world, tmp_path)
    lsp = await world.lsp()
    await lsp.request_link(alice.name, world.wallet)
    await alice.sync()
    await alice.reject(lsp.name)
    await settle(alice)
    await settle(second)
    assert await second.link_requests() == []
    assert await second.refused() == []


async def test_what_devices_tell_of_a_nonce_is_forgotten_when_it_counts_no_more(world, tmp_path):
    alice, second = await in_step(world, tmp_path)
    await (await world.lsp()).request_link(alice.name, world.wallet, term=3_600)
    await settle(alice, second)

    async def told_of_nonces() -> list[int]:
        section = f"{identity_of(alice).name}|nonce"
        vaults = [context_of(device).vault for device in (alice, second)]
        return [len(await vault.entries(TOLD_ITEMS, section=section)) for vault in vaults]

    assert await told_of_nonces() == [1, 1]
    world.clock.ahead += 7_200
    try:
        await settle(alice, second)
    finally:
        world.clock.ahead = 0
    assert await told_of_nonces() == [0, 0]


async def test_a_removed_device_that_goes_on_writing_is_not_believed(world, tmp_path):
    alice, second = await in_step(world, tmp_path)
    bob = await (await world.client()).create_profile(MAIN, new_wallet())
    [lap] = [one for one in await alice.devices.list() if not one.is_this]
    removal = await alice.devices.remove(lap.id[:8])
    assert removal.device.standing is Standing.REMOVED
    await second.send(bob.name, "still here")  # before it learns of it
    await settle(alice)
    assert await shown(alice, bob.name) == []
    await settle(second)
    assert [one.standing for one in await second.devices.list() if one.is_this] == [Standing.REMOVED]
    await second.send(bob.name, "and now")
    await settle(second, alice)
    assert await shown(alice, bob.name) == []
    with pytest.raises(dm3.LocalProtocolError, match="final"):
        await alice.devices.invite(lap.id)


async def test_a_device_that_joins_nothing_is_left_as_it_is(world, tmp_path):
    alice = await world.alice(vault=tmp_path / "first.sqlite", passphrase="here")
    second = await copied(world, tmp_path, alice)
    bob = await (await world.client()).create_profile(MAIN, new_wallet())
    await alice.send(bob.name, "as ever")
    await settle(alice, second)
    assert await alice.devices.list() == await second.devices.list() == []
    assert await shown(second, bob.name) == []


async def test_blocked_and_archived_conversations_are_so_on_both(world, tmp_path):
    alice, second = await in_step(world, tmp_path)
    bob = await (await world.client()).create_profile(MAIN, new_wallet())
    await bob.send(alice.name, "to be blocked")
    await settle(alice, second)
    await alice.block(bob.name)
    await second.archive(bob.name)
    await settle(alice, second)
    for device in (alice, second):
        marks = await device.marks(bob.name)
        assert (marks.blocked, marks.archived) == (True, True)
    await second.unblock(bob.name)
    await settle(second, alice)
    assert not (await alice.marks(bob.name)).blocked


async def test_a_new_device_joins_by_its_code_and_gets_the_history(world, tmp_path):
    alice, lsp = await world.linked()
    bob = await (await world.client()).create_profile(MAIN, new_wallet())
    await bob.send(alice.name, "first")
    await settle(alice)
    await alice.mark_read(bob.name)
    await alice.send(bob.name, "second")
    await bob.send(lsp.name, "to the page")
    await settle(alice)
    fresh = await world.client(vault=tmp_path / "new.sqlite", passphrase="new")
    joining = await fresh.join(MAIN, label="phone")
    again = await fresh.join(MAIN)
    assert await joining.shown_code() == await again.shown_code()
    invited = await alice.devices.invite(await joining.shown_code())
    phone = await fresh.messenger(await joining.take_over(timeout=60))
    assert [one.kind for one in await fresh.profiles()] == [phone.identity.kind]
    await settle(phone, alice)
    assert await shown(phone, bob.name) == ["first", "second"]
    assert [one.content for one in await phone.messages(bob.name, profile=lsp.name)] == ["to the page"]
    assert [link.profile_name for link in await phone.links()] == [lsp.name]
    unread = {head.profile: head.unread for head in await phone.inbox()}
    assert unread == {alice.identity.name: 0, lsp.name: 1}
    assert "phone" in await known(alice)
    assert invited.id in {one.id for one in await phone.devices.list() if one.is_this}
    await bob.send(alice.name, "third")
    await phone.send(bob.name, "fourth")
    await settle(phone, alice)
    assert set(await shown(alice, bob.name)) == set(await shown(phone, bob.name))
    assert await phone.refused() == await alice.refused() == []


async def test_what_a_proxy_says_in_a_resolvers_place_costs_a_joining_device_nothing(world, tmp_path):
    alice = await world.alice()
    async with Proxy(world.resolvers[MAIN]) as proxy:
        world.place.resolvers, real = {**world.resolvers, MAIN: proxy.url}, world.resolvers
        try:
            fresh = await world.client(vault=tmp_path / "new.sqlite", passphrase="new")
        finally:
            world.place.resolvers = real
        joining = await fresh.join(MAIN, label="phone")
        await alice.devices.invite(await joining.shown_code())
        for kind in ("404 with a page", "403 of a firewall", "302", "200 with {}", "204", "compressed"):
            proxy.instead, proxy.seen = ANSWERS[kind], []
            await joining.sync()
            assert proxy.seen, kind
            assert await context_of(fresh).vault.count(REFUSED) == 0, kind
            world.clock.ahead += 1_000  # longer than any pause
        proxy.instead = None
        phone = await fresh.messenger(await joining.take_over(timeout=60))
        assert phone.name == alice.name


async def test_a_page_in_a_delivery_services_place_does_not_say_that_it_keeps_no_readers(world, tmp_path):
    name = f"ds.{MAIN}"
    honest = await context_of(await world.client()).directory.delivery_service(name)
    async with Proxy(honest.url) as proxy:
        told = DeliveryServiceProfile(honest.signing_key, honest.encryption_key, proxy.url)
        record = {"texts": {RecordKey.DELIVERY_SERVICE: data_uri(delivery_service_json(told))}}
        alice = await world.alice(names_file=names_file(tmp_path / "names.json", **{name: record}))
        for kind in ("404 with a page", "404 of a framework", "200 with {}", "204", "401 with a page"):
            proxy.instead = ANSWERS[kind]
            with pytest.raises((dm3.CannotTell, dm3.ServiceRefused)) as told_now:
                await alice.devices.begin("desk")
            assert not told_now.value.definite, kind
            assert await alice.devices.list() == [], kind
        proxy.instead = None
        assert (await alice.devices.begin("desk")).label == "desk"


async def test_a_code_counts_for_the_profile_that_it_shows_alone(world, tmp_path):
    alice = await world.alice()
    client = await world.client()
    joining = await client.join(MAIN)
    code = await joining.code()
    for wrong in ("dm3join:1:", f"{await joining.shown_code()}0"):
        with pytest.raises(dm3.MistypedJoinCode):
            await alice.devices.invite(wrong)
    other = dm3.JoinCode(code.name, "0x" + "0" * 64, code.secret)
    with pytest.raises(dm3.BadSignature):
        await alice.devices.invite(print_join_code(other))
    # Somebody who has not seen the secret hands over what does not open.
    await alice.devices.invite(print_join_code(dm3.JoinCode(code.name, code.profile_hash, SECRET)))
    await joining.sync()
    refused = await context_of(client).vault.entries(REFUSED, section=code.name)
    assert [kept.record.reason for kept in refused] == ["cannot-open"]
