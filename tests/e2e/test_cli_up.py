"""A newcomer follows what `dm3 up` says; and what `dm3 send` says once the services are away."""

import re
import signal
from contextlib import contextmanager

from tests.e2e.cli_scene import DOMAIN, SITE, Answer, Person, up

FREE = ("--resolver-port", "0", "--delivery-port", "0")


@contextmanager
def up_for_people(tmp_path, *arguments):
    """`dm3 up` as people see it: what it says until it serves."""
    operator = Person(tmp_path / "op")
    process = operator.start("up", *FREE, "--data-dir", str(tmp_path / "data"), *arguments)
    assert process.stdout is not None
    lines: list[str] = []
    while not lines or "Stop with Ctrl-C" not in lines[-1]:
        lines.append(process.stdout.readline())
        assert lines[-1], operator.end(process)
    try:
        yield "".join(lines)
    finally:
        process.send_signal(signal.SIGTERM)
        assert operator.end(process).code == 0


def test_what_up_says_can_be_followed_word_for_word(tmp_path):
    options = ("--domain", "other.localhost", "--domain", "more.localhost", "--name", "post.other.localhost")
    with up_for_people(tmp_path, *options) as said:
        assert "serves other.localhost, more.localhost" in said
        assert "is post.other.localhost" in said
        assert str(tmp_path / "data") in said
        assert "start with --siwe-domain SITE" in said
        newcomer = Person(tmp_path / "newcomer")
        [setting] = re.findall(r"^  export (\w+)=(\S+)$", said, re.MULTILINE)
        newcomer.environment |= dict([setting])
        steps = re.findall(r"^  (?!export)\S+ (.*?)(?: +#.*)?$", said, re.MULTILINE)
        assert len(steps) == 8
        answers: list[Answer] = []
        name = ""
        for step in steps:
            answers.append(newcomer.run_here(*step.replace("NAME", name).split()))
            assert answers[-1].code == 0, (step, answers[-1])
            if step == "link list":
                name = answers[-1].out.split()[0]
        assert answers[-3].out.startswith("linked, valid until")
        assert answers[-1].out.splitlines()[0] == name
        assert "1, 1 unread" in answers[-1].out
        assert "← Hello" in answers[-1].out
        assert "asks to be linked" not in answers[-1].err, "it is settled"
        assert newcomer.must_here("lsp", "create", "--app", "more.localhost")["stage"] == "ready"


def test_up_says_whose_sign_ins_count(tmp_path):
    with up_for_people(tmp_path, "--siwe-domain", SITE) as said:
        assert f"Sign-ins at {SITE} make public profiles: dm3 lsp embed" in said


def test_what_is_on_its_way_is_no_failure(tmp_path):
    operator = Person(tmp_path / "op")
    bob = f"bob.user.{DOMAIN}"
    with up(operator, "up", *FREE) as services:
        at = f"{DOMAIN}={services.announced['resolver']}"
        people = [Person(tmp_path / name, resolver=at) for name in ("alice", "bob")]
        for person in people:
            person.must_here("wallet", "create")
            person.must_here("profile", "create", "--alias", f"{person.home.name}.user.{DOMAIN}")
        services.stop()
    alice = people[0]
    sent = alice.must_here("send", bob, "for programs")
    assert (sent["ok"], sent["state"], sent["delivered"]) == (True, "waiting", False)
    for_people = alice.run_here("send", bob, "for people")
    assert (for_people.code, for_people.out) == (0, "kept, not delivered yet\n")
    assert "It is still on its way" in " ".join(for_people.err.split())
