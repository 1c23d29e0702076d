"""Keys leave only for the main profile that is meant: its owner's, or one that proves a pairing code."""

import pytest

from dm3.base.errors import BadSignature
from dm3.client import Client
from dm3.client.linking.addressee import AnotherOwner
from dm3.client.state.own_records import PairingWindow
from dm3.client.state.records import WINDOWS
from dm3.crypto import MistypedPairingCode, parse_pairing_code, print_pairing_code
from dm3.protocol.linking import LinkPolicy, LinkState, OutgoingLinkState, Reason, WhoMayAsk, checks
from dm3.protocol.linking.pairing import LIFE, MAX_WRONG
from tests.e2e.sdk_scene import MAIN, CountingWallet, link, new_wallet, texts
from tests.e2e.test_sending import line_of_account
from tests.kit.inside import context_of, held_links, identity_of

pytestmark = pytest.mark.asyncio(loop_scope="module")
WRONG = "00000-00000"


async def of_another_wallet(world):
    """A main profile, and an application's profile of somebody without its wallet."""
    wallet = new_wallet()
    return await world.alice(), await (await world.client()).create_lsp(world.app, wallet), wallet


async def reasons(account):
    return [entry.reason for entry in await account.refused()]


async def test_a_typing_slip_sends_no_keys_to_a_stranger(world):
    mine, wallet = await world.lsp(), CountingWallet(world.wallet)
    slip = await world.team()  # a name that differs in a letter, say
    with pytest.raises(AnotherOwner, match=r"0x.* signs") as refused:
        await mine.request_link(slip.name, wallet)
    assert "dm3 link pair" in refused.value.hint
    assert wallet.asked == []
    assert await mine.waiting() == []
    await slip.sync()
    assert (await slip.link_requests(), await slip.refused()) == ([], [])


async def test_by_a_code_a_profile_of_another_wallet_is_linked_and_its_keys_come_after_the_acceptance(world):
    alice, lsp, wallet = await of_another_wallet(world)
    team = await world.team()
    await lsp.send(team.name, "before")
    offer = await alice.open_pairing()
    assert offer.until <= world.clock() + LIFE
    await lsp.request_link(alice.name, wallet, pairing=print_pairing_code(offer.code).lower())
    await alice.sync()
    [request] = await alice.link_requests()
    assert (request.own_wallet, request.with_keys) == (False, False)
    assert request.paired is not None
    await alice.approve(lsp.name)
    await lsp.sync()
    await alice.sync()
    [held] = await held_links(alice)
    assert (held.state, held.profile_key, held.paired) == (LinkState.LINKED, identity_of(lsp).seed, True)
    assert texts(await alice.messages(team.name, profile=lsp.name)) == ["before"]
    assert (await alice.refused(), await lsp.refused(), await lsp.notices()) == ([], [], [])
    # What was agreed holds on: no code, no question, no keys again.
    until = (await lsp.renew_link(wallet, term=7 * 86_400)).valid_until
    await alice.sync()
    assert [(one.valid_until, one.state) for one in await alice.links()] == [(until, LinkState.LINKED)]
    assert await alice.link_requests() == []


async def test_without_any_wallet_the_profile_s_own_signs(world):
    alice, lsp, _ = await of_another_wallet(world)
    with pytest.raises(AnotherOwner):
        await lsp.request_link(alice.name, None)
    with pytest.raises(BadSignature):
        await lsp.request_link(alice.name, new_wallet(), pairing=WRONG)
    offer = await alice.open_pairing()
    await link(alice, lsp, None, pairing=offer.code)
    [held] = await held_links(alice)
    assert (held.owner, held.state) == (lsp.identity.address, LinkState.LINKED)
    without = await world.client()
    recovered = await recover_by_code(world, alice, lsp, without, None)
    assert identity_of(recovered).seed == identity_of(lsp).seed


async def test_a_code_counts_once_for_its_time_and_the_newest_only(world):
    alice, lsp, wallet = await of_another_wallet(world)
    other = await (await world.client()).create_lsp(world.app, wallet)
    first, second = await alice.open_pairing(), await alice.open_pairing()
    await lsp.request_link(alice.name, wallet, pairing=first.code)
    await alice.sync()
    assert await reasons(alice) == ["wrong-pairing"]
    await lsp.request_link(alice.name, wallet, pairing=second.code)
    await other.request_link(alice.name, wallet, pairing=second.code)
    await alice.sync()
    assert [request.profile_name for request in await alice.link_requests()] == [lsp.name]
    assert await reasons(alice) == ["wrong-pairing", "no-pairing"]
    third = await alice.open_pairing()
    await other.request_link(alice.name, wallet, pairing=third.code)
    world.clock.ahead += LIFE + 60
    try:
        await alice.sync()
    finally:
        world.clock.ahead = 0
    assert len(await alice.link_requests()) == 1
    fourth = await alice.open_pairing()
    await alice.close_pairing()
    await other.request_link(alice.name, wallet, pairing=fourth.code)
    await alice.sync()
    assert await reasons(alice) == ["wrong-pairing", "no-pairing", "no-pairing", "no-pairing"]


async def test_requests_without_a_match_are_not_shown_but_told_with_what_lets_them_in(world):
    alice, lsp, wallet = await of_another_wallet(world)
    with pytest.raises(MistypedPairingCode):
        await lsp.request_link(alice.name, wallet, pairing="no code")
    await lsp.request_link(alice.name, wallet, other_owner=True)
    await alice.sync()
    assert await alice.link_requests() == []
    [refused] = await alice.refused()
    assert (refused.reason, "a pairing code would let it in" in refused.sentence) == ("foreign-wallet", True)


async def test_twenty_wrong_tries_void_the_code_and_the_user_is_told(world):
    alice, lsp, wallet = await of_another_wallet(world)
    offer = await alice.open_pairing()
    assert print_pairing_code(offer.code) != WRONG
    for wrong in range(1, MAX_WRONG + 1):
        await lsp.request_link(alice.name, wallet, pairing=WRONG)
        if wrong in (1, MAX_WRONG - 1, MAX_WRONG):
            await alice.sync()
            [notice] = await alice.notices()
            assert notice.kind == "pairing"
            assert notice.sentence.startswith(f"{wrong} request(s) had a wrong pairing code")
            assert ("It is void now" in notice.sentence) is (wrong == MAX_WRONG)
    await lsp.request_link(alice.name, wallet, pairing=offer.code)
    await alice.sync()
    assert await alice.link_requests() == []
    assert (await reasons(alice))[-1] == "no-pairing"


async def test_an_acceptance_that_does_not_prove_the_code_gets_no_keys(world, monkeypatch):
    """A stranger whose name is like the right one takes whatever comes."""
    anyone = LinkPolicy(who_may_ask=WhoMayAsk.ANYONE)
    mallory = await (await world.client(policy=anyone)).create_profile(MAIN, new_wallet())
    lsp = await world.lsp()
    with monkeypatch.context() as hostile:
        hostile.setattr(checks, "check_pairing", lambda *_: None)
        await lsp.request_link(mallory.name, world.wallet, pairing=WRONG)
        await mallory.sync()
    await mallory.approve(lsp.name)
    await lsp.sync()
    assert await reasons(lsp) == [Reason.WRONG_PAIRING]
    assert (await lsp.link_status()).state is OutgoingLinkState.REQUESTED
    await mallory.sync()
    assert [one.has_keys for one in await mallory.links()] == [False]


async def recover_by_code(world, alice, lsp, device: Client, wallet, code=None):
    code = code or (await alice.open_pairing()).code
    asking = await device.recoveries.begin(world.app, lsp.identity.name, alice.name, wallet, pairing=code)
    await alice.sync()
    for request in await alice.link_requests():
        assert request.is_recovery
        await alice.approve(request)
    await asking.sync()
    adopted = await asking.finish()
    return None if adopted is None else await device.lsp(adopted.name)


async def test_a_paired_link_is_recovered_by_a_new_code_and_always_asked(world):
    alice, lsp, wallet = await of_another_wallet(world)
    await link(alice, lsp, wallet, pairing=(await alice.open_pairing()).code)
    device = await world.client()
    asked = await device.recoveries.begin(world.app, lsp.name, alice.name, wallet)
    await alice.sync()
    assert await reasons(alice) == [Reason.NOT_PAIRED]
    await asked.forget()
    assert await recover_by_code(world, alice, lsp, device, wallet, parse_pairing_code(WRONG)) is None
    assert (await reasons(alice))[-1] in (Reason.NO_PAIRING, Reason.WRONG_PAIRING)
    recovered = await recover_by_code(world, alice, lsp, await world.client(), wallet)
    assert identity_of(recovered).seed == identity_of(lsp).seed
    until = (await recovered.renew_link(wallet, term=86_400)).valid_until
    await alice.sync()
    assert [one.valid_until for one in await alice.links()] == [until]


async def test_a_name_that_passes_to_somebody_else_on_the_way_gets_no_keys(world):
    alice, lsp = await world.alice(), await world.lsp()
    line, context = line_of_account(lsp), context_of(lsp)
    line.cut_before = lambda request, _: b"dm3_submitMessage" in request.content
    await lsp.request_link(alice.name, world.wallet)
    line.cut_before = lambda *_: False
    [entry] = await lsp.waiting()
    await context.resolver_for(alice.name).remove_alias(alice.name, identity_of(alice).keys.signing_private)
    mallory = await (await world.client()).create_profile(MAIN, new_wallet(), alias=alice.name)
    for forget in (context.names.forget, context.directory.forget):
        forget(alice.name)
    [left] = await lsp.retry(entry.id)
    assert "another account than the one that this is meant for" in left.last_error
    await mallory.sync()
    assert (await mallory.link_requests(), await mallory.refused()) == ([], [])


async def test_a_window_of_an_earlier_version_is_told_what_replaces_it(world):
    alice = await world.alice()
    vault = context_of(alice).vault
    await vault.put(WINDOWS, alice.identity.name, PairingWindow(int(world.clock()) + 600))
    await alice.sync()
    await alice.sync()
    [notice] = await alice.notices()
    assert "dm3 link pair" in notice.sentence
    assert await vault.get(WINDOWS, alice.identity.name) is None


async def test_strangers_who_fill_the_list_hold_out_neither_the_own_wallet_nor_a_code(world):
    policy = LinkPolicy(who_may_ask=WhoMayAsk.ANYONE, pending_in_all=1)
    alice, mine = await world.alice(policy=policy), await world.lsp()
    wallets = [new_wallet() for _ in range(3)]
    first, second, invited = [
        await (await world.client()).create_lsp(world.app, wallet) for wallet in wallets
    ]
    await first.request_link(alice.name, wallets[0], other_owner=True)
    await alice.sync()
    await second.request_link(alice.name, wallets[1], other_owner=True)
    await mine.request_link(alice.name, world.wallet)
    await alice.sync()
    assert await reasons(alice) == [Reason.TOO_MANY]
    assert {one.profile_name for one in await alice.link_requests()} == {first.name, mine.name}
    await alice.approve(mine.name)
    offer = await alice.open_pairing()
    await invited.request_link(alice.name, wallets[2], pairing=print_pairing_code(offer.code))
    await alice.sync()
    assert {one.profile_name for one in await alice.link_requests()} == {first.name, invited.name}
