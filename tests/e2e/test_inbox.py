"""The inbox over real services: two parties and a linked profile, every kind of message, one timeline."""

import asyncio
import base64
import json
from pathlib import Path

import pytest

from dm3.base import canonical_json, read_json
from dm3.base.errors import InvalidInput, LocalProtocolError, NotFound
from dm3.client import attach, save_attachments
from dm3.client.reading.receiving import OpenedMessage
from dm3.client.state.records import MESSAGES, OUTBOX
from dm3.crypto import ProfileKeys, Seed, sign
from dm3.model import Attachment, DeliveryInformation, Draft, MessageType
from dm3.protocol.messages.attachments import content_of, describe_attachments
from dm3.protocol.messages.composing import compose
from dm3.protocol.messages.timeline_messages import Delivery, Remark
from dm3.wire import SERVICE_FALLBACK, draft_json, open_text
from tests.e2e.sdk_scene import (
    APP,
    DAY,
    MAIN,
    link,
    new_wallet,
    sealed_for,
    submit,
)
from tests.kit.inside import context_of, identity_of, mailbox_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def by_hand(sender, receiver, members, *, service=f"ds.{MAIN}", carrier=None):
    """Send a message whose JSON no client of ours would write; returns its text."""
    keys = identity_of(sender).keys
    signed = {**members, "signature": sign(keys.signing_private, canonical_json(members))}
    text = canonical_json(signed)
    information = DeliveryInformation(receiver.name, carrier or sender.name)
    context = context_of(sender)
    envelope = await sealed_for(sender, context, receiver.name, text, information=information)
    await submit(context, envelope, service)
    return text


def draft(sender, receiver, **fields):
    fields = {"timestamp": context_of(sender).milliseconds(), "content": "by hand", **fields}
    return Draft(to=receiver.name, from_=sender.name, **fields)


async def only(account, peer):
    [entry] = (await account.timeline(peer.name)).entries
    return entry


# --- what is written about messages --------------------------------------------------------------------


async def test_both_sides_see_the_same_edits_reactions_and_answers(pair):
    alice, team = pair
    first = await team.send(alice.name, "helo")
    await alice.sync()
    await team.edit(first, "hello")
    answer = await alice.reply(first, "hi!")
    await alice.react(first, "👍")
    await alice.sync()
    await team.sync()
    await team.react(answer.hash, "🎉")
    await alice.sync()
    for account, peer in ((alice, team), (team, alice)):
        shown = await account.timeline(peer.name)
        message, reply = shown.entries
        assert (message.content, message.edited) == ("hello", True)
        assert [version.content for version in message.versions] == ["helo"]
        assert [reaction.content for reaction in message.reactions] == ["👍"]
        assert (reply.content, reply.reply_to, reply.type) == ("hi!", message.hash, MessageType.REPLY)
        assert [reaction.content for reaction in reply.reactions] == ["🎉"]
        assert message.own is (account is team)


async def test_an_edit_before_its_message_waits_for_it(pair):
    alice, team = pair
    first = compose(draft(team, alice, content="first"), identity_of(team).keys.signing_private)
    edited = compose(
        draft(team, alice, content="second", type=MessageType.EDIT, reference=first.hash),
        identity_of(team).keys.signing_private,
    )
    await submit(
        context_of(team), await sealed_for(team, context_of(team), alice.name, edited.text), f"ds.{MAIN}"
    )
    await alice.sync()
    alone = await only(alice, team)
    assert (alone.remark, alone.content) == (Remark.AWAITED, "second")
    [head] = await alice.conversations()
    assert head.unread == 1, "nobody would see it otherwise"
    await submit(
        context_of(team), await sealed_for(team, context_of(team), alice.name, first.text), f"ds.{MAIN}"
    )
    await alice.sync()
    joined = await only(alice, team)
    assert (joined.hash, joined.content, joined.edited) == (first.hash, "second", True)


async def test_deleting_empties_the_message_on_both_sides(pair):
    alice, team = pair
    first = await team.send(alice.name, "a secret", attachments=(attach(b"x", name="x.txt"),))
    await team.delete(first)
    await alice.sync()
    for account, peer in ((alice, team), (team, alice)):
        entry = await only(account, peer)
        assert (entry.deleted, entry.content, entry.attachments) == (True, None, ())


async def test_a_reaction_is_taken_back_in_both_ways(pair):
    alice, team = pair
    first = await team.send(alice.name, "hello")
    await alice.sync()
    thumb = await alice.react(first, "👍")
    await alice.react(first, "🎉")
    await alice.delete(thumb)
    assert [reaction.content for reaction in (await only(alice, team)).reactions] == ["🎉"]
    await alice.react(first, "")
    await team.sync()
    for account, peer in ((alice, team), (team, alice)):
        assert (await only(account, peer)).reactions == ()


async def test_nobody_edits_or_deletes_what_another_has_written(pair):
    alice, team = pair
    first = await team.send(alice.name, "mine")
    await alice.sync()
    for attempt in (alice.edit(first.hash, "yours"), alice.delete(first.hash)):
        with pytest.raises(InvalidInput, match="only its author"):
            await attempt
    # A program without manners sends it all the same.
    await alice.send(team.name, "yours", type=MessageType.EDIT, reference=first.hash)
    await team.sync()
    shown = await team.timeline(alice.name)
    assert [(entry.content, entry.remark) for entry in shown.entries] == [
        ("mine", None),
        ("yours", Remark.FOREIGN),
    ]


async def test_what_cannot_be_written_about_is_refused_with_a_sentence(pair):
    alice, team = pair
    first = await alice.send(team.name, "hello")
    with pytest.raises(NotFound, match="no message"):
        await alice.reply("0x" + "0" * 64, "to what?")
    with pytest.raises(InvalidInput, match="characters"):
        await alice.react(first, "x" * 65)
    reaction = await alice.react(first, "👍")
    with pytest.raises(InvalidInput, match="cannot be edited"):
        await alice.edit(reaction, "👎")


# --- unread ---------------------------------------------------------------------------------------------


async def test_changes_neither_open_a_conversation_nor_count_as_unread(pair):
    alice, team = pair
    nothing = "0x" + "7" * 64
    for kind in (
        MessageType.READ_OPENED,
        MessageType.READ_RECEIVED,
        MessageType.RESEND_REQUEST,
        MessageType.REACTION,
        MessageType.DELETE_REQUEST,
    ):
        await team.send(alice.name, "👍", type=kind, reference=nothing)
    assert len(await alice.sync()) == 5
    assert await alice.conversations() == []
    first = await team.send(alice.name, "hello")
    await alice.sync()
    [before] = await alice.conversations()
    await team.edit(first, "hello!")
    await team.react(first, "👍")
    await alice.sync()
    [after] = await alice.conversations()
    assert (before.messages, before.unread) == (1, 1)
    assert after == before
    assert (await alice.timeline(team.name)).entries[0].unread
    await alice.mark_read(team.name)
    [head] = await alice.conversations()
    assert head.unread == 0
    assert not (await alice.timeline(team.name)).entries[0].unread


async def test_what_comes_while_a_conversation_is_marked_as_read_stays_unread(world, tmp_path):
    """Two processes of one vault: neither overwrites what the other has counted."""
    team = await world.team()
    client = await world.client(vault=tmp_path / "vault.sqlite", passphrase="pass")
    alice = await client.create_profile(MAIN, world.wallet, alias=world.alice_name)
    beside = await world.client(vault=tmp_path / "vault.sqlite", passphrase="pass")
    again = await beside.messenger(alice.name)
    for number in range(6):
        await team.send(alice.name, f"message {number}")
        await (alice if number % 2 else again).sync()
        if number == 2:
            await again.mark_read(team.name)
    [head] = await alice.conversations()
    unread = [entry for entry in (await alice.timeline(team.name)).entries if entry.unread]
    assert (head.messages, head.unread, len(unread)) == (6, 3, 3)


async def test_counting_holds_while_much_happens_at_once(world, tmp_path):
    team = await world.team()
    vault = {"vault": tmp_path / "vault.sqlite", "passphrase": "pass"}
    alice = await world.alice(**vault)
    again = await (await world.client(**vault)).messenger(alice.name)
    for number in range(12):
        await team.send(alice.name, f"message {number}")
    await asyncio.gather(
        *(account.sync() for account in (alice, again)),
        *(account.mark_read(team.name) for account in (alice, again) for _ in range(3)),
        *(account.send(team.name, f"answer {n}") for account in (alice, again) for n in range(4)),
    )
    await alice.sync()
    [head] = await alice.conversations()
    kept = await alice.messages(team.name)
    assert (head.messages, head.unread) == (20, sum(message.unread for message in kept))
    assert len(kept) == 20
    assert len(await team.sync()) == 8


# --- receipts -------------------------------------------------------------------------------------------


async def test_no_receipts_are_sent_unless_the_user_wants_them(pair):
    alice, team = pair
    await team.send(alice.name, "hello")
    await alice.sync()
    await alice.mark_read(team.name)
    assert await team.sync() == []
    assert (await only(team, alice)).delivery is Delivery.SENT


async def test_receipts_tell_that_a_message_has_come_and_was_read(world):
    alice, team = await world.alice(send_receipts=True), await world.team()
    await alice.allow(team.name)
    await team.send(alice.name, "hello")
    await alice.sync()
    await team.sync()
    assert (await only(team, alice)).delivery is Delivery.RECEIVED
    await alice.mark_read(team.name)
    await alice.mark_read(team.name)
    receipts = await team.sync()
    assert [receipt.type for receipt in receipts] == [MessageType.READ_OPENED], "once"
    assert (await only(team, alice)).delivery is Delivery.READ
    [head] = await team.conversations()
    assert (head.messages, head.unread) == (1, 0)


async def test_receipts_are_not_answered_with_receipts(world):
    alice = await world.alice(send_receipts=True)
    bob = await (await world.client(send_receipts=True)).create_profile(APP, new_wallet())
    await bob.allow(alice.name)
    await alice.send(bob.name, "hello")
    for _ in range(3):
        await bob.sync()
        await bob.mark_read(alice.name)
        await alice.sync()
        await alice.mark_read(bob.name)
    kept = await alice.messages(bob.name)
    assert [message.type for message in kept] == ["NEW", "READ_RECEIVED", "READ_OPENED"]


async def test_a_bot_hears_messages_and_not_what_is_about_them(pair):
    alice, team = pair
    first = await team.send(alice.name, "hello")
    await alice.sync()
    await alice.react(first, "👍")
    await alice.send(team.name, "good morning")
    async for message in team.incoming():
        assert message.content == "good morning"
        break


# --- sending again --------------------------------------------------------------------------------------


async def test_a_message_is_sent_again_once_a_day_when_its_receiver_asks(world):
    alice, team = await world.alice(), await world.team()
    sent = await alice.send(team.name, "hello")
    await team.sync()
    vault = context_of(team).vault
    change = vault.change()
    change.remove(MESSAGES, f"{team.identity.name}|{sent.hash}")  # it was lost there
    await vault.commit(change)
    for expected in (["hello"], [], []):
        await team.send(alice.name, "", type=MessageType.RESEND_REQUEST, reference=sent.hash)
        await alice.sync()
        assert [message.content for message in await team.sync()] == expected
    assert await alice.waiting() == []
    world.clock.ahead += DAY + 1
    await team.send(alice.name, "", type=MessageType.RESEND_REQUEST, reference=sent.hash)
    await alice.sync()
    change = vault.change()
    change.remove(MESSAGES, f"{team.identity.name}|{sent.hash}")
    await vault.commit(change)
    assert [message.content for message in await team.sync()] == ["hello"]


async def test_nobody_else_gets_a_message_by_asking_for_it(world):
    alice, team = await world.alice(), await world.team()
    stranger = await (await world.client()).create_profile(APP, new_wallet())
    secret = await alice.send(team.name, "for the team only")
    theirs = await team.send(alice.name, "the team's own")
    gone = await alice.send(team.name, "a mistake")
    await alice.delete(gone)
    await alice.sync()
    await team.sync()
    await stranger.send(alice.name, "", type=MessageType.RESEND_REQUEST, reference=secret.hash)
    for hash in (theirs.hash, gone.hash, "0x" + "5" * 64):
        await team.send(alice.name, "", type=MessageType.RESEND_REQUEST, reference=hash)
    await alice.sync()
    assert await context_of(alice).vault.count(OUTBOX) == 0
    assert await stranger.sync() == []
    assert await team.sync() == []


# --- foreign programs -----------------------------------------------------------------------------------


async def test_attachments_come_in_both_forms(pair, tmp_path):
    alice, team = pair
    picture = base64.b64encode(b"\x89PNG").decode()
    members = draft_json(draft(team, alice, content="as the published text has it"))
    members["attachments"] = [
        f"data:image/png;base64,{picture}",
        "https://example.org/a/report.pdf",
        {"name": "../../evil.sh", "data": "data:text/x-sh;base64,aGk="},
        {"name": "broken", "data": "no URI at all"},
    ]
    await by_hand(team, alice, members)
    await alice.sync()
    entry = await only(alice, team)
    told = describe_attachments(entry.attachments)
    assert [(file.name, file.size, file.url) for file in told] == [
        ("attachment-1.png", 4, None),
        ("report.pdf", None, "https://example.org/a/report.pdf"),
        ("evil.sh", 2, None),
        ("broken", None, None),
    ]
    assert content_of(entry.attachments[0]) == b"\x89PNG"
    saved = await save_attachments(entry.attachments[:3], tmp_path)
    assert [path.name for path in saved] == ["attachment-1.png", "evil.sh"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["attachment-1.png", "evil.sh"]


async def test_attachments_of_ours_are_objects_on_the_wire(pair):
    alice, team = pair
    await alice.send(team.name, "a file", attachments=(attach(b"hello", name="note.txt"),))
    [got] = await team.sync()
    assert json.loads(got.text)["attachments"] == [
        {"data": "data:text/plain;base64,aGVsbG8=", "name": "note.txt"}
    ]


async def test_an_unknown_type_is_kept_and_shown(pair):
    alice, team = pair
    poll = draft_json(draft(team, alice, type="POLL", content="Lunch? [yes] [no]"))
    poll["metadata"]["choices"] = ["yes", "no"]
    text = await by_hand(team, alice, poll)
    await alice.sync()
    entry = await only(alice, team)
    assert (entry.type, entry.content, entry.unread) == ("POLL", "Lunch? [yes] [no]", True)
    [kept] = await alice.messages(team.name)
    assert kept.text == text, "with everything that a later program may understand"
    answer = await alice.reply(entry, "yes")
    await alice.react(entry.hash, "👍")
    assert (await alice.timeline(team.name)).find(answer.hash).reply_to == entry.hash


async def test_the_published_receipt_is_read(pair):
    alice, team = pair
    sent = await alice.send(team.name, "hello")
    receipt = draft_json(draft(team, alice, type="READ_RECEIPT", reference=sent.hash, content=None))
    await by_hand(team, alice, receipt)
    await alice.sync()
    assert (await only(alice, team)).delivery is Delivery.READ


async def test_a_program_that_does_not_know_linking_shows_a_sentence(world):
    """What travels in a LINK besides its payload is text that any messenger can show."""
    alice, lsp = await world.linked()
    await lsp.renew_link(world.wallet, term=30 * DAY)
    mailbox = mailbox_of(alice)
    client = await context_of(alice).service(mailbox.services[0])
    token = await client.authenticate(mailbox.name, mailbox.keys.signing_private)
    page = await client.fetch(mailbox.name, token, reader="another-program")
    envelopes = [delivered.envelope for delivered in page.messages if delivered.envelope is not None]
    seen = [read_json(open_text(envelope.message, mailbox.keys)) for envelope in envelopes]
    assert [(members["metadata"]["type"], members["message"]) for members in seen] == [
        ("LINK", SERVICE_FALLBACK)
    ]


# --- one inbox ------------------------------------------------------------------------------------------


async def test_one_timeline_over_the_main_profile_and_the_linked_ones(world):
    alice, lsp = await world.linked()
    team = await world.team()
    await lsp.send(team.name, "from the page")
    await team.sync()
    await team.send(lsp.name, "to the page")
    await team.send(alice.name, "to Alice herself")
    await alice.sync()
    inbox = await alice.inbox_timeline()
    assert [(view.head.profile, view.head.peer) for view in inbox.conversations] == [
        (alice.identity.name, team.name),
        (lsp.name, team.name),
    ]
    assert [(shown.entry.content, shown.profile == lsp.name, shown.entry.own) for shown in inbox.entries] == [
        ("from the page", True, True),
        ("to the page", True, False),
        ("to Alice herself", False, False),
    ]
    assert len((await alice.inbox_timeline(newest=1)).conversations) == 1
    shown = (await alice.inbox_timeline(entries=1)).entries
    assert [one.entry.content for one in shown] == ["to the page", "to Alice herself"]


async def test_answers_and_reactions_go_out_as_the_profile_that_was_written_to(world):
    alice, lsp = await world.linked()
    team = await world.team()
    await team.send(lsp.name, "to the page")
    await alice.sync()
    [shown] = (await alice.inbox_timeline()).entries
    await alice.reply(shown.entry, "from Alice's messenger")
    await alice.react(shown.entry.hash, "👍")
    heard = await team.sync()
    assert [message.peer for message in heard] == [lsp.name, lsp.name]
    await lsp.sync()
    for account, options in ((lsp, {}), (alice, {"profile": lsp.name})):
        first, reply = (await account.timeline(team.name, **options)).entries
        assert [reaction.content for reaction in first.reactions] == ["👍"]
        assert (reply.own, reply.reply_to) == (True, first.hash)
    await alice.mark_read(team.name, profile=lsp.name)
    assert [head.unread for head in await alice.inbox()] == [0]


async def test_a_message_that_comes_on_two_ways_stands_there_once(world):
    alice, lsp = await world.linked()
    team = await world.team()
    await team.send(lsp.name, "hello")
    await lsp.sync()
    [got] = await lsp.messages(team.name)
    # The page hands on what Alice picks up herself, too.
    envelope = await sealed_for(lsp, context_of(lsp), alice.name, got.text)
    await submit(context_of(lsp), envelope, f"ds.{MAIN}")
    await alice.sync()
    [entry] = (await alice.timeline(team.name, profile=lsp.name)).entries
    assert (entry.hash, entry.content, entry.own) == (got.hash, "hello", False)
    [head] = await alice.inbox()
    assert (head.messages, head.unread) == (1, 1)


async def test_messages_stand_in_the_order_of_their_postmarks(world):
    """What a sender's own clock says counts for nothing."""
    alice, team = await world.alice(), await world.team()
    for text, ahead in (("first", 3 * DAY), ("second", -40 * DAY), ("third", 0), ("fourth", 10**7 * DAY)):
        at = context_of(team).milliseconds() + ahead * 1000
        message = compose(
            draft(team, alice, content=text, timestamp=at), identity_of(team).keys.signing_private
        )
        envelope = await sealed_for(team, context_of(team), alice.name, message.text)
        await submit(context_of(team), envelope, f"ds.{MAIN}")
    await alice.sync()
    entries = (await alice.timeline(team.name)).entries
    assert [entry.content for entry in entries] == ["first", "second", "third", "fourth"]
    now = context_of(alice).milliseconds()
    assert all(now - 60_000 < entry.at <= now for entry in entries)


@pytest.mark.parametrize(
    ("at", "copied", "expected"),
    [
        (500, False, 500),
        (500, True, 300),
        (200, True, 200),
        (-5, False, 0),
        (2**53, False, 1_000 + DAY * 1_000),
    ],
)
async def test_a_time_that_cannot_be_is_brought_to_where_it_can(at, copied, expected):
    message = compose(
        Draft(to="a.eth", from_="b.eth", timestamp=300),
        ProfileKeys.from_seed(Seed(bytes(32))).signing_private,
    )
    assert OpenedMessage(message, at).time(copied, 1_000) == expected


async def test_an_earlier_conversation_keeps_its_times_when_it_is_handed_on(world):
    """The copies are postmarked when the profile is linked; what they hold is older."""
    alice, lsp, team = await world.alice(), await world.lsp(), await world.team()
    world.clock.ahead = -DAY
    await lsp.send(team.name, "yesterday")
    world.clock.ahead = 0
    await link(alice, lsp, world.wallet)
    [entry] = (await alice.timeline(team.name, profile=lsp.name)).entries
    assert entry.content == "yesterday"
    assert context_of(alice).milliseconds() - entry.at > (DAY - 60) * 1000


async def test_equal_messages_of_the_same_moment_are_two(world):
    alice, team = await world.alice(now=lambda: 1_900_000_000.0), await world.team()
    for _ in range(3):
        await alice.send(team.name, "ok")
    assert [message.content for message in await team.sync()] == ["ok", "ok", "ok"]


async def test_a_linked_profile_is_not_written_as_once_its_link_has_ended(world):
    alice, lsp = await world.linked()
    team = await world.team()
    await team.send(lsp.name, "hello")
    await alice.sync()
    [shown] = (await alice.inbox_timeline()).entries
    await alice.remove_link(lsp.name)
    with pytest.raises((LocalProtocolError, NotFound)):
        await alice.reply(shown.entry, "too late")


async def test_the_command_line_shows_a_timeline(pair):
    from dm3.cli.console.timeline_view import entry_json, lines_of

    alice, team = pair
    first = await team.send(
        alice.name,
        "two\nlines",
        attachments=(attach(b"x" * 2_000, name="x.bin"), Attachment("https://e.org/y")),
    )
    await alice.sync()
    await team.edit(first, "two\n2020-01-01 00:00  ← lines")
    answer = await alice.reply(first, "I see")
    await alice.react(first, "👍")
    gone = await alice.send(team.name, "gone")
    await alice.delete(gone)
    await alice.sync()
    shown = await alice.timeline(team.name)
    lines = lines_of(shown, alice.identity.name)
    told = "\n".join(lines)
    assert "← two  (edited; new)" in lines[0]
    assert lines[1].startswith(" " * 18), "no line passes for a message of its own"
    assert "+ x.bin (2 kB, application/octet-stream)" in told
    assert "+ y (elsewhere: https://e.org/y)" in told
    assert "👍  you" in told
    assert "┌ two 2020-01-01 00:00 ← lines" in told
    assert "(deleted by its author)" in told
    assert "gone" not in told
    facts = [entry_json(entry) for entry in shown.entries]
    json.dumps(facts)
    assert [fact["hash"] for fact in facts] == [first.hash, answer.hash, gone.hash]
    assert facts[0]["attachments"][0] == {
        "name": "x.bin",
        "mime": "application/octet-stream",
        "size": 2_000,
        "url": None,
    }
    assert facts[1]["replyTo"] == first.hash
    assert facts[2]["deletedAt"] is not None
    assert Path("x.bin").name == facts[0]["attachments"][0]["name"]
