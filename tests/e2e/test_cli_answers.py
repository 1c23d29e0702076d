"""What `dm3` answers: help, configuration, explanations, and one exit code for each class of error."""

import asyncio
import json
import re
import time

import pytest
import typer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dm3
from dm3.base import canonical_json
from dm3.base.errors import Dm3Error
from dm3.cli.config.options import CLIENT, TABLE
from dm3.cli.console.output import EXIT_CODES, exit_code, local_time
from dm3.cli.main import app
from dm3.crypto import DEFAULT_NONCE, KeyCreationMessage
from dm3.protocol.delivery.accepting import UnknownSenders
from dm3.protocol.linking import WhoMayAsk, make_record, record_uri
from dm3.wire import envelope_text
from tests.e2e.cli_scene import DOMAIN, Person
from tests.e2e.sdk_scene import login, sealed_for, world_in
from tests.kit.inside import context_of, held_outgoing, identity_of
from tests.kit.option_samples import samples

NOBODY = f"{DOMAIN}=http://127.0.0.1:9"


@pytest.fixture
def person(tmp_path):
    """Somebody without any services."""
    return Person(tmp_path / "person", resolver=NOBODY)


def commands():
    """Every command with its words, from the program itself."""

    def walk(command, words):
        if hasattr(command, "commands"):
            if words and command.invoke_without_command:
                yield words, command
            for name, sub in command.commands.items():
                yield from walk(sub, (*words, name))
        else:
            yield words, command

    return list(walk(typer.main.get_command(app), ()))


COMMANDS = commands()
NAMES = [" ".join(words) for words, _ in COMMANDS]

# --- help ---------------------------------------------------------------------------------------------


def test_every_command_of_the_story_is_there():
    wanted = """up, demo, delivery-service, resolver, send, inbox, recover, inspect,
        wallet create, wallet import, wallet list, profile create, profile show,
        lsp create, lsp embed, lsp list, link request, link list, link approve,
        link reject, link renew, link status, link verify, link remove"""
    assert set(re.split(r",\s*", wanted)) <= set(NAMES)


@pytest.mark.parametrize(("words", "command"), COMMANDS, ids=NAMES)
def test_every_command_has_help_with_an_example_and_answers_in_json(words, command, person):
    answer = person.run_here(*words, "--help")
    assert answer.code == 0
    assert re.search(rf"Examples?: dm3 {' '.join(words)}\b", answer.out), answer
    options = {option for parameter in command.params for option in parameter.opts}
    assert {"--json", "--print-config", "--config", "--help"} <= options | {"--help"}
    for parameter in command.params:
        assert parameter.help, f"{parameter.name} says nothing about itself"


def test_settings_stand_in_one_help_and_commands_show_their_own_options(person):
    shown = person.run_here("--help").out
    assert all(f"--{name} " in shown for name in (*CLIENT, "config", "print-config"))
    of_command = person.run_here("inbox", "--help").out
    assert "--of" in of_command
    assert not any(f"--{name} " in of_command for name in CLIENT if name not in ("vault", "resolver"))
    assert "--data-dir" in person.run_here("delivery-service", "--help").out


ONLY_ABOUT_SECRETS = ("--keys-to", "keys_to", "--keystore", "keystore")
"""Options with the word for a secret in their name, and none in what they take: a profile's name, a file."""


def holds_no_secret(parameter, option):
    """Whether what the option takes is no secret, by its kind: a yes or no, a duration, or listed above."""
    known = TABLE.get(option.removeprefix("--").removeprefix("option_").replace("_", "-"))
    yes_or_no = getattr(parameter, "is_flag", False) or (known and isinstance(known.default, bool))
    return yes_or_no or option.endswith("seconds") or option in ONLY_ABOUT_SECRETS


@pytest.mark.parametrize(("words", "command"), COMMANDS, ids=NAMES)
def test_no_secret_is_taken_as_an_argument(words, command):
    words_of_secrets = re.compile("pass|secret|seed|token|entropy|code|key")
    for parameter in command.params:
        for option in (*parameter.opts, parameter.name or ""):
            if words_of_secrets.search(option) and not holds_no_secret(parameter, option):
                assert "file" in option, f"dm3 {' '.join(words)} {option}"


def test_a_wrong_command_line_is_told_on_stderr(person):
    for arguments in ((), ("nonsense",), ("send",), ("up", "--nonsense"), ("link", "renew", "--days", "0")):
        answer = person.run_here(*arguments)
        assert answer.code == 2, arguments
    answer = person.run_here("wallet", "create", "--passphrase", "secret")
    assert answer.code == 2
    assert "No such option" in answer.err
    assert answer.out == ""


@pytest.mark.parametrize(
    "option", [*(f"--{name}" for name in (*CLIENT, "config")), "--print-config", "--json"]
)
def test_a_setting_before_its_command_is_told_where_it_stands(option, person):
    for group, name in ((), "inbox"), (("device",), "list"):
        for before in ((option, "x"), (f"{option}=x",)):
            answer = person.run_here(*group, *before, name)
            assert answer.code == 2, answer
            told = " ".join(("dm3", *group, name, option))
            assert f"{option} stands behind the command: {told} …" in answer.err


@pytest.mark.parametrize(("words", "command"), COMMANDS, ids=NAMES)
def test_every_command_answers_with_an_object_in_json(words, command, person):
    answer = person.run_here(*words, "--print-config", "--json", *needed(command))
    assert answer.code == 0, answer
    assert answer.data["ok"] is True
    failed = person.run_here(*words, "--config", str(person.home / "none.toml"), "--json", *needed(command))
    assert failed.code == 4, failed
    assert failed.data["ok"] is False


def needed(command):
    """What the command does not start without."""
    for parameter in command.params:
        if parameter.required:
            yield from ([] if parameter.param_type_name == "argument" else parameter.opts[:1])
            yield "1"


def test_the_version_is_told(person):
    assert person.run_here("--version").out == f"{dm3.__version__}\n"


# --- exit codes ---------------------------------------------------------------------------------------


def kinds_of(kind):
    yield kind
    for sub in kind.__subclasses__():
        yield from kinds_of(sub)


SERVED = (
    "dm3.service.",
    "dm3.widget.",
    "dm3.delivery.",
    "dm3.resolver.",
    "dm3.protocol.delivery.rpc_refusals",
    "dm3.protocol.delivery.accepting",
)


def test_every_error_has_an_exit_code_of_its_class():
    seen = set()
    for kind in kinds_of(Dm3Error):
        in_services_only = kind.__module__.startswith(SERVED)
        if not kind.__module__.startswith("dm3.") or kind is Dm3Error or in_services_only:
            continue
        code = exit_code(kind.__new__(kind))
        seen.add(code)
        assert code in range(3, 10) or kind.__name__ == "DemoFailed", kind
    assert seen >= set(range(3, 10))


def test_the_documented_table_is_the_one_in_use():
    documented = (dm3.__file__.rpartition("/src/")[0]) + "/docs/operating.md"
    with open(documented, encoding="utf-8") as file:  # noqa: PTH123
        rows = re.findall(r"^\| (\d+) \| .* \|$", file.read(), flags=re.MULTILINE)
    assert {code for _, code in EXIT_CODES} <= set(map(int, rows))


def refused(person, code, *arguments, given=None):
    """Run, for people and for programs; returns both descriptions of the error."""
    for_people = person.run_here(*arguments, given=given)
    for_programs = person.run_here(*arguments, "--json", given=given)
    assert (for_people.code, for_programs.code) == (code, code), (arguments, for_people)
    assert for_people.out == ""
    assert for_people.err.startswith("error: ")
    body = for_programs.data
    assert body["ok"] is False
    error = body["error"]
    assert error["sentence"] in for_people.err
    assert (f"hint: {error['hint']}" in for_people.err) == bool(error["hint"])
    return error


def test_errors_without_any_service(person, tmp_path):
    assert "Making a new vault at" in person.run_here("wallet", "list").err
    assert refused(person, 3, "send", "a..b", "hi", "--from", "x..y")["code"] == "invalid-name"
    assert refused(person, 4, "wallet", "list", "--resolver", "nonsense")["code"] == "configuration"
    assert refused(person, 5, "profile", "create")["hint"] == "Make one: dm3 wallet create"
    person.must_here("wallet", "create")
    assert refused(person, 6, "profile", "create")["code"] == "unreachable"
    again = refused(person, 9, "wallet", "create")
    assert "default" in again["sentence"]
    person.passphrase.write_text("another one, of some length")
    assert refused(person, 4, "wallet", "list")["code"] == "vault-locked"
    (tmp_path / "empty").touch()
    for file in (tmp_path / "missing", tmp_path / "empty", tmp_path):
        refused(person, 4, "wallet", "list", "--passphrase-file", str(file))
    (tmp_path / "text").write_text("this is not a vault")
    refused(person, 4, "wallet", "list", "--vault", str(tmp_path / "text"))
    refused(person, 4, "wallet", "list", "--data-dir", str(tmp_path / "text"))
    refused(person, 4, "delivery-service")
    for port in ("70000", "-1"):
        assert "port" in refused(person, 4, "up", "--resolver-port", port)["sentence"]
    for key in ("", "00" * 32, "ff" * 32, "zz", "ab" * 31):
        error = refused(person, 3, "wallet", "import", "other", "--key-file", "-", given=key)
        assert not key or key not in error["sentence"]


@pytest.mark.parametrize(
    "held", ["", "[]", "{}", '{"main": "a.eth", "mainSignature": "x"}', '{"main": 1}', "[" * 10_000, "\ud800"]
)
def test_a_file_that_is_no_disclosure_is_refused_before_anybody_is_asked(held, person, tmp_path):
    (tmp_path / "d.json").write_text(held, errors="surrogatepass")
    told = refused(person, 3, "link", "verify", "a.eth", "--disclosure", str(tmp_path / "d.json"))
    assert str(tmp_path / "d.json") in told["sentence"]
    twice = ("link", "verify", "a.eth", "--disclosure", "-", "--salt", "x")
    assert "--disclosure goes without" in refused(person, 3, *twice)["sentence"]


def test_without_a_terminal_the_passphrase_must_be_in_a_file(person):
    del person.environment["DM3_PASSPHRASE_FILE"]
    error = refused(person, 4, "wallet", "list", given="typed\n")
    assert "DM3_PASSPHRASE_FILE" in error["hint"]


# --- configuration --------------------------------------------------------------------------------------


def as_shown(name, text):
    option = TABLE[name]
    if option.many:
        return [text]
    if text in ("yes", "no"):
        return text == "yes"
    if isinstance(option.default, float):
        return float(text)
    return int(text) if text.isdigit() else text


def command_with(name):
    """A command that has the option and needs no further argument."""
    return next(
        words for words in (("up",), ("wallet", "list"), ("messenger",)) if f"--{name}" in options_of(words)
    )


def options_of(words):
    [command] = [command for known, command in COMMANDS if known == words]
    return {option for parameter in command.params for option in parameter.opts}


@pytest.mark.parametrize("name", TABLE)
def test_defaults_file_environment_and_flags_each_win_over_the_one_before(name, person, tmp_path):
    in_file, in_environment, in_flag = samples(name)
    words, variable = command_with(name), TABLE[name].variable
    written = json.dumps([in_file] if TABLE[name].many else in_file)
    (tmp_path / "settings.toml").write_text(f"{name} = {written}\n")
    for known in [known for known in person.environment if known.startswith("DM3_")]:
        del person.environment[known]

    def shown(*more):
        return person.must_here(*words, "--print-config", *more)[name]

    assert shown()["from"] == "default"
    file = ("--config", str(tmp_path / "settings.toml"))
    assert shown(*file) == {"value": as_shown(name, in_file), "from": str(tmp_path / "settings.toml")}
    person.environment["DM3_CONFIG"] = str(tmp_path / "settings.toml")
    assert shown() == shown(*file)
    person.environment[variable] = in_environment
    assert shown(*file) == {"value": as_shown(name, in_environment), "from": variable}
    flag = shown(*file, f"--{name}", in_flag)
    assert flag == {"value": as_shown(name, in_flag), "from": f"--{name}"}


def test_choices_are_all_named_in_the_help():
    for name, choices in (("who-may-ask", WhoMayAsk), ("unknown-senders", UnknownSenders)):
        assert all(choice in TABLE[name].help for choice in choices)


def test_a_configuration_file_that_is_not_there_is_said_once(person):
    error = refused(person, 4, "wallet", "list", "--config", "/nowhere/settings.toml")
    assert error["sentence"].endswith("the file /nowhere/settings.toml: No such file or directory")


def test_the_users_own_configuration_file_is_read(person):
    folder = person.home / "config" / "dm3"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('resolver-port = 1234\ndomain = ["a.eth", "b.eth"]\n')
    shown = person.must_here("up", "--print-config")
    assert shown["resolver-port"] == {"value": 1234, "from": str(folder / "config.toml")}
    assert shown["domain"]["value"] == ["a.eth", "b.eth"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("nonsense = 1", "there is no option 'nonsense'"),
        ("resolver-port = 'many'", "resolver-port from"),
        ("resolver = 'a.eth'", "domain=https://"),
        ("allow-private-addresses = 'perhaps'", "allow-private-addresses from"),
        ("who-may-ask = 'nobody'", "it is own-wallet or anyone"),
        ("who-may-ask = 'pairing'", "the one-time code that `dm3 link pair` shows"),
        ("unknown-senders = 'perhaps'", "it is accept or refuse"),
        ("resolver-port = 'many'", "it is a whole number"),
        ("link-term-days = 0", "it is a whole number from 1"),
        ("domain = ['a..b']", "not a valid ENS name"),
        ("this is no TOML", "settings.toml"),
        ("\0", "settings.toml"),
    ],
)
def test_a_configuration_that_cannot_be_used_names_option_and_source(text, complaint, person, tmp_path):
    (tmp_path / "settings.toml").write_text(text + "\n")
    words = ("wallet", "list") if text.startswith(("who", "allow", "link", "resolver =")) else ("up",)
    error = refused(person, 4, *words, "--print-config", "--config", str(tmp_path / "settings.toml"))
    assert complaint in error["sentence"]


def test_secrets_in_the_configuration_are_not_shown(person):
    person.environment["DM3_RESOLVER"] = "a.eth=https://me:hunter2@resolver.example/x"
    shown = person.run_here("wallet", "list", "--print-config")
    assert "hunter2" not in shown.out
    assert "a.eth=https://(hidden)@resolver.example/x" in shown.out
    passphrase = person.passphrase.read_text().strip()
    assert passphrase not in shown.out
    assert f"passphrase-file = {person.passphrase}  (DM3_PASSPHRASE_FILE)" in shown.out
    public = (
        "--public-url",
        "https://me:hunter2@ds.example",
        "--rpc-url",
        "https://node.example/key/hunter2",
    )
    for_up = person.run_here("up", "--print-config", *public)
    assert for_up.code == 0
    assert "hunter2" not in for_up.out


# --- inspect --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def things(tmp_path_factory):
    """One of each thing that can be explained."""
    return asyncio.run(make_things(tmp_path_factory.mktemp("sites")))


async def make_things(folder):
    async with world_in(folder) as world:
        alice, lsp = await world.linked(public=True)
        envelope = await sealed_for(lsp, context_of(lsp), alice.name)
        asking = await held_outgoing(lsp)
        assert asking is not None
        identity = identity_of(lsp)
        record = make_record(asking, identity.name, identity.profile.hash, identity.keys)
        published = await context_of(lsp).names.text(lsp.name, "network.dm3.profile")
        return {
            "envelope": envelope_text(envelope),
            "link": asking.link_message,
            "signature": asking.wallet_signature,
            "record": record_uri(record),
            "profile": identity.profile.text,
            "published": published,
            "lsp": lsp.name,
            "alice": alice.name,
            "owner": world.wallet.address,
            "hash": identity.profile.hash,
        }


def explained(person, tmp_path, text, *more):
    """The same from a file and from standard input."""
    (tmp_path / "thing").write_text(text)
    from_file = person.must_here("inspect", str(tmp_path / "thing"), *more)
    assert person.must_here("inspect", "-", *more, given=text) == from_file
    for_people = person.run_here("inspect", "-", *more, given=text)
    assert for_people.code == 0
    assert from_file["what"] in for_people.out
    return from_file


def test_inspect_explains_each_thing(person, tmp_path, things):
    envelope = explained(person, tmp_path, things["envelope"])
    assert envelope["what"] == "envelope"
    assert "sealed" in envelope["message"]
    assert things["lsp"] not in str(envelope)

    link = explained(person, tmp_path, things["link"], "--signature", things["signature"])
    assert (link["what"], link["step"], link["bound"]) == ("Link Message", "request", "yes")
    assert (link["mainProfile"], link["profile"]) == (things["alice"], things["lsp"])
    assert link["signedBy"] == link["owner"] == things["owner"]

    for text in (things["record"], things["record"].partition(",")[2]):
        record = explained(person, tmp_path, text)
        assert (record["what"], record["profile"]) == ("link record", things["lsp"])
        assert record["mainProfile"] == things["alice"]
        assert record["verified"].startswith("no")

    for text in (things["profile"], things["published"]):
        profile = explained(person, tmp_path, text)
        assert (profile["what"], profile["hash"]) == ("signed profile", things["hash"])


def test_inspect_as_a_program(person, tmp_path, things):
    (tmp_path / "thing").write_text(things["link"])
    assert person.must_here("inspect", str(tmp_path / "thing"))["what"] == "Link Message"
    assert person.must("inspect", "-", given=things["envelope"])["what"] == "envelope"


def test_inspect_tells_a_wrong_signature(person, tmp_path, things):
    other = explained(person, tmp_path, things["link"], "--signature", "0x1234")
    assert other["signedBy"].startswith("nobody")
    unbound = things["link"].partition("\nResources:")[0]
    assert explained(person, tmp_path, unbound)["bound"].startswith("NO")


def test_inspect_explains_a_link_message_as_a_sign_in_has_it(person, tmp_path, things):
    """A strict EIP-4361 message with the Link Message's statement, as linking reads it, too."""
    statement = (
        f"Link your local profile with your dm3 account: {things['alice']} "
        "(There is no paid transaction initiated. The signature is used off-chain only.)"
    )
    text = login(things["owner"], time.time(), statement=statement)
    link = explained(person, tmp_path, text)
    assert (link["what"], link["mainProfile"], link["owner"]) == (
        "Link Message",
        things["alice"],
        things["owner"],
    )
    assert refused(person, 8, "inspect", "-", given=login(things["owner"], time.time()))


GROUPS = sorted({words[:-1] for words, _ in COMMANDS if len(words) > 1} | {()})


@pytest.mark.parametrize("words", GROUPS, ids=" ".join)
def test_every_group_of_commands_begins_with_an_example(words, person):
    answer = person.run_here(*words, "--help")
    assert answer.code == 0
    assert re.search(rf"Examples?: dm3 {' '.join(words)}", answer.out), answer


def test_inspect_of_something_else_is_refused_in_a_sentence(person, tmp_path):
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    assert refused(person, 4, "inspect", str(tmp_path / "missing"))
    assert refused(person, 4, "inspect", str(tmp_path))
    assert refused(person, 3, "inspect", str(tmp_path / "binary"))
    for text in ("", "hello", "[]", "{}", "{", "data:", "data:application/json,{}", '{"profile": 1}'):
        answer = person.run_here("inspect", "-", given=text)
        assert answer.code in (3, 7, 8), (text, answer)
        assert answer.err.startswith("error: ")


def test_inspect_of_a_data_uri_in_itself_is_refused_in_a_sentence(person):
    for often in (2, 3, 5_000):
        answer = refused(person, 3, "inspect", "-", given="data:application/json," * often + "{}")
        assert "with another one in it" in answer["sentence"]
    assert refused(person, 7, "inspect", "-", given="data:" * 10_000)


def test_inspect_warns_of_the_text_that_gives_keys_away(person):
    for nonce, profile in ((DEFAULT_NONCE, "a main profile"), ("0x" + "ab" * 32, "a nonce of its own")):
        text = KeyCreationMessage("0x" + "11" * 20, nonce).text
        for typed in (text, "Good day!\n" + text.replace("\n", "\n\n")):
            facts = person.must_here("inspect", "-", given=typed)
            assert facts["what"] == "key-creation message"
            assert profile in facts["for"]
            assert "has the profile's keys" in facts["WARNING"]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_inspect_of_damaged_things_never_breaks(person, things, data):
    text = things[data.draw(st.sampled_from(["envelope", "link", "record", "profile"]))]
    start = data.draw(st.integers(0, len(text)))
    length = data.draw(st.sampled_from([0, 1, 5, 50]))
    put = data.draw(st.sampled_from(["", "9" * 18, "null", '"', "{", "\n", "\u202e", "\ufffd", "-1e400"]))
    damaged = text[:start] + put + text[start + length :]
    answer = person.run_here("inspect", "-", "--json", given=damaged)
    assert answer.code in (0, 3, 7, 8), answer
    assert isinstance(answer.data["ok"], bool)


def test_a_time_beyond_all_calendars_is_shown_as_a_number():
    assert local_time(999_999_999_999) == "999999999999 s after 1970"


def test_what_others_write_does_not_steer_the_terminal(person, things):
    record = json.loads(things["record"].partition(",")[2])
    record["linkMessageHash"] = "\x1b[2J\x07\u202eevil\x9b31m\r"
    answer = person.run_here("inspect", "-", given=canonical_json(record))
    assert answer.code == 0
    assert "evil" in answer.out
    assert not set("\x1b\x07\u202e\x9b\r") & set(answer.out)
    for_programs = person.must_here("inspect", "-", given=canonical_json(record))
    assert for_programs["linkMessageHash"] == record["linkMessageHash"]
    error = person.run_here("profile", "show", "\x1b[31mred.eth")
    assert error.code == 3
    assert "\x1b" not in error.err
