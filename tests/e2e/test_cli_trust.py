"""Whose keys are whose, at the command line: fingerprints, codes, what cannot be verified, recovery."""

import json
import time
from pathlib import Path

import pytest

from dm3.client.reading import seen_profiles
from dm3.model import RecordKey
from dm3.wire import data_uri
from tests.e2e.cli_scene import DOMAIN, PAGE, Person, up
from tests.e2e.delivery_scene import Person as Published
from tests.kit import EVENTUALLY

FREE = ("--resolver-port", "0", "--delivery-port", "0")
OTHER_PAGE = "https://elsewhere.example"
ALICE, BOB = f"alice.user.{DOMAIN}", f"bob.user.{DOMAIN}"
KEY = "c0ffee" + "23" * 29


class Scene:
    """Alice and Bob have main profiles, Carol has one of an application and a wallet of her own."""

    def __init__(self, home: Path, resolver: str) -> None:
        names = home / "names.json"
        names.write_text("{}")
        self.names = names
        self.home, self.resolver = home, resolver
        self.alice, self.bob, self.carol = (self.person(name) for name in ("alice", "bob", "carol"))
        self.alice.must_here("wallet", "import", "--key-file", "-", given=KEY)
        for person in (self.bob, self.carol):
            person.must_here("wallet", "create")
        self.alice.must_here("profile", "create", "--alias", ALICE)
        self.bob.must_here("profile", "create", "--alias", BOB)
        self.lsp = self.carol.must_here("lsp", "create", "--uri", PAGE)["name"]

    def person(self, name: str) -> Person:
        return Person(self.home / name, resolver=f"{DOMAIN}={self.resolver}", names_file=str(self.names))

    def publish(self, name: str, profile: Published) -> None:
        texts = {RecordKey.PROFILE: data_uri(json.loads(profile.signed.text))}
        record = {"address": profile.wallet.address, "texts": texts}
        self.names.write_text(json.dumps({name: record}))


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    home = tmp_path_factory.mktemp("trust")
    with up(Person(home / "operator"), "up", *FREE) as running:
        yield Scene(home, running.announced["resolver"])


def test_both_sides_see_the_same_fingerprint(scene):
    own = scene.alice.must_here("profile", "fingerprint")
    seen = scene.bob.must_here("profile", "fingerprint", ALICE)
    assert (seen["fingerprint"], seen["inForce"]) == (own["fingerprint"], True)
    assert own["fingerprint"] in scene.bob.run_here("profile", "fingerprint", ALICE).out


def test_what_is_signed_with_earlier_keys_is_shown_apart_and_can_be_thrown_away(scene):
    scene.carol.must_here("send", BOB, "seen first")
    assert [one["content"] for one in scene.bob.must_here("inbox", scene.lsp)["messages"]] == ["seen first"]
    scene.carol.must_here("send", BOB, "on its way")
    asked = scene.carol.run_here("lsp", "rotate")
    assert asked.code != 0
    scene.carol.must_here("lsp", "rotate", "--yes")
    scene.bob.run_here("inbox")
    assert [one["content"] for one in scene.bob.must_here("inbox", scene.lsp)["messages"]] == ["seen first"]
    [kept] = scene.bob.must_here("unverified")["messages"]
    assert (kept["content"], kept["claims"], kept["reason"]) == ("on its way", scene.lsp, "earlier-keys")
    assert kept["waits"] is False
    shown = scene.bob.run_here("unverified").out
    assert "on its way" in shown
    assert "not verifiable" in shown
    assert scene.bob.must_here("unverified", "--discard", kept["hash"][:10])["messages"] == []
    assert scene.bob.run_here("unverified", "--discard", kept["hash"][:10]).code != 0


def test_a_code_lets_the_profile_of_another_wallet_in_once(scene):
    asking = ("link", "request", ALICE, "--lsp", scene.lsp)
    assert scene.carol.run_here(*asking).code == 9
    code = scene.alice.must_here("link", "pair")["code"]
    scene.carol.must_here(*asking, "--pairing", code)
    [request] = scene.alice.must_here("link", "list")["requests"]
    assert (request["profile"], request["ownWallet"]) == (scene.lsp, False)
    scene.alice.must_here("link", "approve", scene.lsp)
    assert scene.carol.must_here("link", "status")["state"] == "linked"
    scene.alice.must_here("inbox")
    [link] = scene.alice.must_here("link", "list")["links"]
    assert (link["profile"], link["state"]) == (scene.lsp, "linked")

    second = scene.person("dora")
    second.must_here("wallet", "create")
    late = second.must_here("lsp", "create", "--uri", PAGE)["name"]
    second.must_here("link", "request", ALICE, "--pairing", code)
    refused = scene.alice.must_here("inbox")["refused"]
    assert [(one["sender"], one["reason"]) for one in refused] == [(late, "no-pairing")]
    assert scene.alice.must_here("link", "list")["requests"] == []


def test_other_owner_sends_the_request_and_it_is_refused_visibly(scene):
    lsp = scene.alice.must_here("lsp", "create", "--app", DOMAIN, "--uri", PAGE)["name"]
    asked = scene.alice.must_here("link", "request", BOB, "--lsp", lsp, "--other-owner")
    assert asked["state"] == "requested"
    told = scene.bob.run_here("inbox", "--json").data["refused"]
    assert (lsp, "foreign-wallet") in [(one["sender"], one["reason"]) for one in told]
    scene.alice.must_here("link", "end", "--lsp", lsp)
    scene.alice.must_here("link", "request", ALICE, "--lsp", lsp)
    scene.alice.must_here("link", "approve", lsp)


def test_a_recovery_from_another_page_is_asked_with_both_pages(scene):
    [lsp] = [
        one["profile"]
        for one in scene.alice.must_here("link", "list")["links"]
        if one["profile"] != scene.lsp and one["state"] == "linked"
    ]
    device = scene.person("device")
    device.must_here("wallet", "import", "--key-file", "-", given=KEY)
    running = device.start("recover", lsp, ALICE, "--uri", OTHER_PAGE)
    try:
        asked = waiting_request(scene.alice)
        assert (asked["kind"], asked["uri"], asked["linkUri"]) == ("recover", OTHER_PAGE, PAGE)
        assert asked["warnings"]
        shown = " ".join(scene.alice.run_here("link", "list", "--profile", ALICE).out.split())
        assert OTHER_PAGE in shown
        assert PAGE in shown
        assert asked["keysTo"] in shown
        unseen = scene.alice.run_here("link", "approve", lsp, "--profile", ALICE)
        assert unseen.code == 3, "keys go to whom the user has seen"
        scene.alice.must_here("link", "reject", lsp, "--profile", ALICE)
    except BaseException:
        running.kill()
        raise
    finally:
        ended = device.end(running)
    assert ended.code != 0
    assert not [one for one in device.must_here("lsp", "list")["profiles"] if one["name"] == lsp]


def waiting_request(person):
    """The request that waits for this person, once it is there."""
    until = time.monotonic() + EVENTUALLY
    while True:
        listed = person.must_here("link", "list", "--profile", ALICE)["requests"]
        if listed:
            [request] = listed
            return request
        assert time.monotonic() < until, "no request came"


def test_a_replaced_profile_counts_again_only_once_it_is_taken_back(scene, monkeypatch):
    monkeypatch.setattr(seen_profiles, "CACHED", -1)  # nobody's cache is behind
    name, before = "dave.example", Published("dave")
    scene.publish(name, before)
    first = scene.bob.must_here("profile", "fingerprint", name)["fingerprint"]
    scene.publish(name, before.rotated())
    newer = scene.bob.must_here("profile", "fingerprint", name)
    assert newer["fingerprint"] != first
    scene.publish(name, before)
    again = scene.bob.run_here("profile", "fingerprint", name)
    assert f"dm3 profile take-back {name}" in " ".join(again.err.split())
    assert scene.bob.must_here("profile", "fingerprint", name)["inForce"] is False
    asked = scene.bob.run_here("profile", "take-back", name)
    assert asked.code != 0
    assert first in asked.err
    assert "--yes" in asked.err
    assert scene.bob.must_here("profile", "take-back", name, "--yes")["fingerprint"] == first
    assert scene.bob.must_here("profile", "fingerprint", name)["inForce"] is True
    assert scene.bob.run_here("profile", "take-back", name, "--yes").code != 0, "there is nothing to decide"


def test_a_renewed_data_key_leaves_profiles_links_and_conversations_as_they_are(scene):
    before = [scene.bob.must_here(*words) for words in KEPT]
    assert scene.bob.must_here("vault", "rekey")["former-erased"] is True
    assert [scene.bob.must_here(*words) for words in KEPT] == before


KEPT = (("profile", "fingerprint"), ("link", "list"), ("inbox",), ("unverified",))


def test_new_keys_of_a_linked_profile_are_told_with_what_to_do_until_it_has_asked_again(scene):
    scene.carol.must_here("lsp", "rotate", "--yes")
    told = scene.alice.run_here("inbox", "--profile", ALICE)
    assert "dm3 link list" in " ".join((told.out + told.err).split())
    for _ in range(2):  # each look says it, not only the first
        links = scene.alice.must_here("link", "list", "--profile", ALICE)["links"]
        assert [one["profile"] for one in links if one["keysChanged"]] == [scene.lsp]
    shown = " ".join(scene.alice.run_here("link", "list", "--profile", ALICE).out.split())
    assert "CHANGED: it is read again once it has asked again" in shown
    code = scene.alice.must_here("link", "pair", "--profile", ALICE)["code"]
    scene.carol.must_here("link", "request", ALICE, "--lsp", scene.lsp, "--pairing", code)
    scene.alice.must_here("link", "approve", scene.lsp, "--profile", ALICE)
    links = scene.alice.must_here("link", "list", "--profile", ALICE)["links"]
    assert [one["profile"] for one in links if one["keysChanged"]] == []
