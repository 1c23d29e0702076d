"""What a user sets for a main profile counts in every program with its vault, and on all devices."""

import pytest

import dm3
from dm3.model import MessageType
from dm3.protocol.linking import DAY, LinkPolicy, Notices, RecoveryMode, WhoMayAsk
from tests.e2e.sdk_scene import MAIN, new_wallet, texts
from tests.e2e.test_devices import in_step, settle

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_what_is_set_counts_before_what_a_program_is_started_with(world, tmp_path):
    held = {"vault": tmp_path / "alice.sqlite", "passphrase": "hers"}
    alice = await world.alice(**held)
    await alice.change_settings(who_may_ask="anyone", term_limit=7 * DAY)
    theirs = new_wallet()
    stranger = await (await world.client()).create_lsp(world.app, theirs)
    again = await world.client(**held, policy=LinkPolicy(term_limit=30 * DAY, recoveries_per_day=1))
    here = await again.messenger(alice.name)
    policy = await here.policy()
    assert (policy.who_may_ask, policy.term_limit, policy.recoveries_per_day) == (
        WhoMayAsk.ANYONE,
        7 * DAY,
        1,
    )
    await stranger.request_link(here.name, theirs, other_owner=True)
    await here.sync()
    [asked] = await here.link_requests()
    link = await here.approve(asked)
    assert link is not None
    assert link.valid_until - link.linked_at <= 7 * DAY
    await here.change_settings(term_limit=None)
    assert (await here.policy()).term_limit == 30 * DAY
    with pytest.raises(dm3.InvalidInput, match="term-limit"):
        await here.change_settings(term_limit=1)
    with pytest.raises(dm3.InvalidInput, match="no setting colour"):
        await here.change_settings(colour="red")


async def test_receipts_are_sent_where_the_user_has_set_it(world, tmp_path):
    alice = await world.alice(vault=tmp_path / "alice.sqlite", passphrase="hers")
    bob = await (await world.client()).create_profile(MAIN, new_wallet())
    await alice.send(bob.name, "hello")
    await bob.sync()
    await bob.send(alice.name, "not told")
    await alice.sync()
    await alice.change_settings(send_receipts=True)
    await bob.send(alice.name, "told")
    await alice.sync()
    await bob.sync()
    told = {one.reference for one in await bob.messages(alice.name) if one.type == MessageType.READ_RECEIVED}
    sent = [one for one in await bob.messages(alice.name) if one.content in ("not told", "told")]
    assert [one.content for one in sent if one.hash in told] == ["told"]


async def test_settings_recoveries_and_drafts_are_the_same_on_all_devices(world, tmp_path):
    alice, second = await in_step(world, tmp_path)
    bob = await (await world.client()).create_profile(MAIN, new_wallet())
    lsp = await world.lsp()
    await lsp.request_link(alice.name, world.wallet)
    await alice.sync()
    await alice.approve(lsp.name)
    await alice.set_recovery(lsp.name, RecoveryMode.ASK)
    await alice.change_settings(who_may_ask=WhoMayAsk.ANYONE, notices=Notices.RECOVERIES, send_receipts=False)
    await alice.keep_draft(bob.name, "half writ")
    await settle(alice, second)
    assert await second.settings() == await alice.settings()
    assert (await second.settings()).send_receipts is False
    assert [link.recovery for link in await second.links()] == [RecoveryMode.ASK]
    assert (await second.marks(bob.name)).draft == "", "not each letter is told"

    world.clock.ahead += 60
    await settle(alice, second)
    assert (await second.marks(bob.name)).draft == "half writ"
    await second.keep_draft(bob.name, "")
    await second.send(bob.name, "half written, and sent")
    await second.set_recovery(lsp.name, None)
    await second.change_settings(who_may_ask=None)
    await settle(second, alice)
    assert (await alice.marks(bob.name)).draft == ""
    assert (await alice.settings()).who_may_ask is None
    assert [link.recovery for link in await alice.links()] == [None]
    assert texts(await bob.sync()) == ["half written, and sent"]


async def test_what_is_being_written_here_is_not_replaced_by_a_draft_of_before(world, tmp_path):
    alice, second = await in_step(world, tmp_path)
    bob = await (await world.client()).create_profile(MAIN, new_wallet())
    await alice.keep_draft(bob.name, "on the desk")
    world.clock.ahead += 60
    await second.keep_draft(bob.name, "on the road")
    await settle(alice, second)
    assert (await second.marks(bob.name)).draft == "on the road"
    world.clock.ahead += 60
    await settle(second, alice)
    assert (await alice.marks(bob.name)).draft == "on the road"


async def test_the_last_word_on_a_setting_counts_whatever_the_clocks_say(world, tmp_path):
    alice, second = await in_step(world, tmp_path)
    world.clock.ahead += 3_600
    await alice.change_settings(recoveries_per_day=1)
    await settle(alice, second)
    world.clock.ahead -= 3_600
    await second.change_settings(recoveries_per_day=2)
    await settle(second, alice)
    assert (await alice.settings()).recoveries_per_day == 2
