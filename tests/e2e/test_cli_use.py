"""Small things of daily use: names, lists, refusals; terminals, pipes and disks that are not as wished."""

import resource
import subprocess
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.cli_scene import DOMAIN, PROGRAM, Person, up

ALICE, BOB = f"alice.user.{DOMAIN}", f"bob.user.{DOMAIN}"


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """Alice, who has a main profile and one of an application, and Bob, to whom she has written."""
    folder = tmp_path_factory.mktemp("use")
    free = ("--resolver-port", "0", "--delivery-port", "0")
    with up(Person(folder / "operator"), "up", *free) as services:
        at = f"{DOMAIN}={services.announced['resolver']}"
        alice, bob = (Person(folder / name, resolver=at) for name in ("alice", "bob"))
        for person, name in ((alice, ALICE), (bob, BOB)):
            person.must_here("wallet", "create")
            person.must_here("profile", "create", "--alias", name)
        alice.must_here("lsp", "create")
        bob.must_here("send", ALICE, "Do you hear me?")
        yield alice, bob


def shortened(name: str) -> str:
    return f"{name[:6]}…{name[38:]}"


def test_the_main_profile_writes_unless_another_is_named(people):
    alice, bob = people
    assert alice.must_here("send", BOB, "Yes, I do.")["delivered"] is True
    [head] = bob.must_here("inbox")["conversations"]
    assert (head["peer"], head["lastLine"]) == (ALICE, "← Yes, I do.")
    assert "← Yes, I do." in bob.run_here("inbox").out


def test_names_may_be_shortened_where_one_alone_is_meant(people):
    alice, _ = people
    [lsp] = alice.must_here("lsp", "list")["profiles"]
    profiles = alice.must_here("profile", "list")["profiles"]
    assert [row["kind"] for row in profiles] == ["main", "limited"]
    for given in (shortened(lsp["name"]), lsp["name"][:8], shortened(lsp["name"]).replace("…", "...")):
        assert alice.must_here("link", "status", given)["profile"] == lsp["name"]
    assert lsp["name"] in alice.run_here("link", "status").out, "told in full, to be copied"
    assert alice.must_here("inbox", "bob")["peer"] == BOB
    assert alice.must_here("inbox", "--profile", "alice")["ok"] is True
    nobody = alice.run_here("link", "status", "nobody")
    assert (nobody.code, "dm3 profile list" in nobody.err) == (5, True)
    assert f"{lsp['name']} has no link record" in alice.run_here("link", "verify", lsp["name"][:8]).err
    several = alice.run_here("link", "reject", "nobody-here")
    assert (several.code, "dm3 link list" in several.err) == (5, True)


def test_the_option_that_is_needed_is_named(people):
    alice, _ = people
    alice.must_here("lsp", "create", "--app", DOMAIN, "--uri", "https://two.example")
    several = alice.run_here("link", "status")
    if several.code == 3:  # pages of one application may be one profile
        assert "Say which: dm3 link status NAME" in several.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("send", ALICE[:5], "Hello"), "no whole name"),
        (("send", ALICE, ""), "the message is empty"),
        (("send", ALICE, "  \n"), "the message is empty"),
        (("profile", "create", "--alias", "bobby"), "no whole name"),
        (("recover", "bob", ALICE), "no whole name"),
    ],
)
def test_what_cannot_be_meant_is_refused(people, arguments, said):
    refused = people[1].run_here(*arguments)
    assert (refused.code, refused.out) == (3, "")
    assert said in " ".join(refused.err.split())


def test_a_reaction_is_one_sign(people):
    _, bob = people
    [message] = [row for row in bob.must_here("inbox", ALICE)["messages"] if row["direction"] == "out"]
    for wrong in ("a b", "a\u0007"):
        refused = bob.run_here("send", ALICE, "--react", wrong, "--to-message", message["hash"])
        assert refused.code == 3
    assert bob.must_here("send", ALICE, "--react", "👍", "--to-message", message["hash"])["ok"] is True


def test_a_notice_is_told_once_and_is_gone_when_settled(people):
    alice, _ = people
    [lsp, *_] = alice.must_here("lsp", "list")["profiles"]
    alice.must_here("link", "request", ALICE, "--lsp", lsp["name"])
    seen = alice.must_here("inbox")
    assert any("asks to be linked" in notice for notice in seen["notices"])
    again = alice.must_here("inbox")
    assert (again["notices"], again["linkRequests"]) == ([], [lsp["name"]])
    alice.must_here("link", "reject", shortened(lsp["name"]), "--reason", "not now")
    rejected = alice.must_here("link", "status", lsp["name"])
    assert "not now" in rejected["ended"]
    assert "has refused the link: not now" in " ".join(
        alice.run_here("link", "status", lsp["name"]).out.split()
    )
    alice.must_here("link", "request", ALICE, "--lsp", lsp["name"])
    alice.must_here("link", "list")
    alice.must_here("link", "approve", lsp["name"][:8])
    assert not any("asks to be" in notice for notice in alice.must_here("inbox")["notices"])


def test_a_wallet_goes_to_another_vault(people, tmp_path):
    alice, _ = people
    file = tmp_path / "key.txt"
    told = alice.run_here("wallet", "export", str(file))
    assert (told.code, "NOT encrypted" in told.err, file.stat().st_mode & 0o777) == (0, True, 0o600)
    assert alice.run_here("wallet", "export", str(file)).code == 4, "no file is written over"
    device = Person(tmp_path / "device")
    made = device.run_here("wallet", "import", "--key-file", str(file))
    assert made.code == 0
    assert "Making a new vault at" in made.err
    [mine], [theirs] = (one.must_here("wallet", "list")["wallets"] for one in (alice, device))
    assert mine == theirs


def test_recovering_looks_for_the_wallet_before_it_asks_anybody(tmp_path):
    told = Person(tmp_path / "empty").run_here("recover", f"0x{'12' * 20}.addr.{DOMAIN}", ALICE)
    assert (told.code, "OutgoingLink" in told.err) == (5, False)
    assert "dm3 wallet" in told.err


def test_a_terminal_without_utf_8_gets_escapes(people):
    alice, _ = people
    environment = {**alice.environment, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    for more in ((), ("--json",)):
        done = subprocess.run(
            [*PROGRAM, "inbox", BOB, *more], env=environment, capture_output=True, check=False
        )
        assert (done.returncode, done.stdout.isascii()) == (0, True), done.stderr
        assert b"Traceback" not in done.stderr


def test_an_argument_that_is_no_text_is_refused(people):
    done = subprocess.run(
        [*PROGRAM, "send", b"\xff.eth", "x"], env=people[0].environment, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"argument 2 is no text" in done.stderr


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_closed_pipe_ends_it_quietly(people, more):
    process = people[0].start("inbox", *more)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(60) in (1, 141)


@pytest.mark.parametrize(
    ("closed", "text", "code", "told"),
    [
        ("<&- >&- 2>&-", "sent from nowhere", 0, ""),
        (">&-", "sent without an answer", 0, ""),
        ("<&-", "-", 3, "the message is empty"),
    ],
)
def test_a_program_without_streams_gets_its_work_done(people, closed, text, code, told):
    alice, _ = people
    done = subprocess.run(
        ["sh", "-c", f'"$@" {closed}', "sh", *PROGRAM, "send", BOB, text],
        env=alice.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, told in done.stderr, "Traceback" in done.stderr) == (code, True, False), done
    sent = [one["content"] for one in alice.must_here("inbox", BOB)["messages"]]
    assert (text in sent) == (code == 0)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this machine has no device that is always full")
@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_full_disk_is_said(people, more):
    with open("/dev/full", "w") as full:  # noqa: PTH123  a device
        process = people[0].start("inbox", *more, stdout=full)
        _, told = process.communicate(timeout=60)
    assert (process.returncode, "Traceback" in told) == (4, False), told
    assert "cannot be written" in told


def test_a_disk_that_is_full_under_the_vault_loses_nothing(people):
    alice, bob = people
    vault = Path(alice.environment["DM3_DATA_DIR"]) / "vault.sqlite"
    alice.must_here("send", BOB, "before the disk was full")
    before = [one["hash"] for one in alice.must_here("inbox", BOB)["messages"]]
    long = "too much for the disk " * 5_000
    for room in (0, 8_192, 65_536):
        size = vault.stat().st_size + room if room else 4_096
        done = subprocess.run(
            [*PROGRAM, "send", BOB, long],
            env={**alice.environment, "PYTHONDONTWRITEBYTECODE": "1"},  # that would be cut off, too
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=partial(resource.setrlimit, resource.RLIMIT_FSIZE, (size, size)),
        )
        assert (done.returncode, done.stdout, "Traceback" in done.stderr) == (4, "", False), done
        assert "full" in done.stderr
        assert "too much" not in done.stderr
    assert [one["hash"] for one in alice.must_here("inbox", BOB)["messages"]] == before
    alice.must_here("send", BOB, long)
    contents = [one["content"] for one in bob.must_here("inbox", ALICE)["messages"]]
    assert contents[-2:] == ["before the disk was full", long]


def test_shells_complete_commands_and_options(people):
    def completed(words: str) -> set[str]:
        setting = {"_DM3_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
        environment = {**people[0].environment, **setting}
        done = subprocess.run(PROGRAM, env=environment, capture_output=True, text=True, check=False)
        assert "Traceback" not in done.stderr, done.stderr
        return set(done.stdout.split())

    assert completed("dm3 wal") == {"wallet"}
    assert {"create", "export", "import", "list"} == completed("dm3 wallet ")
    assert "--attach" in completed("dm3 send --at")
