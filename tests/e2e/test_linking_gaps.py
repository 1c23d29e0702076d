"""The main inbox has no gaps, whatever happens while a link comes into being (specification 3.6)."""

import pytest

from dm3.protocol.linking import LinkState, OutgoingLinkState
from tests.e2e.linking_cast import TERM, Cast
from tests.e2e.linking_network import Crash, Mishap, Trouble


async def main_inbox(cast: Cast) -> list[str | None]:
    """What the main profile has of the linked profile's conversations, after it has come to rest."""
    for _ in range(3):
        cast.network.now += 60
        for party in (cast.main, cast.app):
            assert party.account is not None
            await party.account.sync()
    assert [link.state for link in await cast.links()] == [LinkState.LINKED]
    return [message.content for message in await cast.main.conversation(cast.lsp.name)]


@pytest.mark.parametrize("after", range(10))
@pytest.mark.parametrize("mishap", [Mishap.LOST, Mishap.CRASH_BEFORE, Mishap.CRASH_AFTER])
def test_what_comes_right_after_the_acceptance_is_in_the_main_inbox(ground, cast, mishap, after):
    """The mailbox is joined before the application learns that it need not forward what it receives."""

    async def story() -> list[str | None]:
        await cast.enter(0, 0)
        await cast.profile.request_link(cast.victim.main_name, cast.owner, term=TERM)
        await cast.messenger.sync()
        cast.main.meets(Trouble(mishap, after))
        try:
            await cast.messenger.approve(cast.lsp.name)
        except Crash:
            await cast.main.come_back()
            for request in await cast.messenger.link_requests():
                await cast.messenger.approve(request.profile_name)
        cast.main.meets(None)
        await cast.profile.sync()
        await cast.contact.send(cast.lsp.name, "are you there?")
        await cast.profile.sync()
        return await main_inbox(cast)

    assert ground.run(story()) == ["are you there?"]


def test_what_is_forwarded_before_the_keys_have_come_is_kept(ground, cast):
    """With the keys handed over late, copies may overtake them."""
    network = cast.network

    async def story() -> list[str | None]:
        await cast.enter(0, 0)
        await cast.profile.send(cast.contact.name, "before the link")
        name = cast.victim.main_name
        await cast.profile.request_link(name, cast.owner, term=TERM, hand_over_after_accept=True)
        await cast.messenger.sync()
        await cast.messenger.approve(cast.lsp.name)
        # The acceptance is picked up; of what it causes, the keys (the first to go) take their time.
        cast.app.meets(Trouble(Mishap.DELAYED, 0, b"dm3_submitMessage"))
        await cast.profile.sync()
        assert network.late
        asking = await cast.asking()
        assert asking is not None
        assert asking.state is OutgoingLinkState.LINKED
        await cast.messenger.sync()
        assert [link.state for link in await cast.links()] == [LinkState.AWAITING_KEYS]
        await network.deliver_late()
        return await main_inbox(cast)

    assert ground.run(story()) == ["before the link"]


def test_what_is_written_while_a_late_renewal_waits_comes_with_its_approval(ground, cast):
    """The link is over at the main profile, which refuses copies, and not yet in the application."""
    network = cast.network

    async def story() -> list[str | None]:
        await cast.enter(0, 0)
        await cast.link(after_accept=False)
        network.now += TERM + 60
        await cast.profile.renew_link(cast.owner, term=TERM)
        await cast.messenger.sync()
        assert [link.state for link in await cast.links()] == [LinkState.EXPIRED]
        await cast.profile.send(cast.contact.name, "meanwhile")
        await cast.messenger.sync()
        await cast.messenger.approve(cast.lsp.name)
        return await main_inbox(cast)

    assert ground.run(story()) == ["meanwhile"]


@pytest.mark.parametrize("after", range(4))
def test_the_end_of_a_link_is_told_when_the_application_s_services_are_back(ground, cast, after):
    network = cast.network

    async def story() -> OutgoingLinkState | None:
        await cast.enter(0, 0)
        await cast.link(after_accept=False)
        cast.main.meets(Trouble(Mishap.LOST, after))
        try:
            await cast.messenger.remove_link(cast.lsp.name)
        except Crash:
            await cast.main.come_back()
            for link in await cast.links():
                await cast.messenger.remove_link(link.profile_name)
        for _ in range(2):
            network.now += 60
            await cast.messenger.sync()
            await cast.profile.sync()
        asking = await cast.asking()
        return asking.state if asking else None

    assert ground.run(story()) is OutgoingLinkState.UNLINKED


def test_an_application_that_ends_the_link_ends_the_one_that_an_earlier_request_made(ground, cast):
    network = cast.network

    async def story() -> list[LinkState]:
        await cast.enter(0, 0)
        name = cast.victim.main_name
        await cast.profile.request_link(name, cast.owner, term=TERM)
        await cast.messenger.sync()
        await cast.messenger.approve(cast.lsp.name)
        network.now += 1
        await cast.profile.request_link(name, cast.owner, term=TERM)
        await cast.profile.end_link()
        await cast.messenger.sync()
        return [link.state for link in await cast.links()]

    assert ground.run(story()) == []
