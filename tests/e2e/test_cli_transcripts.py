"""Every word that `dm3` says in a story of two people, and to programs: kept in `tests/transcripts`."""

import json
import re

import pytest

from tests.e2e.cli_scene import DOMAIN, PAGE, Person, up
from tests.kit.transcripts import Labels, compare

ALICE, BOB = f"alice.user.{DOMAIN}", f"bob.user.{DOMAIN}"
KEYS = {"alice": "a11ce0" + "17" * 29, "bob": "b0b000" + "23" * 29}


class Story:
    """Runs commands in this process and writes down what each says."""

    def __init__(self, labels: Labels) -> None:
        self._labels = labels
        self._told: list[str] = []

    def note(self, person: Person, *words: str, given: str | None = None, code: int = 0) -> str:
        """A command as people run it; returns what it printed."""
        answer = person.run_here(*words, given=given)
        assert answer.code == code, (words, answer)
        shown = [*answer.out.splitlines(), *(f"! {line}" for line in answer.err.splitlines())]
        self._tell(person, words, [*shown, *([f"exit {code}"] if code else [])])
        return answer.out

    def programs(self, person: Person, *words: str, given: str | None = None, code: int = 0):
        """A command as programs run it; returns its value."""
        answer = person.run_here(*words, "--json", given=given)
        assert answer.code == code, (words, answer)
        value = json.dumps(answer.data, indent=1, ensure_ascii=False)
        self._tell(person, (*words, "--json"), [*value.splitlines(), *([f"exit {code}"] if code else [])])
        return answer.data

    def both(self, person: Person, *words: str):
        """A command that changes nothing, for people and for programs; returns the value."""
        self.note(person, *words)
        return self.programs(person, *words)

    def _tell(self, person: Person, words: tuple[str, ...], lines: list[str]) -> None:
        typed = " ".join(repr(word) if " " in word or not word else word for word in words)
        self._told.append("\n".join((f"{person.home.name}$ dm3 {typed}", *lines)))

    def end(self, name: str) -> None:
        """Compare all of it; how often something was tried is a matter of time."""
        told = self._labels.put("\n\n".join(self._told))
        compare(name, re.sub(r"(tried |\"attempts\": )\d+", r"\1<some>", told))


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """Alice and Bob, with wallets, and nothing else; and what stands for this run's own things."""
    folder = tmp_path_factory.mktemp("told")
    free = ("--resolver-port", "0", "--delivery-port", "0")
    with up(Person(folder / "operator"), "up", *free) as services:
        at = f"{DOMAIN}={services.announced['resolver']}"
        yield (
            {name: Person(folder / name, resolver=at, columns="400") for name in ("alice", "bob")},
            {str(folder): "<folder>"},
        )


def test_what_is_told_from_the_first_wallet_to_the_last_message(people):
    persons, known = people
    alice, bob = persons["alice"], persons["bob"]
    story = Story(Labels(known))
    note, programs, both = story.note, story.programs, story.both

    # wallets and profiles
    note(alice, "wallet", "list")
    note(alice, "profile", "list")
    note(alice, "wallet", "import", "--key-file", "-", given=KEYS["alice"])
    programs(bob, "wallet", "import", "--key-file", "-", given=KEYS["bob"])
    both(alice, "wallet", "list")
    note(alice, "wallet", "export", str(alice.home / "key.txt"))
    note(alice, "inbox", code=5)
    note(alice, "profile", "create", "--alias", ALICE)
    programs(bob, "profile", "create", "--alias", BOB)
    both(alice, "profile", "list")
    both(alice, "profile", "show")
    both(alice, "profile", "show", BOB)
    note(alice, "inbox")
    note(alice, "inbox", BOB)
    note(alice, "outbox", "list")
    note(alice, "conversation", "list")
    note(alice, "link", "list")
    note(alice, "settings", "list")
    note(alice, "settings", "set", "link-term-days", "30")
    programs(alice, "settings", "set", "send-receipts", "no")
    both(alice, "settings", "list")
    note(alice, "settings", "unset", "link-term-days")

    # messages
    note(alice, "send", BOB, "Good day,\nare you there?")
    hello = both(bob, "inbox", ALICE)["messages"][0]["hash"]
    note(bob, "send", ALICE, "--react", "\N{WAVING HAND SIGN}", "--to-message", hello)
    sent = programs(bob, "send", ALICE, "Yes.", "--reply-to", hello[:12])["hash"]
    (alice.home / "order.txt").write_text("one apple")
    note(alice, "send", BOB, "See the order", "--attach", str(alice.home / "order.txt"))
    note(bob, "send", ALICE, "Yes, I am.", "--edit", sent)
    both(bob, "inbox")
    note(bob, "inbox", ALICE, "--limit", "2", "--save-attachments", str(bob.home))
    both(alice, "inbox", BOB)
    note(bob, "send", ALICE, "--delete", sent)
    both(alice, "inbox", "bob")

    # decisions on conversations
    for decision in ("block", "allow", "archive", "pin", "mute"):
        note(alice, "conversation", decision, BOB)
    both(alice, "conversation", "list")
    for decision in ("archive", "pin", "mute"):
        note(alice, "conversation", decision, BOB, "--undo")
    programs(alice, "conversation", "block", BOB)
    note(alice, "conversation", "unblock", BOB)
    note(bob, "conversation", "delete", "alice", "--yes")

    # links
    lsp = programs(alice, "lsp", "create", "--uri", PAGE)["name"]
    note(alice, "lsp", "list")
    note(alice, "link", "status")
    note(alice, "link", "request", ALICE)
    both(alice, "link", "list")
    note(alice, "link", "approve", lsp[:8], "--days", "90")
    both(alice, "link", "status")
    both(alice, "link", "list")
    both(bob, "link", "verify", lsp)
    note(alice, "link", "recovery", lsp, "unattended")
    programs(alice, "link", "recovery", lsp, "default")
    note(alice, "link", "renew", "--days", "60")
    note(alice, "send", BOB, "As the profile", "--as", lsp)
    both(bob, "inbox")
    both(alice, "inbox")
    both(alice, "inbox", BOB, "--of", lsp)
    note(alice, "link", "remove", lsp)
    both(alice, "link", "status")
    both(alice, "inbox")

    # what is refused
    note(alice, "send", "nobody.user.dm3.localhost", "Hello?", code=5)
    both(alice, "outbox", "list")
    note(alice, "send", BOB, "--delete", "0x123456", code=5)
    note(alice, "link", "approve", lsp, code=5)
    note(alice, "link", "reject", "nobody", code=5)
    programs(alice, "settings", "set", "recovery", "perhaps", code=3)
    note(alice, "settings", "set", "colour", "red", code=3)
    story.end("two_people")
