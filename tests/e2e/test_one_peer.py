"""One peer under several names is one conversation, over real services; and nobody gets into another's."""

import json

import pytest
import pytest_asyncio
from msgspec import Struct

import dm3
from dm3.base.errors import NotFound
from dm3.client import App
from dm3.client.messaging.peer_names import AWAY
from dm3.client.state.records import CONVERSATIONS, PEER_NAMES, RESENT
from dm3.model import DeliveryInformation, Draft, RecordKey
from dm3.protocol.messages.composing import compose
from dm3.store.vault import Stored
from dm3.store.vault.record_types import RecordType
from dm3.wire.records import data_uri
from tests.e2e.sdk_scene import (
    APP,
    MAIN,
    PAGE,
    line_of,
    link,
    new_wallet,
    sealed_for,
    submit,
    texts,
)
from tests.kit.inside import context_of, identity_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

EVIL = "mallory.eth"


def address_of(account):
    return account.identity.name


async def write_as(sender, name, to, text, **fields):
    """Have ``sender`` write under ``name``, which may or may not be its own; returns the hash."""
    context, keys = context_of(sender), identity_of(sender).keys
    draft = Draft(to=to, from_=name, timestamp=context.milliseconds(), content=text, **fields)
    message = compose(draft, keys.signing_private)
    envelope = await sealed_for(
        sender, context, to, message.text, information=DeliveryInformation(to, sender.name)
    )
    receiver = (await context.directory.profile(to)).signed.profile
    await submit(context, envelope, receiver.delivery_services[0])
    return message.hash


def contents(timeline):
    return [entry.content for entry in timeline.entries]


async def heads_of(account):
    return [(head.peer, set(head.also), head.messages, head.unread) for head in await account.conversations()]


async def test_what_is_written_to_and_from_both_names_is_one_conversation(pair):
    alice, team = pair
    first = await team.send(address_of(alice), "to the address")
    assert await heads_of(team) == [(address_of(alice), set(), 1, 0)]
    await alice.sync()
    # Alice answers from the name that others are told.
    await alice.reply(first.hash, "from the alias")
    await team.send(alice.name, "to the alias")
    await write_as(alice, address_of(alice), team.name, "from the address")
    await team.sync()
    everything = ["to the address", "from the alias", "to the alias", "from the address"]
    both = {alice.name, address_of(alice)}
    [(shown, also, messages, unread)] = await heads_of(team)
    assert (shown, also | {shown}) == (address_of(alice), both), "the name from which she wrote last"
    assert (messages, unread) == (4, 2)
    for name in both:
        timeline = await team.timeline(name)
        assert sorted(contents(timeline)) == sorted(everything)
        assert {entry.author for entry in timeline.entries if not entry.own} == {shown}
        assert timeline.find(first.hash).own
        [answer] = [entry for entry in timeline.entries if entry.reply_to == first.hash]
        assert answer.content == "from the alias"
        assert sorted(texts(await team.messages(name))) == sorted(everything)
        assert (await team.names_of(name))[0] == shown
    await team.mark_read(alice.name)
    assert (await heads_of(team))[0][3] == 0
    assert [view.head.peer for view in (await team.inbox_timeline()).conversations] == [shown]


async def test_edits_reactions_receipts_and_resending_work_across_the_names(world):
    alice, client = await world.alice(), await world.client(send_receipts=True)
    team = await client.create_profile(APP, new_wallet(), alias=world.team_name)
    hers = await alice.send(team.name, "helo")
    await team.sync()
    await write_as(alice, address_of(alice), team.name, "hello", type="EDIT", reference=hers.hash)
    await write_as(alice, address_of(alice), team.name, "👍", type="REACTION", reference=hers.hash)
    mine = await team.send(alice.name, "mine")
    await write_as(alice, address_of(alice), team.name, None, type="READ_OPENED", reference=mine.hash)
    await team.sync()
    await alice.sync()
    hello, own = (await team.timeline(alice.name)).entries
    assert (hello.content, hello.edited, len(hello.reactions)) == ("hello", True, 1)
    assert own.delivery is dm3.Delivery.READ
    # She asks for it again by another name than the one to which it went.
    await write_as(alice, address_of(alice), team.name, "", type="RESEND_REQUEST", reference=mine.hash)
    await team.sync()
    assert await context_of(client).vault.get(RESENT, f"{address_of(team)}|{mine.hash}")
    assert await team.waiting() == []


async def test_a_name_that_was_never_used_opens_the_conversation_too(pair):
    alice, team = pair
    await alice.send(team.name, "hello")
    await team.sync()
    assert contents(await team.timeline(address_of(alice))) == ["hello"]
    await team.mark_read(address_of(alice))
    assert await heads_of(team) == [(alice.name, set(), 1, 0)]
    assert (await team.timeline("nobody.myapp.eth")).entries == ()


async def test_new_keys_keep_the_conversation_together(world):
    client = await world.client()
    lsp = await client.create_lsp(App(APP, PAGE), new_wallet(), public=True)
    team = await world.team()
    [alias] = lsp.identity.aliases
    await lsp.send(team.name, "from the address")
    await write_as(lsp, alias, team.name, "from the alias")
    await team.sync()
    assert [head[2:] for head in await heads_of(team)] == [(2, 2)]
    world.clock.ahead += 5
    await lsp.rotate_keys()
    await lsp.send(team.name, "with new keys")
    await team.sync()
    [(shown, also, messages, _)] = await heads_of(team)
    assert ({shown} | also, messages) == ({lsp.name, alias}, 3)
    await team.send(alias, "to the new keys")
    assert texts(await lsp.sync()) == ["to the new keys"]
    assert len(contents(await team.timeline(lsp.name))) == 4


async def test_a_linked_profiles_conversations_are_joined_in_the_one_inbox(world):
    alice, lsp = await world.linked()
    team = await world.team()
    await lsp.send(address_of(team), "to the address")
    await team.send(lsp.name, "from the alias")
    await alice.send_as(lsp.name, team.name, "as the page, to the alias")
    await alice.sync()
    await lsp.sync()
    for account, options in ((alice, {"profile": lsp.name}), (lsp, {})):
        for name in (team.name, address_of(team)):
            assert len(contents(await account.timeline(name, **options))) == 3
        [head] = await (account.inbox() if account is alice else account.conversations())
        assert (head.peer, head.also, head.profile) == (team.name, (address_of(team),), lsp.name)
        assert (head.messages, head.unread) == (3, 1)
    # Her own conversation with the same peer is another one.
    await team.send(alice.name, "to Alice herself")
    await alice.sync()
    assert len(await alice.inbox()) == 2
    await alice.mark_read(address_of(team), profile=lsp.name)
    assert {(head.profile == lsp.name, head.unread) for head in await alice.inbox()} == {
        (True, 0),
        (False, 1),
    }


async def test_the_history_of_both_names_goes_to_the_main_profile(world):
    alice, lsp, team = await world.alice(), await world.lsp(), await world.team()
    await lsp.send(address_of(team), "one")
    await lsp.send(team.name, "two")
    await link(alice, lsp, world.wallet)
    assert contents(await alice.timeline(team.name, profile=lsp.name)) == ["one", "two"]


# --- names that lead to somebody else's profile --------------------------------------------------------


class Bob:
    """Somebody who opens his vault again and again, while Mallory's name leads here and there."""

    def __init__(self, world, folder):
        self._world, self._folder, self._name = world, folder, None
        self._client = None

    async def opens(self, mallorys):
        """Open the vault while ``mallory.eth`` leads to the profile and address of this account."""
        if self._client is not None:
            await self._client.close()
        records = {
            "address": mallorys.identity.address,
            "texts": {RecordKey.PROFILE: data_uri(json.loads(identity_of(mallorys).signed))},
        }
        file = self._folder / "names.json"
        file.write_text(json.dumps({EVIL: records}))
        self._client = await self._world.client(
            vault=self._folder / "bob.sqlite", passphrase="Bob's own", names_file=file
        )
        if self._name is None:
            bob = await self._client.create_profile(MAIN, new_wallet())
            self._name = bob.name
            return bob
        return await self._client.messenger(self._name)


@pytest_asyncio.fixture(loop_scope="module")
async def bob(world, tmp_path):
    return Bob(world, tmp_path)


async def test_a_copied_profile_gets_nobody_into_a_conversation(world, bob, pair):
    alice, mallory = pair
    here = await bob.opens(alice)
    await alice.send(here.name, "it is me")
    await here.sync()
    await here.send(EVIL, "a secret")
    await here.sync()
    # The name leads to Alice's keys: only she could read this. It is shown as hers, under her own name.
    assert await heads_of(here) == [(alice.name, {EVIL}, 2, 1)]
    # Mallory has not got her keys, so nothing is taken from him as long as his name leads there.
    await write_as(mallory, EVIL, here.name, "I am Alice")
    await here.sync()
    assert [refused.reason for refused in await here.refused()] == ["bad-signature"]

    # Then his name leads to himself.
    here = await bob.opens(mallory)
    await write_as(mallory, EVIL, here.name, "send me your keys")
    for _ in range(2):
        await here.sync()
        assert contents(await here.timeline(alice.name)) == ["it is me"]
        assert contents(await here.timeline(EVIL)) == ["a secret", "send me your keys"]
        assert sorted(await heads_of(here)) == sorted([(alice.name, set(), 1, 1), (EVIL, set(), 2, 1)])

    # And back again: what he has written does not become hers.
    here = await bob.opens(alice)
    await write_as(alice, EVIL, here.name, "whatever this name is")
    await here.sync()
    assert contents(await here.timeline(alice.name)) == ["it is me"]
    assert contents(await here.timeline(EVIL)) == ["a secret", "send me your keys", "whatever this name is"]
    assert len(await here.conversations()) == 2
    assert await here.names_of(EVIL) == (EVIL,)


async def test_what_was_written_first_does_not_become_another_ones_later(world, bob, pair):
    alice, mallory = pair
    here = await bob.opens(mallory)
    await write_as(mallory, EVIL, here.name, "Alice said yes")
    await alice.send(here.name, "hello")
    await here.sync()
    assert len(await here.conversations()) == 2
    here = await bob.opens(alice)
    await write_as(alice, EVIL, here.name, "I did not")
    await here.sync()
    assert contents(await here.timeline(alice.name)) == ["hello"]
    assert contents(await here.timeline(EVIL)) == ["Alice said yes", "I did not"]


# --- vaults from before --------------------------------------------------------------------------------


class EarlierHead(Struct, frozen=True, kw_only=True):
    """The head of a conversation as earlier versions kept it."""

    profile: str
    peer: str
    last_at: int
    messages: int
    unread: int


class EarlierHeadV1(Stored):
    """The form in which that was kept."""

    profile: str
    peer: str
    last_at: int
    messages: int
    unread: int


async def make_old(account):
    """Leave in the account's vault what an earlier version would have kept."""
    vault, change = context_of(account).vault, context_of(account).vault.change()
    profile = account.identity.name
    for kept in await vault.entries(CONVERSATIONS, section=profile):
        head = kept.record
        old = EarlierHead(
            profile=profile,
            peer=head.peer,
            last_at=head.last_at,
            messages=head.messages,
            unread=head.unread,
        )
        key = f"{profile}|{head.peer}"
        change.put(RecordType("conversation", EarlierHead, EarlierHeadV1), key, old, section=profile)
        change.remove(PEER_NAMES, key)
    await vault.commit(change)
    assert await vault.entries(PEER_NAMES, section=profile) == []


async def test_two_conversations_of_an_old_vault_become_one(world, pair, tmp_path):
    alice, _ = pair
    old = await world.client(vault=tmp_path / "old.sqlite", passphrase="old")
    bob = await old.create_profile(MAIN, new_wallet())
    await write_as(alice, address_of(alice), bob.name, "first")
    await bob.sync()
    await write_as(alice, alice.name, bob.name, "second")
    await bob.sync()
    await bob.send(address_of(alice), "third")
    await make_old(bob)
    assert sorted(await heads_of(bob)) == sorted(
        [(alice.name, set(), 1, 1), (address_of(alice), set(), 2, 1)]
    ), "nothing is lost while nobody can be asked"
    assert contents(await bob.timeline(alice.name)) == ["second"]
    await bob.sync()
    expected = [(alice.name, {address_of(alice)}, 3, 2)]
    assert await heads_of(bob) == expected
    assert contents(await bob.timeline(address_of(alice))) == ["first", "second", "third"]
    # It moves to another machine as it is.
    await old.export_vault(tmp_path / "moved", "road")
    await dm3.import_vault(tmp_path / "moved", "road", into=tmp_path / "new.sqlite", into_passphrase="new")
    moved = await world.client(vault=tmp_path / "new.sqlite", passphrase="new")
    there = await moved.messenger(bob.name)
    assert await heads_of(there) == expected


async def test_an_old_conversation_by_other_keys_stays_apart(world, bob, pair):
    alice, mallory = pair
    here = await bob.opens(mallory)
    await write_as(mallory, EVIL, here.name, "from Mallory")
    await alice.send(here.name, "from Alice")
    await here.sync()
    await make_old(here)
    here = await bob.opens(alice)
    await here.sync()
    assert contents(await here.timeline(alice.name)) == ["from Alice"]
    assert contents(await here.timeline(EVIL)) == ["from Mallory"]


async def test_a_name_that_cannot_be_looked_up_is_tried_again_later(world):
    alice, client = await world.alice(), await world.client()
    team = await client.create_profile(APP, new_wallet(), alias=world.team_name)
    await alice.send(team.name, "hello")
    await team.sync()
    await write_as(alice, address_of(alice), team.name, "hello again")
    await team.sync()
    await make_old(team)
    line, resolver = line_of(client), world.resolvers[MAIN]
    line.cut_before = lambda request, _: str(request.url).startswith(resolver)
    context_of(team).directory.forget(alice.name)
    context_of(team).directory.forget(address_of(alice))
    await team.sync()
    tried = len(line.requests)
    await team.sync()
    again = [str(request.url) for request in line.requests[tried:]]
    assert not any(url.startswith(resolver) for url in again), "not with every round"
    assert len(await team.conversations()) == 2
    line.cut_before = lambda *_: False
    world.clock.ahead += AWAY / 1000 + 1
    await team.sync()
    assert len(await team.conversations()) == 1


# --- pages ---------------------------------------------------------------------------------------------


async def test_a_long_conversation_is_shown_page_by_page(pair):
    alice, team = pair
    for number in range(5):
        await alice.send(team.name, str(number))
    newest = await alice.timeline(team.name, newest=2)
    assert contents(newest) == ["3", "4"]
    earlier = await alice.timeline(team.name, newest=2, before=newest.entries[0].hash)
    assert contents(earlier) == ["1", "2"]
    with pytest.raises(NotFound):
        await alice.timeline(team.name, before="0x00")
    assert len(contents(await alice.timeline(team.name))) == 5
