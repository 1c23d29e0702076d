"""`dm3 device`, as two machines of one person run it."""

import re
from typing import Any

import pytest

from tests.e2e.cli_scene import DOMAIN, Person, up

FREE = ("--resolver-port", "0", "--delivery-port", "0")
ALICE, BOB = f"alice.user.{DOMAIN}", f"bob.user.{DOMAIN}"


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """Alice, Bob, and Alice's new phone, at a running `dm3 up`."""
    home = tmp_path_factory.mktemp("people")
    with up(Person(home / "operator"), "up", *FREE) as running:
        resolver = f"{DOMAIN}={running.announced['resolver']}"
        alice, bob, phone = (Person(home / name, resolver=resolver) for name in ("alice", "bob", "phone"))
        for name, person in (("alice", alice), ("bob", bob)):
            person.must_here("wallet", "create")
            person.must_here("profile", "create", "--alias", f"{name}.user.{DOMAIN}")
        yield alice, bob, phone


def join_by_code(new: Person, old: Person) -> dict[str, Any]:
    """What the old device says of the new one, which has joined by the code that it shows."""
    joining = new.start("device", "join", "--label", "phone", "--json")
    assert joining.stderr is not None
    line = ""
    while not (found := re.search(r"dm3join:1:\S+", line)):
        line = joining.stderr.readline()
        assert line, "it shows its code"
    invited = old.must_here("device", "invite", found[0])
    joined = new.end(joining)
    assert joined.code == 0, joined
    assert joined.data["device"] == invited["device"]
    return dict(invited)


def test_a_phone_joins_by_its_code_is_listed_and_is_removed(people):
    alice, bob, phone = people
    bob.must_here("send", ALICE, "before the phone")
    alice.must_here("inbox")
    assert alice.must_here("device", "list") == {"ok": True, "devices": []}
    invited = join_by_code(phone, alice)
    alice.must_here("inbox")
    phone.must_here("inbox")
    listed = alice.must_here("device", "list")["devices"]
    assert {(one["label"], one["standing"]) for one in listed if not one["thisDevice"]} == {
        ("phone", "known")
    }
    assert "before the phone" in str(phone.must_here("inbox", BOB))
    phone.must_here("send", BOB, "from the phone")
    assert "from the phone" in str(bob.must_here("inbox", ALICE))
    alice.must_here("inbox")
    assert "from the phone" in str(alice.must_here("inbox", BOB))
    lsp = alice.must_here("lsp", "create")["name"]
    alice.must_here("link", "request", ALICE, "--lsp", lsp)
    alice.must_here("inbox")
    alice.must_here("link", "approve", lsp)
    alice.must_here("link", "status", "--lsp", lsp)
    removed = alice.must_here("device", "remove", invited["device"][:8], "--renew")
    assert (removed["standing"], removed["links"], removed["renewed"]) == ("removed", [lsp], [lsp])
    assert removed["newKeys"] == {"told": [lsp], "paired": [], "behind": [], "toPublish": []}
    again = alice.run_here("device", "invite", invited["device"])
    assert again.code != 0
    assert "final" in again.err
    # Found again, it joins once more in its own vault: what was renewed meanwhile comes to it, too.
    behind = phone.run_here("inbox")
    assert "dm3 device join" in behind.err
    bob.must_here("send", ALICE, "while the phone was lost")
    join_by_code(phone, alice)
    alice.must_here("inbox")
    phone.must_here("inbox")
    assert "while the phone was lost" in str(phone.must_here("inbox", BOB))
    listed = alice.must_here("device", "list")["devices"]
    assert sorted(one["standing"] for one in listed if one["label"] == "phone") == ["known", "removed"]


def test_a_code_that_is_none_is_refused(people):
    alice, _, _ = people
    answer = alice.run_here("device", "invite", "dm3join:1:nobody")
    assert answer.code != 0
    assert "it begins with dm3join:1:" in answer.err


def test_what_is_set_for_a_profile_counts_before_options_until_it_is_unset(people):
    _, bob, _ = people
    listed = bob.must_here("settings", "list", "--link-term-days", "30")["settings"]
    assert listed["link-term-days"] == {"value": 30, "set": False}
    assert listed["recovery"] == {"value": "ask", "set": False}
    bob.must_here("settings", "set", "link-term-days", "7")
    bob.must_here("settings", "set", "send-receipts", "yes")
    listed = bob.must_here("settings", "list", "--link-term-days", "30")["settings"]
    assert listed["link-term-days"] == {"value": 7, "set": True}
    assert listed["send-receipts"] == {"value": True, "set": True}
    bob.must_here("settings", "unset", "link-term-days")
    assert bob.must_here("settings", "list")["settings"]["link-term-days"] == {"value": 365, "set": False}
    refused = bob.run_here("settings", "set", "colour", "red", "--json")
    assert "who-may-ask" in refused.data["error"]["hint"]
    refused = bob.run_here("settings", "set", "recovery", "perhaps", "--json")
    assert "recovery" in refused.data["error"]["sentence"]


def test_a_main_profile_has_its_keys_renewed_as_typed(people):
    alice, bob, _ = people
    before = bob.must_here("profile", "show")
    bob.must_here("send", ALICE, "on its way")
    asked = bob.run_here("profile", "renew-keys", "--json")
    assert "--yes" in asked.data["error"]["hint"]
    renewed = bob.must_here("profile", "renew-keys", "--yes")
    assert renewed["inTransit"]["unseen"] == 2  # and "while the phone was lost"
    assert bob.must_here("profile", "show")["name"] == before["name"]
    alice.must_here("send", BOB, "to the new keys")
    shown = bob.must_here("inbox", ALICE)
    assert "to the new keys" in str(shown)
