"""What a user decides about conversations, over real services: blocked, allowed, archived, pinned, read."""

import pytest

from dm3.base.errors import NotFound
from dm3.client import parts_of
from dm3.client.messaging import conversations as history
from dm3.client.messaging import kept_marks
from dm3.client.state.records import Direction
from tests.e2e.sdk_scene import DAY, new_wallet

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_what_a_blocked_sender_writes_is_neither_shown_nor_told_until_it_is_unblocked(pair):
    alice, team = pair
    await team.send(alice.name, "one")
    await alice.sync()
    await alice.block(team.name)
    assert await alice.inbox() == []
    assert await alice.conversations() == []
    await team.send(alice.name, "two")
    assert await alice.sync() == []
    assert await alice.inbox() == []
    assert [marks.peer for marks in await alice.blocked()] == [team.name]
    await alice.unblock(team.name)
    [head] = await alice.inbox()
    assert (head.messages, head.unread) == (2, 1)
    assert [entry.content for entry in (await alice.timeline(team.name)).entries] == ["one", "two"]
    assert await alice.blocked() == []


async def test_a_blocked_sender_gets_no_receipt(world):
    alice, team = await world.alice(send_receipts=True), await world.team()
    await alice.block(team.name)
    await team.send(alice.name, "are you there?")
    await alice.sync()
    assert await alice.waiting() == []
    await team.sync()
    assert all(one.direction is Direction.OUT for one in await team.messages(alice.name))


async def test_a_message_request_gets_no_receipt_of_any_kind_before_it_is_allowed(world):
    alice, team = await world.alice(send_receipts=True), await world.team()
    sent = await team.send(alice.name, "you do not know me")
    await alice.sync()
    await alice.mark_read(team.name)
    assert await alice.waiting() == []
    await team.sync()
    assert [one.hash for one in await team.messages(alice.name)] == [sent.hash]
    await alice.allow(team.name)
    await team.send(alice.name, "now you do")
    await alice.sync()
    await alice.mark_read(team.name)
    told = await receipts_to(team, alice.name, 2)
    assert told == {"READ_RECEIVED", "READ_OPENED"}
    await alice.block(team.name)
    await team.send(alice.name, "and now?")
    await alice.sync()
    await alice.mark_read(team.name)
    assert await alice.waiting() == []
    assert await receipts_to(team, alice.name, 2) == told


async def receipts_to(profile, peer, count):
    """The kinds of the receipts that have come from ``peer``, of which there are ``count``."""
    await profile.sync()
    kinds = [one.type for one in await profile.messages(peer) if one.direction is Direction.IN]
    assert len(kinds) == count
    return set(kinds)


async def test_who_was_written_to_gets_receipts_at_once(world):
    alice, team = await world.alice(send_receipts=True), await world.team()
    await alice.send(team.name, "a question")
    await team.send(alice.name, "an answer")
    await alice.sync()
    assert await receipts_to(team, alice.name, 2) == {"NEW", "READ_RECEIVED"}


async def test_first_messages_of_others_are_requests_until_they_are_answered_or_allowed(world):
    alice, team, other = await world.alice(), await world.team(), await world.client()
    stranger = await other.create_profile("myapp.eth", new_wallet(), alias=f"s{world.number}.user.myapp.eth")
    await team.send(alice.name, "hello")
    await stranger.send(alice.name, "buy")
    await alice.sync()
    assert {head.peer for head in await alice.message_requests()} == {team.name, stranger.name}
    await alice.send(team.name, "hello yourself")
    assert [head.peer for head in await alice.message_requests()] == [stranger.name]
    assert (await alice.marks(team.name)).allowed
    await alice.allow(stranger.name)
    assert await alice.message_requests() == []
    await alice.block(stranger.name)
    assert [head.peer for head in await alice.inbox()] == [team.name]


async def test_conversations_of_linked_profiles_have_marks_of_their_own(world):
    alice, lsp = await world.linked()
    team = await world.team()
    await team.send(lsp.name, "an order")
    await team.send(alice.name, "a greeting")
    await alice.sync()
    await alice.archive(team.name, profile=lsp.name)
    await alice.pin(team.name)
    await alice.mute(team.name, profile=lsp.name)
    await alice.keep_draft(team.name, "half writ", profile=lsp.name)
    here, there = await alice.marks(team.name), await alice.marks(team.name, profile=lsp.name)
    assert (here.pinned, here.archived, here.muted, here.draft) == (True, False, False, "")
    assert (there.pinned, there.archived, there.muted, there.draft) == (False, True, True, "half writ")
    await alice.pin(team.name, False)
    await alice.archive(team.name, False, profile=lsp.name)
    assert not (await alice.marks(team.name)).pinned
    assert not (await alice.marks(team.name, profile=lsp.name)).archived
    with pytest.raises(NotFound):
        await alice.block(team.name, profile="nobody.user.dm3.eth")


async def test_conversations_of_expired_links_stay_and_can_still_be_put_away(world):
    alice, lsp = await world.linked()
    team = await world.team()
    await team.send(lsp.name, "an order")
    await alice.sync()
    [listed] = await alice.overview()
    assert listed.is_request
    assert listed.marks == await alice.marks(team.name, profile=lsp.name)
    world.clock.ahead += 400 * DAY
    await alice.sync()
    assert [link.state for link in await alice.links()] == ["expired"]
    [listed] = await alice.overview()
    assert (listed.head.profile, listed.is_request) == (lsp.name, False)
    await alice.mark_read(team.name, profile=lsp.name)
    await alice.archive(team.name, profile=lsp.name)
    [listed] = await alice.overview()
    assert (listed.head.unread, listed.marks.archived) == (0, True)


async def test_of_many_messages_the_unread_ones_are_marked_and_who_was_answered_is_no_request(
    world, monkeypatch
):
    monkeypatch.setattr(history, "READ_AT_ONCE", 2)
    monkeypatch.setattr(kept_marks, "READ_AT_ONCE", 2)
    alice, team = await world.alice(), await world.team()
    for number in range(5):
        await team.send(alice.name, str(number))
    await alice.sync()
    assert [one.is_request for one in await alice.overview()] == [True]
    until = (await alice.messages(team.name))[1].at
    read = await history.mark_read(parts_of(alice).own.context.vault, alice.identity.name, team.name, until)
    assert [one.content for one in read] == ["0", "1"]
    await alice.send(team.name, "an answer")
    [listed] = await alice.overview()
    assert (listed.head.unread, listed.is_request) == (3, False)
    await alice.mark_read(team.name)
    [listed] = await alice.overview()
    assert listed.head.unread == 0
    assert not any(one.unread for one in await alice.messages(team.name))


async def test_reading_is_noted_up_to_the_newest_message(pair):
    alice, team = pair
    await team.send(alice.name, "read me")
    await alice.sync()
    [head] = await alice.inbox()
    assert (await alice.marks(team.name)).read_up_to == 0
    await alice.mark_read(team.name)
    assert (await alice.marks(team.name)).read_up_to == head.last_at
