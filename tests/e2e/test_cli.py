"""`dm3` from the outside: the story piecewise, its services, its prompts and its exit codes."""

import asyncio
import json
import os
import signal
import socket
import threading
import time
from typing import Any

import pytest

import dm3
from dm3.crypto import KeyWallet, WalletKey, parse_pairing_code
from tests.e2e.cli_scene import DOMAIN, PAGE, SITE, Answer, Person, Terminal, up
from tests.e2e.sdk_scene import login, texts
from tests.kit import EVENTUALLY, get
from tests.kit.inside import context_of
from tests.kit.ports import kept_port

FREE = ("--resolver-port", "0", "--delivery-port", "0")
KEY = "c0ffee" + "17" * 29


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    """`dm3 up` on free ports."""
    operator = Person(tmp_path_factory.mktemp("operator") / "op")
    with up(operator, "up", *FREE, "--siwe-domain", SITE) as running:
        yield running


@pytest.fixture(scope="module")
def people(services, tmp_path_factory):
    """Makes people who know the running services."""
    home = tmp_path_factory.mktemp("people")

    def make(name: str) -> Person:
        return Person(home / name, resolver=f"{DOMAIN}={services.announced['resolver']}")

    return make


# --- the whole story ----------------------------------------------------------------------------------


def start_all(*started):
    """Wait for programs of several people that run at the same time; returns their JSON values."""
    answers = [person.end(running) for person, running in started]
    assert [answer.code for answer in answers] == [0] * len(answers), answers
    return [answer.data for answer in answers]


def test_the_whole_story_piece_by_piece(services, people, tmp_path):
    alice, support = people("alice"), people("support")
    name, team = f"alice.user.{DOMAIN}", f"shop.user.{DOMAIN}"
    (tmp_path / "key.txt").write_text(f"0x{KEY}\n")
    wallet, _ = start_all(
        (alice, alice.start("wallet", "import", "--key-file", str(tmp_path / "key.txt"), "--json")),
        (support, support.start("wallet", "create", "--json")),
    )
    owner = KeyWallet(WalletKey(bytes.fromhex(KEY)))
    assert wallet == {"ok": True, "name": "default", "address": owner.address}

    # profiles
    profile, _ = start_all(
        (alice, alice.start("profile", "create", "--alias", name, "--json")),
        (support, support.start("profile", "create", "--alias", team, "--json")),
    )
    assert (profile["aliases"], profile["kind"], profile["stage"]) == ([name], "main", "ready")
    lsp = alice.must_here("lsp", "create", "--uri", PAGE)
    assert (lsp["kind"], lsp["uri"], lsp["readableBySite"]) == ("limited", PAGE, False)
    shown, listed = alice.must_all(("profile", "show", name), ("lsp", "list"))
    published = alice.must_here("profile", "show", team)
    assert shown == profile
    assert [(row["name"], row["link"]) for row in listed["profiles"]] == [(lsp["name"], "unlinked")]
    assert published["deliveryServices"] == [f"ds.{DOMAIN}"]

    # messages
    sent = alice.must_here("send", team, "Hello from the page", "--from", lsp["name"])
    assert sent["delivered"] is True
    inbox = support.must_here("inbox")
    assert [(head["peer"], head["unread"]) for head in inbox["conversations"]] == [(lsp["name"], 1)]
    support.must_here("send", lsp["name"], "-", given="Two lines\nfrom a pipe")
    conversation = alice.must_here("inbox", team, "--profile", lsp["name"])["messages"]
    assert [row["direction"] for row in conversation] == ["out", "in"]
    assert conversation[1]["content"] == "Two lines\nfrom a pipe"
    address = support.must_here("profile", "show", team)["name"]
    newest = alice.run_here("inbox", address, "--profile", lsp["name"], "--limit", "1", "--json")
    assert [row["content"] for row in newest.data["messages"]] == ["Two lines\nfrom a pipe"], (
        "any name of theirs will do"
    )

    # linking
    asked = alice.must_here("link", "request", name, "--lsp", lsp["name"])
    assert (asked["state"], asked["main"]) == ("requested", name)
    waiting = alice.must_here("link", "list")
    [request] = waiting["requests"]
    assert (request["profile"], request["ownWallet"], request["bound"]) == (lsp["name"], True, True)
    alone = alice.run_here("link", "request", name, "--lsp", name)
    assert (alone.code, alone.out) == (3, ""), "a profile is not linked to itself"
    window = alice.run_here("link", "window")
    assert (window.code, window.out) == (3, ""), "it is no more"
    assert "dm3 link pair" in window.err
    code = alice.must_here("link", "pair")
    assert len(parse_pairing_code(code["code"]).reveal()) == 10
    assert time.time() < code["until"] <= time.time() + 600
    assert alice.run_here("link", "pair", "--close").out == "closed\n"
    told = alice.run_here("inbox", "--profile", name)
    assert "1 link request(s) wait" in told.err
    assert f"{lsp['name']} asks to be linked." in " ".join(told.err.split())
    approved = alice.must_here("link", "approve", lsp["name"])
    assert approved["state"] == "linked"
    status = alice.must_here("link", "status")
    assert status["state"] == "linked"
    proof = status["disclosure"]
    disclosed = ("--main", proof["main"], "--main-signature", proof["mainSignature"], "--salt", proof["salt"])
    private = support.must_here("link", "verify", lsp["name"])
    opened = support.must_here("link", "verify", lsp["name"], *disclosed)
    assert (private["main"], private["private"]) == (None, True)
    assert opened["main"] == name
    spoken = alice.run_here("link", "disclose", lsp["name"])
    assert spoken.data == {"ok": True, **proof}
    assert f"dm3 link verify {lsp['name']} --disclosure FILE" in " ".join(spoken.err.split())
    (tmp_path / "disclosure.json").write_text(spoken.out)
    by_file = ("link", "verify", lsp["name"], "--disclosure")
    assert support.must_here(*by_file, str(tmp_path / "disclosure.json")) == opened
    assert support.must_here(*by_file, "-", given=json.dumps(proof)) == opened
    altered = support.run_here(*by_file, "-", given=json.dumps({**proof, "salt": "0x" + "00" * 16}))
    assert (altered.code, altered.out) == (8, "")
    answer = support.run_here("link", "verify", lsp["name"], *disclosed[:2])
    assert (answer.code, answer.out) == (3, ""), "a part of a disclosure proves nothing"
    renewed = alice.must_here("link", "renew", "--days", "90")
    assert renewed["validUntil"] < status["validUntil"]
    [link] = alice.must_here("link", "list")["links"]
    assert link["validUntil"] == renewed["validUntil"]
    as_lsp = alice.must_here("send", team, "as the profile", "--from", name, "--as", lsp["name"])
    assert as_lsp["delivered"] is True
    conversation = alice.must_here("inbox", team, "--profile", name, "--of", lsp["name"])["messages"]
    assert conversation[-1]["content"] == "as the profile"

    # what was refused is told with its reason
    stranger = support.must_here("lsp", "create", "--uri", PAGE)
    asking = ("link", "request", name, "--lsp", stranger["name"])
    mistyped = support.run_here(*asking)
    assert (mistyped.code, mistyped.out) == (9, ""), "no keys to a main profile of another account"
    assert "--pairing" in mistyped.err
    assert "--other-owner" in mistyped.err
    support.must_here(*asking, "--other-owner")
    told = " ".join(alice.run_here("inbox", "--profile", name).err.split())
    assert "1 message(s) not taken in" in told
    assert f"[foreign-wallet], from {stranger['name']}" in told
    [entry] = alice.must_here("inbox", "--profile", name)["refused"]
    assert (entry["reason"], entry["sender"], entry["type"]) == ("foreign-wallet", stranger["name"], "LINK")

    # a further device gets the profile back once the user has seen where the keys go
    device, over = people("device"), threading.Event()
    device.must_here("wallet", "import", "--key-file", "-", given=KEY)
    answers: list[tuple[Any, Answer, Any]] = []

    def answer_the_device():
        while not (over.is_set() or answers):
            listed = alice.must("link", "list", "--profile", name)
            for asked in listed["requests"]:
                unseen = alice.run("link", "approve", lsp["name"], "--profile", name)
                keys_to = ("--keys-to", asked["keysTo"])
                granted = alice.must("link", "approve", lsp["name"], "--profile", name, *keys_to)
                answers.append((asked, unseen, granted))

    looking = threading.Thread(target=answer_the_device)
    looking.start()
    try:
        assert device.must("recover", lsp["name"], name, "--uri", PAGE) == {
            "ok": True,
            "profile": lsp["name"],
        }
    finally:
        over.set()
        looking.join()
    [(asked, unseen, granted)] = answers
    assert (asked["kind"], asked["uri"], asked["linkUri"], asked["warnings"]) == ("recover", PAGE, PAGE, [])
    assert unseen.code == 3
    assert f"dm3 link approve {lsp['name']} --keys-to {asked['keysTo']}" in " ".join(unseen.err.split())
    assert granted["keysTo"] == asked["keysTo"]
    told = alice.must_here("inbox", "--profile", name)["notices"]
    assert any(
        "were given back" in notice and PAGE in notice and asked["keysTo"] in notice for notice in told
    )
    assert alice.must_here("link", "recovery", lsp["name"], "unattended", "--profile", name) == {
        "ok": True,
        "profile": lsp["name"],
        "recovery": "unattended",
    }
    [shown] = alice.must_here("link", "list", "--profile", name)["links"]
    assert shown["recovery"] == "unattended"
    assert alice.run_here("link", "recovery", lsp["name"], "sometimes", "--profile", name).code == 3
    held = device.must_here("inbox", team)["messages"]
    assert [row["content"] for row in held][:2] == ["Hello from the page", "Two lines\nfrom a pipe"]

    # embedded, asked, rejected; and the end of the first link
    text = login(owner.address, time.time())
    fields = {"authMessage": text, "ownerAddress": owner.address, "authSig": owner.sign_now(text)}
    (tmp_path / "login.json").write_text(json.dumps(fields))
    embed = ("lsp", "embed", "--uri", PAGE, "--login", str(tmp_path / "login.json"))
    embedded = alice.must_here(*embed)
    assert embedded["aliases"] == [f"lsp.{owner.address.lower()}.{DOMAIN}"]
    exists = device.run_here(*embed)
    assert exists.code == 9
    assert "--fresh" in exists.err
    anonymous, same = (device.must_here(*embed, "--no-public") for _ in range(2))
    assert anonymous["name"] == same["name"] != embedded["name"]
    assert (anonymous["aliases"], anonymous["owner"]) == ([], owner.address)
    alice.must_here("link", "request", name, "--lsp", embedded["name"])
    assert alice.must_here("link", "reject", embedded["name"])["state"] == "rejected"
    assert alice.must_here("link", "remove", lsp["name"])["state"] == "removed"
    assert alice.must_here("link", "list") == {"ok": True, "requests": [], "links": []}
    for_people = alice.run_here("link", "list")
    assert (for_people.code, for_people.out) == (0, "There are no links.\n")


# --- services -----------------------------------------------------------------------------------------


@pytest.fixture
def kept_ports():
    """Two ports that nobody else gets."""
    with kept_port() as one, kept_port() as other:
        yield one, other


def test_up_keeps_its_data_between_starts_and_stops_cleanly(tmp_path, kept_ports):
    operator, data = Person(tmp_path / "op"), tmp_path / "data"
    wallet, name, team = KeyWallet(WalletKey(os.urandom(32))), f"alice.user.{DOMAIN}", f"shop.user.{DOMAIN}"

    async def clients(resolver):
        resolvers = {DOMAIN: resolver}
        alice = await dm3.connect(resolvers, vault=tmp_path / "v.sqlite", passphrase="p", allow_private=True)
        return alice, await dm3.connect(resolvers, allow_private=True)

    async def before(resolver):
        one, other = await clients(resolver)
        async with one, other:
            await one.create_profile(DOMAIN, wallet, alias=name)
            sender = await other.create_profile(DOMAIN, KeyWallet(WalletKey(os.urandom(32))), alias=team)
            await sender.send(name, "still here")

    async def after(resolver):
        one, other = await clients(resolver)
        async with one, other:
            assert (await context_of(other).directory.profile(name)).owner == wallet.address
            alice = await one.messenger(name)
            assert texts(await alice.sync()) == ["still here"]
            assert alice.errors == []

    ends = []
    ports = ("--resolver-port", str(kept_ports[0]), "--delivery-port", str(kept_ports[1]))
    with up(operator, "up", *ports, "--data-dir", str(data)) as first:
        resolver, delivery = first.announced["resolver"], first.announced["deliveryService"]
        keys = get(delivery).json()["profile"]
        asyncio.run(before(resolver))
        ends.append(first.stop(signal.SIGINT))
    with up(operator, "up", *ports, "--data-dir", str(data)) as second:
        assert second.announced == first.announced
        assert get(delivery).json()["profile"] == keys
        asyncio.run(after(resolver))
        ends.append(second.stop(signal.SIGTERM))
    assert [(end.code, end.out, end.err) for end in ends] == [(0, "", "Stopping …\n")] * 2
    assert {file.name for file in data.iterdir()} >= {
        "resolver.sqlite",
        "delivery.sqlite",
        "service-keys.vault",
    }


def test_up_stops_although_somebody_still_waits_at_it(services, people, tmp_path):
    waiter, operator = people("waiter"), Person(tmp_path / "op")
    with up(operator, "up", *FREE) as running:
        waiter.environment["DM3_RESOLVER"] = f"{DOMAIN}={running.announced['resolver']}"
        waiter.must("wallet", "create")
        waiter.must("profile", "create")
        waiting = waiter.start("inbox", "--wait", "600", "--json")
        so_many_wait(running, 1)
        assert running.stop().code == 0  # within what `stop` waits for: the fetch has not waited to its end
        waiting.send_signal(signal.SIGINT)
        assert waiter.end(waiting).code == 130


@pytest.mark.parametrize("which", ["--resolver-port", "--delivery-port"])
def test_a_port_in_use_is_said_in_a_sentence(tmp_path, which):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        other = FREE[2:] if which == "--resolver-port" else FREE[:2]
        answer = Person(tmp_path / "op").run("up", which, port, *other)
    assert answer.code == 4
    assert answer.out == ""
    assert f"port {port}: Address already in use" in answer.err
    assert "hint: Another program may be using it" in answer.err


def test_a_delivery_service_and_a_resolver_each_on_its_own(tmp_path, kept_ports):
    port = str(kept_ports[0])
    operator = Person(tmp_path / "op", resolver=f"apart.localhost=http://127.0.0.1:{port}")
    name = "ds.apart.localhost"

    async def chat(resolver):
        async with await dm3.connect({"apart.localhost": resolver}, allow_private=True) as client:
            wallets = [KeyWallet(WalletKey(os.urandom(32))) for _ in range(2)]
            one, other = [await client.create_profile("apart.localhost", wallet) for wallet in wallets]
            await one.send(other.name, "hello")
            assert texts(await other.sync()) == ["hello"]

    with up(operator, "delivery-service", "--name", name, "--delivery-port", "0") as delivery:
        record = delivery.announced["network.dm3.deliveryService"]
        static = {name: {"texts": {"network.dm3.deliveryService": record}}}
        (tmp_path / "names.json").write_text(json.dumps(static))
        options = ("--domain", "apart.localhost", "--static-names", str(tmp_path / "names.json"))
        with up(operator, "resolver", *options, "--resolver-port", port) as resolver:
            asyncio.run(chat(resolver.announced["domains"]["apart.localhost"]))
            assert resolver.stop(signal.SIGTERM).code == 0
        assert delivery.stop(signal.SIGINT).code == 0


# --- the terminal -------------------------------------------------------------------------------------


def test_the_passphrase_is_asked_for_twice_for_a_new_vault_and_never_shown(people):
    person = people("typist")
    terminal = Terminal(person, "wallet", "create")
    terminal.answer("Passphrase: ", "open sesame\n")
    terminal.answer("confirmation: ", "open sesama\n")
    terminal.answer("Passphrase: ", "open sesame\n")
    terminal.answer("confirmation: ", "open sesame\n")
    assert terminal.end() == 0
    assert "Making a new vault" in terminal.shown
    assert "do not match" in terminal.shown
    assert "sesam" not in terminal.shown
    again = Terminal(person, "wallet", "list")
    again.answer("Passphrase: ", "open sesame\n")
    assert again.end() == 0
    assert "confirmation" not in again.shown
    assert "default" in again.shown
    wrong = Terminal(person, "wallet", "list")
    wrong.answer("Passphrase: ", "open says me\n")
    assert wrong.end() == 4
    assert "cannot be opened with this passphrase" in wrong.shown
    assert "says" not in wrong.shown


@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_a_prompt_can_be_left(people, key):
    person = people(f"leaver{ord(key)}")
    terminal = Terminal(person, "wallet", "list")
    terminal.answer("Passphrase: ", key)
    assert terminal.end() == 130
    assert "Traceback" not in terminal.shown


def so_many_wait(services, fetches: int) -> None:
    """Return when so many fetches wait at the delivery service."""
    ends = time.monotonic() + EVENTUALLY
    line = f"dm3_delivery_waiting_fetches {fetches}.0"
    while line not in get(f"{services.announced['deliveryService']}/metrics").text.splitlines():
        assert time.monotonic() < ends, f"there are never {fetches} that wait"
        time.sleep(0.1)


def test_waiting_can_be_interrupted(services, people):
    person = people("impatient")
    person.must("wallet", "create")
    person.must("profile", "create")
    so_many_wait(services, 0)
    waiting = person.start("inbox", "--wait", "60")
    so_many_wait(services, 1)
    waiting.send_signal(signal.SIGINT)
    answer = person.end(waiting)
    assert (answer.code, answer.out) == (130, "")
    assert person.must("inbox")["ok"] is True


def test_programs_with_one_vault_do_not_get_into_each_others_way(services, people):
    person = people("busy")
    made = person.must_all(*[("wallet", "create", f"wallet{number}") for number in range(3)])
    listed = person.must("wallet", "list")
    assert sorted(row["address"] for row in listed["wallets"]) == sorted(row["address"] for row in made)


async def test_what_the_program_keeps_opens_in_the_sdk(services, people):
    person = people("both")
    person.must("wallet", "create")
    name = person.must("profile", "create")["name"]
    vault = person.home / "data" / "dm3" / "vault.sqlite"
    resolvers = {DOMAIN: services.announced["resolver"]}
    passphrase = person.passphrase.read_text().strip()
    async with await dm3.connect(resolvers, vault=vault, passphrase=passphrase, allow_private=True) as client:
        messenger = await client.messenger(name)
        await messenger.sync()
        assert messenger.errors == []
