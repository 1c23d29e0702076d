"""`dm3 watch`, wallets that sign elsewhere, and keystore files: the program as a support desk uses it."""

import json
import os
import sys
import threading
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue

import pytest
from eth_account import Account

import dm3
from dm3.crypto import KeyWallet, WalletKey
from tests.e2e.cli_scene import DOMAIN, Person, up
from tests.kit import EVENTUALLY

DESK, BOB = f"desk.user.{DOMAIN}", f"bob.user.{DOMAIN}"


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    folder = tmp_path_factory.mktemp("watch")
    with up(Person(folder / "operator"), "up", "--resolver-port", "0", "--delivery-port", "0") as services:
        at = f"{DOMAIN}={services.announced['resolver']}"
        desk, bob = (Person(folder / name, resolver=at) for name in ("desk", "bob"))
        for person, name in ((desk, DESK), (bob, BOB)):
            person.must_here("wallet", "create")
            person.must_here("profile", "create", "--alias", name)
        yield desk, bob


@pytest.fixture
def webhook():
    """A URL, and what is posted to it; the first try gets 503."""
    posted: Queue[dict[str, object]] = Queue()
    tries: list[int] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            tries.append(1)
            if len(tries) > 1:
                posted.put(json.loads(body))
            self.send_response(200 if len(tries) > 1 else 503)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", posted
        server.shutdown()
        thread.join()


def test_messages_are_told_as_they_come_to_programs_and_webhooks(people, webhook, tmp_path):
    desk, bob = people
    url, posted = webhook
    answer = tmp_path / "answer.py"
    answer.write_text("import sys; open(sys.argv[1], 'a').write(sys.stdin.read()); print('done')")
    heard = tmp_path / "heard"
    run = f"{sys.executable} {answer} '{heard}'"
    watching = desk.start("watch", "--json", "--exec", run, "--webhook", url)
    assert watching.stderr is not None
    assert watching.stdout is not None
    assert "Watching the inbox of" in watching.stderr.readline()
    for text in ("Hello $(touch /tmp/x)", "two\nlines"):
        bob.must_here("send", DESK, text)
        told = json.loads(watching.stdout.readline())
        assert (told["ok"], told["peer"], told["content"]) == (True, BOB, text)
        assert posted.get(timeout=EVENTUALLY) == told
    assert [json.loads(line)["content"] for line in heard.read_text().splitlines()] == [
        "Hello $(touch /tmp/x)",
        "two\nlines",
    ]
    watching.send_signal(2)
    ended = desk.end(watching)
    assert (ended.code, ended.out) == (0, ""), "the output of the command is not among the messages"
    [head] = desk.must_here("inbox")["conversations"]
    assert head["unread"] == 2


@pytest.mark.parametrize(
    "wrong", [("--exec", "'"), ("--exec", ""), ("--exec", "no-such-program x"), ("--webhook", "ftp://a")]
)
def test_what_watch_cannot_do_is_refused_at_once(people, wrong):
    assert people[0].run_here("watch", *wrong).code == 3


def asked(said: Iterable[str]) -> str:
    """The next text that is to be signed; empty where there is none any more."""
    lines: list[str] = []
    for line in said:
        if "is read from standard input" in line:
            start = next(number for number, told in enumerate(lines) if "to the letter" in told)
            return "".join(lines[start + 2 : -1]).removesuffix("\n")
        lines.append(line)
    return ""


def test_a_wallet_signs_elsewhere(people, tmp_path):
    wallet = KeyWallet(WalletKey(os.urandom(32)))
    person = Person(tmp_path / "elsewhere", resolver=people[0].environment["DM3_RESOLVER"])
    making = person.start("profile", "create", "--json", "--sign-elsewhere", wallet.address)
    assert making.stderr is not None
    assert making.stdin is not None
    signed = 0
    said = making.stderr
    for text in iter(lambda: asked(said), ""):
        making.stdin.write(wallet.sign_now(text) + "\n")
        making.stdin.flush()
        signed += 1
    assert signed >= 1
    made = person.end(making)
    assert made.code == 0, made
    assert made.data["owner"] == wallet.address
    assert person.must_here("wallet", "list")["wallets"] == []


def test_without_a_signature_nothing_is_made(people, tmp_path):
    wallet = KeyWallet(WalletKey(os.urandom(32)))
    person = Person(tmp_path / "silent", resolver=people[0].environment["DM3_RESOLVER"])
    refused = person.run("profile", "create", "--sign-elsewhere", wallet.address, given="")
    assert (refused.code, refused.out) == (4, "")
    assert "no signature came" in refused.err
    assert refused.err.index("Keys come from the next signature") < refused.err.index("Have 0x")
    other = KeyWallet(WalletKey(os.urandom(32))).sign_now("something else")
    assert person.run("profile", "create", "--sign-elsewhere", wallet.address, given=f"{other}\n").code == 8


def test_a_keystore_file_of_an_ethereum_client_is_taken_in(tmp_path):
    key = os.urandom(32)
    file, secret, wrong = (tmp_path / name for name in ("keystore.json", "secret", "wrong"))
    file.write_text(json.dumps(Account.encrypt(key, "open sesame, please", iterations=4096)))
    secret.write_text("open sesame, please\n")
    wrong.write_text("something else, of length\n")
    for one in (secret, wrong):
        one.chmod(0o600)
    person = Person(tmp_path / "person")
    taken = ("wallet", "import", "--keystore")
    opened = person.must_here(*taken, str(file), "--keystore-passphrase-file", str(secret))
    assert opened["address"] == KeyWallet(WalletKey(key)).address
    # Editors put a byte order mark before it, and keyboards compose letters in two ways.
    file.write_text(json.dumps(Account.encrypt(key, "M\u00fcnchen at night", iterations=4096)))
    wrong_too = secret.read_bytes()
    for typed in ("\ufeffMu\u0308nchen at night\n", "M\u00fcnchen at night"):
        secret.write_text(typed, encoding="utf-8")
        again = Person(tmp_path / f"person-{len(typed)}")
        opened = again.must_here(*taken, str(file), "--keystore-passphrase-file", str(secret))
        assert opened["address"] == KeyWallet(WalletKey(key)).address
    secret.write_bytes(wrong_too)
    assert person.run_here(*taken, str(file), "--keystore-passphrase-file", str(wrong)).code == 4
    assert person.run_here(*taken, str(secret), "--keystore-passphrase-file", str(secret)).code == 3
    assert person.run_here(*taken, str(file)).code == 4, "there is no terminal to ask at"
    assert person.run_here("wallet", "import").code == 3


async def test_whether_somebody_can_be_written_to(people):
    at = people[0].environment["DM3_RESOLVER"].partition("=")[2]
    async with await dm3.connect({DOMAIN: at}, allow_private=True) as client:
        assert await client.peers.can_message(DESK) is True
        assert await client.peers.can_message(f"nobody.user.{DOMAIN}") is False
    async with await dm3.connect({DOMAIN: "http://127.0.0.1:9"}, allow_private=True) as client:
        with pytest.raises(dm3.Unreachable):
            await client.peers.can_message(DESK)
