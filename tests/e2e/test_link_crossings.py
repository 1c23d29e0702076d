"""Endings that cross requests, renewals and acceptances on their way (specification 3.9)."""

from collections.abc import Awaitable, Callable

import pytest

from dm3.protocol.linking import LinkState, OutgoingLinkState
from tests.e2e.linking_cast import TERM, Cast
from tests.e2e.linking_network import Mishap, Trouble

Story = Callable[[Cast], Awaitable[None]]


@pytest.fixture
def play(ground, cast):
    """Plays a story that begins with a link, and lets both sides come to rest."""

    async def whole(story: Story) -> tuple[OutgoingLinkState, list[LinkState]]:
        await cast.enter(0, 0)
        await cast.link(after_accept=False)
        cast.network.now += 60
        await story(cast)
        for _ in range(3):
            cast.network.now += 60
            await cast.messenger.sync()
            await cast.profile.sync()
        asking = await cast.asking()
        assert asking is not None
        return asking.state, [link.state for link in await cast.links()]

    return lambda story: ground.run(whole(story))


async def renew(cast: Cast) -> None:
    await cast.profile.request_link(cast.victim.main_name, cast.owner, term=TERM)


def test_a_renewal_that_comes_after_the_removal_may_be_approved_as_a_new_request(play):
    """The application hears of both at once: the end first, then the acceptance of what it asked later."""

    async def story(cast: Cast) -> None:
        await renew(cast)
        await cast.messenger.remove_link(cast.lsp.name)
        await cast.messenger.sync()
        await cast.messenger.approve(cast.lsp.name)

    assert play(story) == (OutgoingLinkState.LINKED, [LinkState.LINKED])


def test_a_renewal_that_comes_after_the_removal_waits_for_the_user(play):
    async def story(cast: Cast) -> None:
        await renew(cast)
        await cast.messenger.remove_link(cast.lsp.name)

    assert play(story) == (OutgoingLinkState.REQUESTED, [])


def test_a_link_that_was_renewed_and_then_removed_is_over(play):
    """Nothing waits any more: the renewal had its effect."""

    async def story(cast: Cast) -> None:
        await renew(cast)
        await cast.messenger.sync()
        await cast.messenger.remove_link(cast.lsp.name)

    assert play(story) == (OutgoingLinkState.UNLINKED, [])


def test_the_application_ends_what_the_user_is_about_to_approve(play):
    """Removed at the main profile, asked anew by a renewal, and given up by the application meanwhile."""

    async def story(cast: Cast) -> None:
        await cast.messenger.remove_link(cast.lsp.name)
        await renew(cast)
        await cast.messenger.sync()
        await cast.profile.end_link()
        await cast.messenger.approve(cast.lsp.name)

    assert play(story) == (OutgoingLinkState.UNLINKED, [])


def test_a_request_that_is_taken_back_is_told_as_that(play):
    """The user is not frightened with a recovery that never was."""
    told: list[str] = []

    async def story(cast: Cast) -> None:
        cast.network.now += 3 * 3_600  # so long that the link has expired here, and not yet at the other side
        await renew(cast)
        await cast.messenger.sync()
        await renew(cast)
        await cast.profile.end_link()
        await cast.messenger.sync()
        told.extend(notice.kind for notice in await cast.messenger.notices())

    assert play(story)[0] is OutgoingLinkState.UNLINKED
    assert "link-ended" in told
    assert "recovery" not in told


def test_both_end_it_at_once(play):
    async def story(cast: Cast) -> None:
        await cast.profile.end_link()
        await cast.messenger.remove_link(cast.lsp.name)

    assert play(story) == (OutgoingLinkState.UNLINKED, [])


def test_ended_and_asked_anew_before_the_user_has_looked(play):
    async def story(cast: Cast) -> None:
        await cast.profile.end_link()
        cast.network.now += 1
        await renew(cast)
        await cast.messenger.sync()
        await cast.messenger.approve(cast.lsp.name)

    assert play(story) == (OutgoingLinkState.LINKED, [LinkState.LINKED])


def test_what_was_asked_later_and_rejected_leaves_both_with_what_was_granted(ground, cast):
    """The keys are still to come, so that the later request is no renewal but one for the user to judge."""

    async def story() -> None:
        await cast.enter(0, 0)
        late = {"term": TERM, "hand_over_after_accept": True}
        await cast.profile.request_link(cast.victim.main_name, cast.owner, **late)
        await cast.messenger.sync()
        granted = int(cast.network.now) + 3_600
        await cast.messenger.approve(cast.lsp.name, valid_until=granted)
        cast.network.now += 60
        await cast.profile.request_link(cast.victim.main_name, cast.owner, **late)
        await cast.messenger.sync()
        await cast.messenger.reject(cast.lsp.name)
        for _ in range(3):
            cast.network.now += 60
            await cast.profile.sync()
            await cast.messenger.sync()
        asking, [link] = await cast.asking(), await cast.links()
        assert asking is not None
        assert (asking.state, link.state) == (OutgoingLinkState.LINKED, LinkState.LINKED)
        assert asking.valid_until == link.valid_until == granted

    ground.run(story())


@pytest.mark.parametrize("back", [0, 100])
def test_a_renewal_counts_though_the_clock_was_set_back_before_it(ground, cast, back):
    """Both were issued in one second, or the later one earlier than the one before: it is the later one."""

    async def story() -> None:
        await cast.enter(0, back)
        await cast.link(after_accept=False)
        cast.app.skew = 0
        await cast.profile.renew_link(cast.owner, term=2 * TERM)
        await cast.messenger.sync()
        asking, [link] = await cast.asking(), await cast.links()
        assert asking is not None
        assert asking.valid_until == link.valid_until >= int(cast.network.now) + 2 * TERM

    ground.run(story())


def test_renewals_of_one_second_that_overtake_each_other_leave_both_with_the_later_one(ground, cast):
    async def story() -> None:
        await cast.enter(0, 0)
        await cast.link(after_accept=False)
        cast.app.meets(Trouble(Mishap.DELAYED, 0, b"dm3_submitMessage"))
        await cast.profile.renew_link(cast.owner, term=3 * TERM)
        await cast.profile.renew_link(cast.owner, term=2 * TERM)
        await cast.messenger.sync()
        await cast.network.deliver_late()
        await cast.messenger.sync()
        asking, [link] = await cast.asking(), await cast.links()
        assert asking is not None
        assert asking.valid_until == link.valid_until

    ground.run(story())
