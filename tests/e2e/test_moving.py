"""Moving to another machine, and the outbox and vault from the command line."""

import asyncio
import stat

import pytest

import dm3
from dm3.base.errors import VaultLocked
from dm3.client.state.outbox_entry import OutboxState
from tests.e2e.cli_scene import DOMAIN, Person, up
from tests.e2e.sdk_scene import MAIN, link, new_wallet, texts, world_in
from tests.kit.inside import context_of, identity_of, mailbox_of

FREE = ("--resolver-port", "0", "--delivery-port", "0")


async def test_the_main_profile_moves_with_its_links_history_and_outbox(tmp_path):
    async with world_in(tmp_path / "sites") as world:
        old = {"vault": tmp_path / "old.sqlite", "passphrase": "old one"}
        alice, lsp, team = await world.alice(**old), await world.lsp(), await world.team()
        await link(alice, lsp, world.wallet)
        await team.send(lsp.name, "to the page")
        await alice.sync()
        await world.place.stop_delivery("myapp.eth")
        await alice.send(team.name, "still on its way")
        client = dm3.Client(context_of(alice))
        assert await client.export_vault(tmp_path / "moved", "for the road") > 5
        await client.close()

        await dm3.import_vault(
            tmp_path / "moved", "for the road", into=tmp_path / "new.sqlite", into_passphrase="new one"
        )
        await world.place.start_delivery("myapp.eth")
        world.clock.ahead += 60
        moved = await world.client(vault=tmp_path / "new.sqlite", passphrase="new one")
        here = await moved.messenger(alice.name)
        [entry] = await here.waiting()
        assert entry.state is OutboxState.WAITING
        await here.sync()
        assert texts(await team.sync()) == ["still on its way"]
        shown = (await here.inbox_timeline()).entries
        assert [(one.entry.content, one.profile) for one in shown] == [
            ("to the page", lsp.name),
            ("still on its way", alice.identity.name),
        ]
        await here.send_as(lsp.name, team.name, "answered from the new machine")
        assert texts(await team.sync()) == ["answered from the new machine"]


async def test_where_the_old_machine_goes_on_both_get_every_message(tmp_path):
    async with world_in(tmp_path / "sites") as world:
        alice, bob = await world.alice(), await (await world.client()).create_profile(MAIN, new_wallet())
        await dm3.Client(context_of(alice)).export_vault(tmp_path / "moved", "for the road")
        await dm3.import_vault(
            tmp_path / "moved", "for the road", into=tmp_path / "new.sqlite", into_passphrase="new one"
        )
        second = await world.client(vault=tmp_path / "new.sqlite", passphrase="new one")
        here = await second.messenger(alice.name)
        assert identity_of(here).reader != identity_of(alice).reader
        for number, (first, later) in enumerate([(alice, here), (here, alice)]):
            await bob.send(alice.name, f"message {number}")
            assert texts(await first.sync()) == [f"message {number}"], "it acknowledges for itself only"
            assert texts(await later.sync()) == [f"message {number}"]


async def test_the_passphrase_is_changed_through_the_client(tmp_path):
    vault = tmp_path / "vault.sqlite"
    async with await dm3.connect({}, vault=vault, passphrase="one") as client:
        with pytest.raises(VaultLocked):
            await client.change_passphrase("wrong", "two")
        await client.change_passphrase("one", "two")
    with pytest.raises(VaultLocked):
        await dm3.connect({}, vault=vault, passphrase="one")
    await (await dm3.connect({}, vault=vault, passphrase="two")).close()


# --- the command line -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Two people with profiles at a running `dm3 up`."""
    home = tmp_path_factory.mktemp("people")
    with up(Person(home / "operator"), "up", *FREE) as running:
        resolver = f"{DOMAIN}={running.announced['resolver']}"
        people = []
        for name in ("alice", "bob"):
            person = Person(home / name, resolver=resolver)
            person.must_here("wallet", "create")
            person.must_here("profile", "create", "--alias", f"{name}.user.{DOMAIN}")
            people.append(person)
        yield people


ALICE, BOB = f"alice.user.{DOMAIN}", f"bob.user.{DOMAIN}"


def test_answers_reactions_edits_deletions_and_files(pair, tmp_path):
    alice, bob = pair
    (tmp_path / "note.txt").write_text("hello")
    first = alice.must_here("send", BOB, "helo", "--attach", str(tmp_path / "note.txt"))["hash"]
    gone = alice.must_here("send", BOB, "oops")["hash"]
    alice.must_here("send", BOB, "hello", "--edit", first[:12])
    alice.must_here("send", BOB, "--delete", gone)
    bob.must_here("inbox")
    bob.must_here("send", ALICE, "hi", "--reply-to", first)
    bob.must_here("send", ALICE, "--react", "👍", "--to-message", first)
    picture = bob.must_here("send", ALICE, "--attach", str(tmp_path / "note.txt"))
    assert picture["delivered"] is True
    shown = alice.must_here("inbox", BOB)["messages"]
    by_hash = {entry["hash"]: entry for entry in shown}
    assert len(shown) == 4
    assert by_hash[first]["content"] == "hello"
    assert by_hash[first]["versions"][0]["content"] == "helo"
    assert by_hash[first]["reactions"] == [{"content": "👍", "authors": [BOB]}]
    assert by_hash[gone]["deletedAt"] is not None
    assert [entry["replyTo"] for entry in shown if entry["content"] == "hi"] == [first]
    answer = bob.run_here("inbox", ALICE, "--save-attachments", str(tmp_path / "saved"))
    assert "← hello  (edited" in answer.out
    assert "┌ hello" in answer.out
    assert "👍  you" in answer.out
    assert "(deleted by its author)" in answer.out
    assert "+ note.txt (5 bytes, text/plain)" in answer.out
    assert f"saved {tmp_path}/saved/note.txt" in answer.err
    assert (tmp_path / "saved" / "note.txt").read_text() == "hello"


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        ((), 3, "nothing to send"),
        (("x", "--react", "👍"), 3, "go together"),
        (("x", "--reply-to", "0x12", "--edit", "0x12"), 3, "one at a time"),
        (("x", "--react", "👍", "--to-message", "0x123456"), 3, "has no text"),
        (("x", "--delete", "0x123456"), 3, "has no text"),
        (("x", "--reply-to", "0x" + "0" * 64), 5, "no message"),
        (("x", "--attach", "missing.txt"), 3, "cannot be attached"),
    ],
)
def test_options_that_do_not_go_together_are_refused(pair, arguments, code, sentence):
    alice, _ = pair
    answer = alice.run_here("send", BOB, *arguments)
    assert answer.code == code, answer
    assert sentence in answer.err


def test_a_short_hash_must_be_long_enough(pair):
    alice, _ = pair
    alice.must_here("send", BOB, "hello")
    answer = alice.run_here("send", BOB, "x", "--reply-to", "0x")
    assert answer.code == 3
    assert "Give more of the hash" in answer.err


def test_the_outbox_is_listed_retried_and_discarded(pair, tmp_path):
    alice, _ = pair
    assert alice.must_here("outbox", "list")["entries"] == []
    # Nobody is there under this name, yet: that is no success, and nothing is lost.
    answer = alice.run_here("send", f"carol.user.{DOMAIN}", "are you there?", "--json")
    sent = answer.data
    assert answer.code == 5
    assert (sent["ok"], sent["delivered"], sent["state"]) == (False, False, "nobody-there")
    [entry] = alice.must_here("outbox", "list")["entries"]
    assert (entry["id"], entry["state"], entry["type"]) == (sent["entry"], "waiting", "NEW")
    assert entry["toNobody"] is True
    assert "are you there" not in str(entry), "a list of what waits shows no contents"
    again = alice.run_here("outbox", "retry", entry["id"][:8], "--json")
    assert (again.code, again.data["state"], again.data["delivered"]) == (5, "nobody-there", False)
    for_people = alice.run_here("outbox", "retry", entry["id"][:8])
    assert (for_people.code, for_people.out) == (5, "kept, not delivered\n")
    remark = " ".join(for_people.err.split())
    assert f"Nobody is published under that name: carol.user.{DOMAIN}." in remark
    assert f"dm3 outbox discard {entry['id']}" in remark
    told = alice.run_here("outbox", "list")
    assert entry["id"] in told.out
    assert "waiting" in told.out
    assert alice.run_here("outbox", "discard", "zz").code == 5
    alice.must_here("outbox", "discard", entry["id"][:8])
    assert alice.must_here("outbox", "list")["entries"] == []
    [shown] = alice.must_here("inbox", f"carol.user.{DOMAIN}")["messages"]
    assert shown["delivery"] == "discarded"


def test_a_message_that_cannot_be_sent_ends_with_its_own_exit_code(pair):
    alice, bob = pair

    async def say_nothing_is_read() -> None:
        url = alice.environment["DM3_RESOLVER"].partition("=")[2]
        vault = bob.home / "data" / "dm3" / "vault.sqlite"
        client = await dm3.connect(
            {DOMAIN: url}, vault=vault, passphrase="the passphrase of bob", allow_private=True
        )
        async with client:
            mailbox = mailbox_of(await client.messenger(BOB))
            service = await context_of(client).service(mailbox.services[0])
            token = await service.authenticate(mailbox.name, mailbox.keys.signing_private)
            await service.set_extension(mailbox.name, token, {"encryptionScheme": ["rot13"]})

    asyncio.run(say_nothing_is_read())
    answer = alice.run_here("send", BOB, "hello")
    assert (answer.code, answer.out) == (7, "not sent\n")
    assert "rot13 only" in answer.err
    assert alice.must_here("inbox")["failed"] == 1
    [entry] = alice.must_here("outbox", "list")["entries"]
    assert entry["state"] == "failed"
    alice.must_here("outbox", "discard", entry["id"])


def test_the_vault_moves_and_gets_another_passphrase(pair, tmp_path):
    alice, bob = pair
    road, wrong = tmp_path / "road", tmp_path / "wrong"
    road.write_text("for the road\n")
    wrong.write_text("something else\n")
    file, export = tmp_path / "moved", ("--export-passphrase-file", str(road))
    told = alice.must_here("vault", "export", str(file), *export)
    assert (told["file"], told["ok"]) == (str(file), True)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert alice.run_here("vault", "export", str(file), *export).code == 4
    carol = Person(tmp_path / "carol", resolver=alice.environment["DM3_RESOLVER"])
    failed = carol.run_here("vault", "import", str(file), "--export-passphrase-file", str(wrong))
    assert failed.code == 4
    assert "passphrase is wrong" in failed.err
    taken = carol.must_here("vault", "import", str(file), *export)
    assert (taken["records"], taken["already"]) == (told["records"], False)
    assert carol.must_here("vault", "import", str(file), *export)["already"] is True
    assert carol.must_here("profile", "show")["aliases"] == [ALICE]
    assert bob.run_here("vault", "import", str(file), *export).code == 4

    carol.must_here("vault", "passphrase", "--new-passphrase-file", str(road))
    assert carol.run_here("profile", "show").code == 4
    carol.passphrase.write_text("for the road\n")
    assert carol.must_here("profile", "show")["aliases"] == [ALICE]


def test_without_a_vault_there_is_nothing_to_export(tmp_path):
    nobody = Person(tmp_path / "nobody")
    for command in (("export", "file"), ("passphrase",)):
        answer = nobody.run_here("vault", *command)
        assert answer.code == 5
        assert "there is no vault" in answer.err
    assert not (nobody.home / "data").exists()
