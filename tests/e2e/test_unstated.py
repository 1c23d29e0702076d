"""A profile that never said what it supports: nothing is known of it, and it gets no keys unasked."""

from contextlib import contextmanager

import pytest

from dm3.base.errors import NotFound, UnsupportedByPeer
from dm3.net.clients.delivery import DeliveryClient
from dm3.protocol.linking import LinkState, NothingKnown, OutgoingLinkState
from tests.e2e.sdk_scene import CountingWallet, link
from tests.e2e.test_sending import says
from tests.kit.inside import context_of, held_links, held_outbox, identity_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def silent(monkeypatch):
    """Profiles made within it say nothing of themselves, as those of clients of another make."""

    @contextmanager
    def made():
        async def says_nothing(*_):
            raise NotFound("there is no such method")

        with monkeypatch.context() as patched:
            patched.setattr(DeliveryClient, "set_extension", says_nothing)
            yield

    return made


async def test_it_is_asked_once_the_caller_has_agreed_and_gets_keys_only_after_its_acceptance(world, silent):
    with silent():
        alice = await world.alice()
    lsp, wallet = await world.lsp(), CountingWallet(world.wallet)
    extension = await context_of(lsp).extension_of(alice.name)
    assert extension is not None
    assert extension.stated is False
    with pytest.raises(NothingKnown):
        await lsp.request_link(alice.name, wallet)
    assert wallet.asked == []
    await lsp.request_link(alice.name, wallet, allow_unknown=True)
    await alice.sync()
    [request] = await alice.link_requests()
    assert not request.with_keys
    await lsp.request_link(alice.name, wallet)  # agreed to already
    await alice.sync()
    assert [request.with_keys for request in await alice.link_requests()] == [False]
    await alice.approve(lsp.name)
    await lsp.sync()
    assert [notice.kind for notice in await lsp.notices()] == ["link-keys"], "the keys may not be taken there"
    await alice.sync()
    [held] = await held_links(alice)
    assert (held.state, held.profile_key) == (LinkState.LINKED, identity_of(lsp).seed)


async def test_one_that_does_not_list_link_is_never_asked(world):
    alice, lsp = await world.alice(), await world.lsp()
    await says(alice, supported_types=("NEW", "LINK_ACCEPT"))
    with pytest.raises(UnsupportedByPeer):
        await lsp.request_link(alice.name, world.wallet, allow_unknown=True)


async def test_it_is_sent_no_rejection(world, silent):
    alice = await world.alice()
    with silent():
        lsp = await world.lsp()
    await lsp.request_link(alice.name, world.wallet)
    await alice.sync()
    await alice.reject(lsp.name)
    await lsp.sync()
    assert (await alice.waiting(), await lsp.refused()) == ([], [])
    assert (await lsp.link_status()).state is OutgoingLinkState.REQUESTED


async def test_and_no_revocation_from_either_side(world, silent):
    with silent():
        alice, lsp = await world.alice(), await world.lsp()
    await link(alice, lsp, world.wallet, allow_unknown=True)
    await alice.remove_link(lsp.name)
    assert await alice.waiting() == []
    await lsp.sync()
    assert (await lsp.link_status()).state is OutgoingLinkState.LINKED
    await lsp.end_link()
    assert await lsp.waiting() == []
    await alice.sync()
    assert await alice.refused() == []


async def test_nor_later_where_its_service_was_away_when_it_was_decided(world, silent):
    alice = await world.alice()
    with silent():
        lsp = await world.lsp()
    await lsp.request_link(alice.name, world.wallet)
    await alice.sync()
    await world.place.stop_delivery("myapp.eth")
    try:
        await alice.reject(lsp.name)
        [entry] = await held_outbox(alice)
        assert entry.optional
    finally:
        await world.place.start_delivery("myapp.eth")
    await alice.retry(entry.id)
    assert await alice.waiting() == []
    await lsp.sync()
    assert (await lsp.link_status()).state is OutgoingLinkState.REQUESTED
