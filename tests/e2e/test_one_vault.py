"""One vault for several: two main profiles in it, or two programs that have it open at once."""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from dm3.base.errors import NotFound
from dm3.client import LimitedScopeProfile, Messenger
from dm3.net.clients.resolver import ResolverClient
from dm3.protocol.linking import LinkState, OutgoingLinkState, end
from dm3.store.vault.change import Conflict
from tests.e2e.sdk_scene import MAIN, link, new_wallet
from tests.kit.inside import desk_of, requester_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def two_programs(world, tmp_path) -> tuple[Messenger, Messenger, LimitedScopeProfile]:
    """Alice's messenger twice, as two programs with a file in common, and a profile that is linked to her."""
    options = {"vault": tmp_path / "shared.sqlite", "passphrase": "shared"}
    alice, lsp = await world.alice(**options), await world.lsp()
    await link(alice, lsp, world.wallet)
    return alice, await (await world.client(**options)).messenger(alice.name), lsp


async def by_another_program(deed: Callable[[], Awaitable[object]]) -> None:
    """Do what another program does meanwhile: what is done here, under whose lock, it knows nothing of."""

    async def done() -> None:
        await deed()

    await asyncio.create_task(done(), context=contextvars.Context())


def just_before_it_is_kept(
    monkeypatch: pytest.MonkeyPatch, messenger: Messenger, deed: Callable[[], Awaitable[object]]
) -> None:
    """Have ``deed`` done right before the messenger keeps its next decision."""
    desk = desk_of(messenger)
    prepare = desk._prepare  # the last step before each commit, after all that it was made on was read

    async def later(*decided: Any) -> Any:
        monkeypatch.setattr(desk, "_prepare", prepare)
        await by_another_program(deed)
        return await prepare(*decided)

    monkeypatch.setattr(desk, "_prepare", later)


# --- two main profiles ----------------------------------------------------------------------------


async def test_the_same_profile_is_linked_to_two_main_profiles_of_one_vault(world):
    client = await world.client()
    alice = await client.create_profile(MAIN, world.wallet, alias=world.alice_name)
    work = await client.create_profile(MAIN, new_wallet(), alias=f"work-{world.alice_name}")
    lsp = await world.lsp()
    await link(alice, lsp, world.wallet)
    device = await (await world.client()).recoveries.begin(world.app, lsp.name, work.name, world.wallet)
    await work.sync()
    assert [entry.reason for entry in await work.refused()] == ["not-linked"]
    assert await work.links() == []
    assert [held.state for held in await alice.links()] == [LinkState.LINKED]
    await device.sync()
    assert await device.finish() is None


# --- two programs ---------------------------------------------------------------------------------


async def test_a_removed_link_does_not_come_back_with_a_renewal(world, tmp_path, monkeypatch):
    alice, elsewhere, lsp = await two_programs(world, tmp_path)
    await lsp.renew_link(world.wallet, term=7_200)
    just_before_it_is_kept(monkeypatch, alice, lambda: elsewhere.remove_link(lsp.name))
    await alice.sync()
    assert alice.errors == [], "what was decided meanwhile is read, and it is decided anew at once"
    assert await elsewhere.links() == []
    assert [held.state for held in await alice.links()] == []
    # What is left is a request like any other.
    assert [request.profile_name for request in await alice.link_requests()] == [lsp.name]


async def test_what_one_program_has_decided_the_other_does_not_decide_again(world, tmp_path, monkeypatch):
    alice, elsewhere, first = await two_programs(world, tmp_path)
    lsp = await world.lsp()
    await lsp.request_link(alice.name, world.wallet)
    await alice.sync()
    just_before_it_is_kept(monkeypatch, alice, lambda: elsewhere.reject(lsp.name))
    with pytest.raises(Conflict):
        await alice.approve(lsp.name)
    assert [held.profile_name for held in await alice.links()] == [first.name]
    assert await alice.link_requests() == []


async def test_what_one_program_asks_is_not_overwritten_by_what_the_other_takes_in(
    world, tmp_path, monkeypatch
):
    alice = await world.alice()
    options = {"vault": tmp_path / "page.sqlite", "passphrase": "shared"}
    lsp = await world.lsp(**options)
    elsewhere = await (await world.client(**options)).lsp(lsp.name)
    await lsp.request_link(alice.name, world.wallet)
    await alice.sync()
    await alice.approve(lsp.name)
    requester = requester_of(lsp)
    step = requester.commit

    async def later(*taken: Any, **handled: Any) -> None:
        monkeypatch.setattr(requester, "commit", step)
        await by_another_program(elsewhere.end_link)
        await step(*taken, **handled)

    monkeypatch.setattr(requester, "commit", later)
    await lsp.sync()
    asking = await lsp.link_status()
    assert asking is not None
    assert asking.state is OutgoingLinkState.UNLINKED


async def test_a_link_that_ends_while_its_record_is_published_leaves_no_record(world, monkeypatch):
    alice, lsp = await world.alice(), await world.lsp()
    publish = ResolverClient.publish_record

    async def slowly(resolver: ResolverClient, *record: Any) -> None:
        monkeypatch.setattr(ResolverClient, "publish_record", publish)
        await publish(resolver, *record)
        asking, revision = await requester_of(lsp).with_revision()
        assert asking is not None
        await requester_of(lsp).commit(end(asking), revision)  # before the answer is here

    monkeypatch.setattr(ResolverClient, "publish_record", slowly)
    await link(alice, lsp, world.wallet)
    await lsp.sync()
    with pytest.raises(NotFound):
        await (await world.client()).peers.verify_link(lsp.name)
