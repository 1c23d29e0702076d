"""A main profile gets new keys: devices and links go on, and whoever has the former ones does not."""

import asyncio

import pytest

import dm3
from dm3.client import Messenger
from dm3.protocol.devices import Standing
from tests.e2e.sdk_scene import APP, MAIN, World, line_of, link, new_wallet, texts
from tests.e2e.test_devices import copied, in_step, known, settle
from tests.kit.inside import context_of, identity_of

pytestmark = pytest.mark.asyncio(loop_scope="module")
PATIENT = 120


async def renewed_beside(world: World, first: Messenger, *others: Messenger) -> dm3.KeyRenewal:
    """New keys are made on the first device while the others pick up what comes."""
    renewing = asyncio.create_task(first.renew_keys(world.wallet, wait=PATIENT))
    while not renewing.done():
        for other in others:
            await other.sync(wait=0.2)
        await asyncio.sleep(0)
    return await renewing


async def test_a_main_profile_has_new_keys_and_its_link_holds_on(world, tmp_path):
    alice, bob = await world.alice(vault=tmp_path / "a.sqlite", passphrase="hers"), await world.team()
    lsp = await world.lsp()
    await lsp.request_link(alice.name, world.wallet)
    await alice.sync()
    await alice.approve(lsp.name)
    await lsp.sync()
    before, reader = alice.identity.signed.hash, identity_of(alice).reader_of(lsp.name)
    await bob.send(alice.name, "under way")
    with pytest.raises(dm3.InvalidInput, match="0x"):
        await alice.renew_keys(new_wallet())
    renewal = await alice.renew_keys(world.wallet)
    assert renewal == dm3.KeyRenewal(told=(lsp.name,))
    assert alice.identity.signed.hash != before
    assert identity_of(alice).reader_of(lsp.name) == reader, "no mailbox is kept for a reader that is gone"
    await alice.sync()
    assert [one.content for one in await alice.messages(bob.name)] == ["under way"]
    await bob.send(alice.name, "to the new keys")
    await bob.send(lsp.name, "to the page")
    await lsp.sync()
    proof = await alice.disclose(lsp.name)
    record = await (await world.client()).peers.verify_link(lsp.name, proof)
    assert record.main == alice.name
    await alice.sync()
    assert [one.content for one in await alice.messages(bob.name)] == ["under way", "to the new keys"]
    assert [one.content for one in await alice.messages(bob.name, profile=lsp.name)] == ["to the page"]
    await alice.send(bob.name, "by the new keys")
    assert texts(await bob.sync()) == ["by the new keys"]

    again = await (await world.client(vault=tmp_path / "a.sqlite", passphrase="hers")).messenger(alice.name)
    assert again.identity.signed.hash == alice.identity.signed.hash
    assert identity_of(again).authorization is None


async def test_a_main_profile_moves_to_other_services_with_its_keys_and_links(world, tmp_path):
    alice, second = await in_step(world, tmp_path)
    bob = await world.team()
    lsp = await world.lsp()
    await link(alice, lsp, world.wallet)
    before, kept = alice.identity, identity_of(alice)
    for wrong in ((), before.signed.profile.delivery_services, ("nobody.dm3.eth",)):
        with pytest.raises(dm3.Dm3Error):
            await alice.use_delivery_services(wrong, world.wallet)
    assert alice.identity == before
    await bob.send(alice.name, "under way")
    services = ("ds.myapp.eth", "ds.dm3.eth")
    moving = asyncio.create_task(alice.use_delivery_services(services, world.wallet, wait=PATIENT))
    while not moving.done():
        await second.sync(wait=0.2)
    assert await moving == dm3.KeyRenewal(told=(lsp.name,))
    assert alice.identity.signed.profile.delivery_services == services
    assert (identity_of(alice).seed, identity_of(alice).former) == (kept.seed, kept.former)
    await settle(second, alice)
    assert second.identity.signed.hash == alice.identity.signed.hash
    await world.place.stop_delivery(MAIN)
    try:
        writer = await (await world.client()).create_lsp(dm3.App(APP, "https://other.example"), new_wallet())
        await writer.send(alice.name, "to the new service")
        await alice.sync()
        await second.sync()
    finally:
        await world.place.start_delivery(MAIN)
    for device in (alice, second):
        assert texts(await device.messages(writer.name)) == ["to the new service"]
    await lsp.sync()
    assert (await lsp.link_status()).state == "linked"


async def test_after_a_removal_the_others_get_the_new_keys_and_the_removed_one_does_not(world, tmp_path):
    alice, second = await in_step(world, tmp_path)
    third = await copied(world, tmp_path, alice, "third")
    await third.devices.begin("lost")
    await settle(third, alice, second)
    lost = next(one for one in await alice.devices.list() if one.label == "lost")
    await alice.devices.remove(lost.id)
    await settle(alice, second)
    renewal = await renewed_beside(world, alice, second, third)
    assert renewal.behind == ()
    await settle(second, alice)
    assert second.identity.signed.hash == alice.identity.signed.hash != third.identity.signed.hash
    bob = await (await world.client()).create_profile(MAIN, new_wallet())
    await bob.send(alice.name, "for those who are left")
    await second.sync()
    await second.send(bob.name, "from the second")
    await settle(alice, third)
    for device in (alice, second):
        assert [one.content for one in await device.messages(bob.name)] == [
            "for those who are left",
            "from the second",
        ]
    assert await third.messages(bob.name) == []
    assert texts(await bob.sync()) == ["from the second"]
    assert {one.standing for one in await second.devices.list() if one.label == "desk"} == {Standing.KNOWN}


async def test_a_device_that_was_away_joins_again_in_its_vault_and_loses_nothing(world, tmp_path):
    alice, second = await in_step(world, tmp_path)
    bob = await (await world.client()).create_profile(MAIN, new_wallet())
    await bob.send(alice.name, "before")
    await settle(alice, second)
    away = dm3.Client(context_of(second))
    line_of(away).cut_before = lambda *_: True
    await second.send(bob.name, "written on the way")
    [written] = [one for one in await second.messages(bob.name) if one.content == "written on the way"]
    await second.edit(written.hash, "written on the way, and put right")
    await second.archive(bob.name)
    await bob.send(alice.name, "meanwhile")
    renewal = await alice.renew_keys(world.wallet, wait=0)
    assert renewal.behind == ("lap",)
    await bob.send(alice.name, "to the new keys")
    await settle(alice)

    line_of(away).cut_before = lambda *_: False
    await second.sync()
    assert [error.code for error in second.errors] == ["keys-were-renewed"]
    assert "dm3 device join" in (second.errors[0].hint or "")
    joining = await away.join(MAIN, label="lap")
    await alice.devices.invite(await joining.shown_code())
    again = await away.messenger(await joining.take_over(timeout=60))
    assert again.identity.signed.hash == alice.identity.signed.hash
    assert identity_of(again).reader == identity_of(second).reader
    await settle(again, alice)
    assert [one.reason for one in await again.refused()] == []
    assert set(texts(await bob.sync())) >= {"written on the way"}
    expected = {"before", "written on the way, and put right", "meanwhile", "to the new keys"}
    for device in (alice, again):
        assert {one.content for one in (await device.timeline(bob.name)).entries} == expected
        assert (await device.marks(bob.name)).archived
    assert await known(alice) == await known(again) == {"desk", "lap"}
    standing = sorted(one.standing for one in await alice.devices.list() if one.label == "lap")
    assert standing == [Standing.KNOWN, Standing.REMOVED]
    assert await bob.sync() == []
    await again.send(bob.name, "back")
    assert texts(await bob.sync()) == ["back"]


async def test_decisions_of_a_device_that_was_away_are_signed_anew_and_count(world, tmp_path):
    alice, second = await in_step(world, tmp_path)
    ended = await world.lsp()
    asking = await (await world.client()).create_lsp(dm3.App(APP, "https://other.example"), world.wallet)
    await link(alice, ended, world.wallet)
    await asking.request_link(alice.name, world.wallet)
    await settle(alice, second)
    away = dm3.Client(context_of(second))
    line_of(away).cut_before = lambda *_: True
    await second.approve(asking.name)
    await second.remove_link(ended.name)
    assert [one.profile_name for one in await second.links()] == [asking.name]
    await alice.renew_keys(world.wallet, wait=0)
    await settle(alice)
    await ended.sync()
    assert (await ended.link_status()).state == "linked", "nobody knows yet what was decided on the way"

    line_of(away).cut_before = lambda *_: False
    await second.sync()
    joining = await away.join(MAIN, label="lap")
    await alice.devices.invite(await joining.shown_code())
    again = await away.messenger(await joining.take_over(timeout=60))
    await settle(again, alice)
    for lsp in (ended, asking):
        await lsp.sync()
    assert (await asking.link_status()).state == "linked"
    assert (await ended.link_status()).state != "linked"
    for device in (alice, again):
        assert [one.profile_name for one in await device.links()] == [asking.name]
        assert [one.reason for one in await device.refused()] == []
    record = await (await world.client()).peers.verify_link(asking.name, await alice.disclose(asking.name))
    assert record.main == alice.name
    bob = await world.team()
    await bob.send(asking.name, "to the linked one")
    await settle(alice, again)
    for device in (alice, again):
        assert texts(await device.messages(bob.name, profile=asking.name)) == ["to the linked one"]


async def test_a_removed_device_learns_of_the_new_keys_and_joins_again(world, tmp_path):
    alice, second = await in_step(world, tmp_path)
    bob = await (await world.client()).create_profile(MAIN, new_wallet())
    await second.send(bob.name, "before")
    await settle(second, alice)
    [lap] = [one for one in await alice.devices.list() if not one.is_this]
    await alice.devices.remove(lap.id)
    await settle(alice, second)
    assert [one.standing for one in await second.devices.list() if one.is_this] == [Standing.REMOVED]
    await alice.renew_keys(world.wallet, wait=0)
    with pytest.raises(dm3.KeysWereRenewed):
        await second.devices.begin("lap")
    await second.sync()
    assert "keys-were-renewed" in [error.code for error in second.errors]
    client = dm3.Client(context_of(second))
    joining = await client.join(MAIN, label="lap")
    await alice.devices.invite(await joining.shown_code())
    again = await client.messenger(await joining.take_over(timeout=60))
    await settle(again, alice)
    await alice.send(bob.name, "with the new keys")
    await settle(alice, again)
    assert again.errors == []
    assert texts(await again.messages(bob.name)) == ["before", "with the new keys"]
    await again.send(bob.name, "from there")
    await settle(again, alice)
    assert texts(await alice.messages(bob.name)) == ["before", "with the new keys", "from there"]
