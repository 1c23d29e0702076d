"""`dm3 vault` and the files with secrets, as a person meets them."""

import json

import pytest

from dm3.cli.console.output import emit
from tests.e2e.cli_scene import DOMAIN, Person

NOBODY = f"{DOMAIN}=http://127.0.0.1:9"


@pytest.fixture
def person(tmp_path):
    """Somebody without any services, who has a vault with a wallet."""
    person = Person(tmp_path / "person", resolver=NOBODY)
    person.must_here("wallet", "create")
    return person


def test_the_key_is_renewed_and_the_vault_opens_with_the_same_passphrase(person):
    address = person.must_here("wallet", "list")
    before = (person.home / "data" / "dm3" / "vault.sqlite").read_bytes()
    done = person.must_here("vault", "rekey")
    assert (done["records"], done["former-erased"], done["copies"]) == (1, True, [])
    assert person.must_here("wallet", "list") == address
    after = (person.home / "data" / "dm3" / "vault.sqlite").read_bytes()
    assert before != after
    told = person.run_here("vault", "rekey")
    assert "a new key for its 1 records" in told.out
    assert "must be started again" in told.err


def test_after_a_change_of_the_passphrase_it_is_said_what_the_former_still_opens(person, tmp_path):
    new, copy = tmp_path / "new", person.home / "data" / "dm3" / "vault.sqlite.before-vault_0001"
    new.write_text("several words of another kind")
    new.chmod(0o600)
    copy.write_text("as it was before an upgrade")
    told = person.run_here("vault", "passphrase", "--new-passphrase-file", str(new))
    assert told.code == 0
    assert "dm3 vault rekey" in told.err
    assert str(copy) in told.err
    assert person.must_here("wallet", "list", "--passphrase-file", str(new))


@pytest.mark.parametrize(
    ("mode", "remarked"), [(0o600, False), (0o400, False), (0o644, True), (0o640, True), (0o602, True)]
)
def test_a_passphrase_file_that_others_can_use_is_remarked_on(person, mode, remarked):
    person.passphrase.chmod(mode)
    told = person.run_here("wallet", "list")
    assert told.code == 0
    assert (f"chmod 600 {person.passphrase}" in told.err) == remarked


def test_a_weak_passphrase_is_remarked_on_where_it_is_new(tmp_path):
    person = Person(tmp_path / "person", resolver=NOBODY)
    person.passphrase.write_text("12345\n")
    assert "weak: it has 5 characters" in person.run_here("wallet", "create").err
    assert "weak" not in person.run_here("wallet", "list").err
    new = tmp_path / "new"
    new.write_text("password2026")
    assert "tried first" in person.run_here("vault", "passphrase", "--new-passphrase-file", str(new)).err
    exported = ("vault", "export", str(tmp_path / "f"), "--export-passphrase-file", str(person.passphrase))
    assert "weak" in person.run_here(*exported, "--passphrase-file", str(new)).err


@pytest.mark.parametrize("content", [b"\xef\xbb\xbf", b"\r\n", b"\xff\xfe\r\x00\n\x00"])
def test_a_passphrase_file_with_nothing_but_marks_is_empty(person, content):
    person.passphrase.write_bytes(content)
    answer = person.run_here("wallet", "list")
    assert answer.code == 4
    assert "is empty" in answer.err


def test_an_editor_s_mark_before_the_passphrase_is_ignored(person):
    person.passphrase.write_bytes(b"\xef\xbb\xbf" + person.passphrase.read_bytes().replace(b"\n", b"\r\n"))
    assert person.must_here("wallet", "list")


def test_an_empty_file_is_no_vault(person, tmp_path):
    empty = tmp_path / "empty.sqlite"
    empty.touch()
    for command in ("export", "rekey", "passphrase"):
        more = (str(tmp_path / "f"),) if command == "export" else ()
        answer = person.run_here("vault", command, *more, "--vault", str(empty))
        assert answer.code == 5
        assert f"the file {empty} is empty, no vault" in answer.err
        assert "Restore your copy" in answer.err
    assert empty.stat().st_size == 0
    made = person.run_here("wallet", "create", "--vault", str(empty))
    assert made.code == 0
    assert f"{empty} is empty, no vault" in made.err


def test_json_holds_nothing_that_a_terminal_would_follow(capsys):
    text = "\x1b[2J\x7f\x9b31m\u202eevil\u2066\u200f\u061c\u2028 Grüße 👋"
    emit({text: [text]}, True)
    out = capsys.readouterr().out
    assert json.loads(out) == {"ok": True, text: [text]}
    assert not set("\x1b\x7f\x9b\u202e\u2066\u200f\u061c\u2028") & set(out)
    assert "Grüße 👋" in out


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("link", "list"), "main profile"),
        (("link", "status"), "limited scope profile"),
        (("inbox",), "profile"),
    ],
)
def test_which_kind_of_profile_is_missing_is_said(person, words, kind):
    told = person.run_here(*words)
    assert told.code == 5
    assert f"no {kind} is in the vault" in told.err
