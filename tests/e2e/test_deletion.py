"""Deleting conversations: what goes, what stays, and what comes afterwards."""

from typing import Any

import pytest

from dm3.base.errors import LocalProtocolError, NotFound
from dm3.client import Client
from dm3.client.messaging.conversations import is_kept
from dm3.client.state.records import CONVERSATIONS, MESSAGES, OUTBOX, PEER_NAMES
from dm3.store.vault import RecordType
from tests.e2e.cli_scene import DOMAIN, Person, up
from tests.kit.inside import context_of

ALICE, BOB = f"alice.user.{DOMAIN}", f"bob.user.{DOMAIN}"

in_one_loop = pytest.mark.asyncio(loop_scope="module")


@in_one_loop
async def test_a_deleted_conversation_is_gone_and_what_comes_later_opens_a_new_one(pair):
    alice, team = pair
    first = await team.send(alice.name, "one")
    await alice.sync()
    await alice.send(team.name, "two")
    await alice.pin(team.name)
    await alice.keep_draft(team.name, "half written")
    assert await alice.delete_conversation(team.name) == 2
    assert await alice.inbox() == []
    assert await alice.messages(team.name) == []
    marks = await alice.marks(team.name)
    assert (marks.pinned, marks.draft) == (False, "")
    with pytest.raises(NotFound):
        await alice.find_message(first.hash)
    assert await is_kept(context_of(alice).vault, alice.identity.name, first.hash), "it would come back"
    with pytest.raises(NotFound, match="no conversation"):
        await alice.delete_conversation(team.name)
    await team.edit(first, "one, edited")
    await team.send(alice.name, "three")
    await alice.sync()
    [head] = await alice.inbox()
    assert (head.messages, head.unread) == (1, 1)
    assert [entry.content for entry in (await alice.timeline(team.name)).entries] == ["three"]
    assert [one.peer for one in await alice.message_requests()] == [team.name]


@in_one_loop
async def test_a_blocked_peer_stays_blocked_when_its_conversation_is_deleted(pair):
    alice, team = pair
    await team.send(alice.name, "one")
    await alice.sync()
    await alice.block(team.name)
    await alice.delete_conversation(team.name)
    await team.send(alice.name, "two")
    assert await alice.sync() == []
    assert [marks.peer for marks in await alice.blocked()] == [team.name]


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """Alice and Bob, who has written to her."""
    folder = tmp_path_factory.mktemp("deletion")
    with up(Person(folder / "operator"), "up", "--resolver-port", "0", "--delivery-port", "0") as services:
        at = f"{DOMAIN}={services.announced['resolver']}"
        alice, bob = (Person(folder / name, resolver=at) for name in ("alice", "bob"))
        for person, name in ((alice, ALICE), (bob, BOB)):
            person.must_here("wallet", "create")
            person.must_here("profile", "create", "--alias", name)
        bob.must_here("send", ALICE, "Do you hear me?")
        alice.must_here("inbox")
        yield alice, bob


def test_conversations_are_marked_on_the_command_line(people):
    alice, _ = people
    [row] = alice.must_here("conversation", "list")["conversations"]
    assert (row["peer"], row["request"], row["allowed"]) == (BOB, True, False)
    assert alice.must_here("conversation", "allow", "bob")["allowed"] is True
    for word, flag in (("archive", "archived"), ("pin", "pinned"), ("mute", "muted"), ("block", "blocked")):
        assert alice.must_here("conversation", word, "bob")[flag] is True
        if flag == "blocked":
            assert alice.must_here("inbox")["conversations"] == []
            assert "blocked" in alice.run_here("conversation", "list").out
        undone = (word, "bob", "--undo") if word != "block" else ("unblock", "bob")
        assert alice.must_here("conversation", *undone)[flag] is False
    unknown = alice.run_here("conversation", "block", "nobody")
    assert (unknown.code, "dm3 inbox" in unknown.err) == (5, True)


def test_a_conversation_is_deleted_on_the_command_line_when_it_is_confirmed(people):
    alice, bob = people
    asked = alice.run_here("conversation", "delete", "bob")
    assert (asked.code, "--yes" in asked.err) == (4, True)
    done = alice.run_here("conversation", "delete", "bob", "--yes")
    assert (done.code, "1 message(s)" in done.out, "other devices" in done.err) == (0, True, True)
    assert alice.must_here("inbox")["conversations"] == []
    bob.must_here("send", ALICE, "And now?")
    [head] = alice.must_here("inbox")["conversations"]
    assert (head["peer"], head["messages"]) == (BOB, 1)


@in_one_loop
async def test_a_profile_is_deleted_once_its_links_are_ended(world):
    alice, lsp = await world.linked()
    team = await world.team()
    await team.send(lsp.name, "one")
    await lsp.sync()
    client = Client(context_of(lsp))
    with pytest.raises(LocalProtocolError, match="is linked") as refused:
        await client.delete_profile(lsp.name)
    assert "End the links" in str(refused.value.hint)
    await lsp.end_link()
    await lsp.sync()
    done = await client.delete_profile(lsp.name)
    assert (len(done.services), done.left) == (1, ())
    vault = context_of(lsp).vault
    record_types: tuple[RecordType[Any], ...] = (MESSAGES, CONVERSATIONS, PEER_NAMES, OUTBOX)
    for record_type in record_types:
        assert [kept for kept in await vault.entries(record_type) if lsp.name in str(kept.record)] == []
    assert lsp.name not in [one.name for one in await client.profiles()]
    with pytest.raises(NotFound):
        await client.delete_profile(lsp.name)
    assert alice.name


def test_a_profile_is_deleted_on_the_command_line_when_it_is_confirmed(people):
    alice, bob = people
    asked = bob.run_here("profile", "delete", BOB)
    assert (asked.code, "--yes" in asked.err) == (4, True)
    done = bob.run_here("profile", "delete", "bob", "--yes")
    assert (done.code, "deleted" in done.out, "stays" in done.err) == (0, True, True), done
    assert bob.must_here("profile", "list")["profiles"] == []
    assert alice.must_here("inbox")["ok"] is True
