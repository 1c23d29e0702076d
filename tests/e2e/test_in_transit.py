"""Before keys change or a name is given up, what is on its way is counted and the user is asked."""

import pytest

import dm3
from tests.e2e.cli_scene import DOMAIN, Person, Terminal, up
from tests.e2e.sdk_scene import MAIN, new_wallet, texts

FREE = ("--resolver-port", "0", "--delivery-port", "0")


@pytest.mark.asyncio(loop_scope="module")
async def test_what_is_handed_over_counts_until_its_receiver_gives_a_sign(world):
    lsp, team = await world.lsp(), await world.team()
    assert not await lsp.in_transit()
    await lsp.send(team.name, "nobody has fetched this")
    await lsp.sync()
    assert await lsp.in_transit() == dm3.InTransit(undelivered=0, unseen=1)
    assert texts(await team.sync()) == ["nobody has fetched this"]
    assert await lsp.in_transit() == dm3.InTransit(undelivered=0, unseen=1), "a fetch alone tells nothing"
    await team.send(lsp.name, "an answer")
    await team.sync()
    await lsp.sync()
    assert not await lsp.in_transit()


@pytest.mark.asyncio(loop_scope="module")
async def test_a_receipt_is_a_sign_as_well(world):
    lsp = await world.lsp()
    receiver = await (await world.client(send_receipts=True)).create_profile(MAIN, new_wallet())
    await receiver.allow(lsp.name)
    await lsp.send(receiver.name, "one")
    await lsp.sync()
    await receiver.sync()
    await receiver.sync()
    await lsp.sync()
    assert not await lsp.in_transit()


@pytest.mark.asyncio(loop_scope="module")
async def test_what_waits_and_what_is_of_another_name_are_told_apart(world):
    alice = await world.alice()
    await alice.send(f"nobody{world.number}.user.dm3.eth", "for nobody")
    await alice.sync()
    assert await alice.in_transit() == dm3.InTransit(undelivered=1, unseen=0)
    assert await alice.in_transit(alice.name) == dm3.InTransit(undelivered=1, unseen=0)
    assert not await alice.in_transit(alice.identity.name)
    [entry] = await alice.waiting()
    await alice.discard(entry.id)
    assert not await alice.in_transit()


@pytest.mark.asyncio(loop_scope="module")
async def test_what_is_older_than_services_keep_it_is_on_its_way_no_more(world):
    lsp, team = await world.lsp(), await world.team()
    await lsp.send(team.name, "never fetched")
    await lsp.sync()
    assert (await lsp.in_transit()).unseen == 1
    world.clock.ahead += 31 * 86_400
    assert not await lsp.in_transit()


# --- the command line ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def person(tmp_path_factory):
    """Somebody with a limited scope profile that has written to nobody yet."""
    home = tmp_path_factory.mktemp("transit")
    with up(Person(home / "operator"), "up", *FREE) as running:
        made = Person(home / "carol", resolver=f"{DOMAIN}={running.announced['resolver']}")
        made.must_here("wallet", "create")
        made.must_here("lsp", "create")
        yield made


def test_rotating_asks_only_where_something_is_on_its_way(person):
    before = person.must_here("lsp", "rotate")["inTransit"]
    assert before == {"undelivered": 0, "unseen": 0}
    person.run_here("send", f"nobody.user.{DOMAIN}", "for nobody")
    refused = person.run_here("lsp", "rotate")
    assert refused.code != 0
    assert "1 message of this profile is not delivered yet" in " ".join(refused.err.split())
    assert "--yes" in refused.err
    kept = person.must_here("profile", "fingerprint")["fingerprint"]
    rotated = person.must_here("lsp", "rotate", "--yes")
    assert rotated["inTransit"] == {"undelivered": 1, "unseen": 0}
    assert person.must_here("profile", "fingerprint")["fingerprint"] != kept


def test_a_no_at_the_terminal_changes_nothing(person):
    kept = person.must_here("profile", "fingerprint")["fingerprint"]
    terminal = Terminal(person, "lsp", "rotate")
    terminal.answer("Passphrase", person.passphrase.read_text())
    terminal.answer("Change the keys?", "n\n", hidden=False)
    assert terminal.end() == 1
    assert "1 message of this profile is not delivered yet" in " ".join(terminal.shown.split())
    assert person.must_here("profile", "fingerprint")["fingerprint"] == kept
