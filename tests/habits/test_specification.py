"""``docs/specification.md`` says all that goes over the wire, and only what is so.

Each text that is signed stands in it as a template, which is filled in and compared; each example is one of
the vectors; endpoints, methods, types, labels and codes are those of the code; cited sections exist.
"""

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest

from dm3.base import sha256_hex
from dm3.crypto import KeyCreationMessage
from dm3.delivery.http.rpc import RpcEndpoint
from dm3.model import LinkKind, LinkMessage, MessageType, RecordKey
from dm3.protocol.escrow.challenge import EscrowChallenge
from dm3.protocol.linking import print_link_message
from dm3.protocol.linking.ending import _signed_text
from dm3.protocol.linking.telling import RejectCode
from dm3.protocol.names.alias_changes import Dating, claim_text, give_up_text
from dm3.protocol.names.claims import profile_update_message, record_text
from dm3.protocol.names.owner_alias import consent_text, owner_alias_message
from dm3.protocol.wallets.times import time_text
from dm3.service import build_app
from dm3.widget.forwarding import Forwarding
from dm3.widget.names import NameLookups
from dm3.widget.pages import page_routes
from dm3.widget.sending import Sending
from dm3.widget.wrapping import Wrapping
from dm3.wire import profile_message
from dm3.wire.dialects import TYPE_ALIASES, VOCABULARIES
from tests.habits.files import ROOT, complaint, project_files, text_of
from tests.habits.generated_docs import endpoints, services
from tests.habits.generated_errors import SERVICES, every_error, wire_codes

PAGE = (ROOT / "docs" / "specification.md").read_text(encoding="utf-8")
SECTION = re.compile(r"^#+ (\d+(?:\.\d+)*)\.? ", re.MULTILINE)
CITED = re.compile(r"\b[Ss]pecification(?:\.md)?`*\s(\d+(?:\.\d+)*(?:(?:, | and | to )\d+(?:\.\d+)+)*)")
BLOCK = re.compile(r"<!-- (text|example): ([^>]+?) -->\n```\n(.*?)\n```", re.DOTALL)
LABEL = re.compile(r"dm3lpp/v1/[a-z/-]+")

OWNER = "0xC2A6172DFaEd51ff87897068Fb0e205cfBc588BD"
LSP = "0xd2255a8fd6527da903edf8274c8a4ceb51b64c15.addr.myapp.eth"
HASHES = ["0x" + sign * 64 for sign in "abc"]
TIME = 1_800_000_000


def sections() -> set[str]:
    return set(SECTION.findall(PAGE))


def blocks(kind: str) -> list[tuple[str, str]]:
    return [(name, text) for found, name, text in BLOCK.findall(PAGE) if found == kind]


# --- sections -------------------------------------------------------------------------------------


def citations() -> Iterator[tuple[str, str]]:
    """Each number that somebody cites, with the place."""
    for file in project_files():
        if (
            file.suffix not in {".py", ".ts", ".tsx", ".md", ".json", ".toml"}
            or file.name == "package-lock.json"
        ):
            continue
        for found in CITED.finditer(text_of(file) or ""):
            for number in re.findall(r"\d+(?:\.\d+)*", found[1]):
                yield number, str(file)


def test_every_cited_section_exists():
    known = sections()
    lost = sorted({f"{file}: {number}" for number, file in citations() if number not in known})
    assert not lost, complaint("no such section in docs/specification.md:", lost)


def test_sections_are_cited_at_all():
    assert len(list(citations())) > 100


def test_nobody_cites_a_page_that_is_not_here():
    gone = re.compile(r"(?<![\w/-])(protocol|reference|quality|browser|house|testing)\.md")
    found = [
        f"{file}"
        for file in project_files()
        if file.suffix in {".py", ".ts", ".tsx", ".md"} and file.name != "CHANGELOG.md"
        if file.parts != ("tests", "habits", "test_specification.py") and gone.search(text_of(file) or "")
    ]
    assert not found, complaint("these cite a page that is not part of the project:", found)


def test_every_decision_says_of_which_section_it_is():
    text = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| ---")]
    assert len(rows) > 80
    numbers = {row: row.rsplit("|", 2)[1].strip() for row in rows}
    lost = [row[:80] for row, number in numbers.items() if number != "section" and number not in sections()]
    assert not lost, complaint(
        "the last column of docs/decisions.md is a section of the specification:", lost
    )


def test_every_vector_file_is_of_a_section_and_named_there():
    files = sorted(
        path for path in (ROOT / "vectors").glob("*/*.json") if not path.name.endswith(".schema.json")
    )
    assert len(files) > 20
    for file in files:
        section = json.loads(file.read_text(encoding="utf-8"))["section"]
        name = f"{file.parent.name}/{file.name}"
        assert section in sections(), name
        start = re.search(rf"^#+ {re.escape(section)}\.? ", PAGE, re.MULTILINE)
        assert start is not None
        end = re.compile(r"^#{1,3} ", re.MULTILINE).search(PAGE, start.end())
        assert f"`{name}`" in PAGE[start.start() : end.start() if end else None], (
            f"{name} is not named in {section}"
        )


# --- what the services offer ----------------------------------------------------------------------


def widget_paths() -> dict[str, Any]:
    """The paths of a widget host, whose files need not have been built for this."""
    nothing: Any = SimpleNamespace(directory=None, http=None)
    forwarding = Forwarding(nothing, nothing, nothing, nothing)
    app = build_app(
        "dm3 widget host",
        "0",
        [
            *page_routes(nothing, SimpleNamespace(manifest={"loader": "dm3.js"})),  # type: ignore[arg-type]
            *NameLookups(nothing, nothing, nothing).routes(),
            *forwarding.routes(),
            *Sending(nothing, forwarding, nothing, nothing, lambda: 0.0).routes(),
            *Wrapping(nothing, nothing, nothing, bytes, nothing).routes(),
        ],
        metrics=nothing,
    )
    paths: dict[str, Any] = app.openapi_schema.to_schema()["paths"]
    return paths


def routes() -> list[tuple[str, str]]:
    found = [
        (method, path)
        for method, path in re.findall(r"^\| `([A-Z]+)` \| `([^`]+)` ", endpoints(), re.MULTILINE)
    ]
    found += [(method.upper(), path) for path, item in widget_paths().items() for method in item]
    return found


def test_every_endpoint_stands_in_the_page():
    # Several methods may stand before one path, and a query behind it.
    told = {
        (method, re.sub(r"\?.*", "", path))
        for line in PAGE.splitlines()
        for methods, path in re.findall(r"((?:`?[A-Z]{3,6}`?,? )+)`?(/[^` ]*)`", line)
        for method in re.findall(r"[A-Z]+", methods)
    }
    missing = [
        f"{method} {path}" for method, path in routes() if (method, path.rstrip("/") or "/") not in told
    ]
    assert not missing, complaint("these endpoints are not in docs/specification.md:", missing)


def test_every_json_rpc_method_stands_in_the_page():
    delivery, _ = services()
    endpoint = delivery.app._rpc
    assert isinstance(endpoint, RpcEndpoint)
    assert set(endpoint._methods) == set(re.findall(r"^\| `(dm3_\w+)` ", PAGE, re.MULTILINE))


def test_every_code_stands_in_the_page():
    table = PAGE.partition("<!-- generated: wire-errors -->")[2].partition("<!-- /generated -->")[0]
    assert set(re.findall(r"^\| `([\w-]+)`", table, re.MULTILINE)) == set(wire_codes())


def test_every_code_of_troubles_stands_in_the_page():
    calls = [
        node
        for file in project_files()
        if file.suffix == ".py" and file.parts[:2] == ("src", "dm3")
        for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Trouble"
    ]
    codes = {call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant)}
    table = PAGE.partition("Codes of `troubles`")[2].partition("\n\n#### ")[0]
    assert set(re.findall(r"`([a-z-]+)`", table.partition("| --- | --- |")[2])) == codes != set()


# --- what messages say ----------------------------------------------------------------------------


def test_every_message_type_stands_in_the_page():
    types = {*MessageType, *TYPE_ALIASES, *(t for v in VOCABULARIES.values() for t in v.types.values())}
    table = PAGE.partition("| type | what it does |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([A-Z_]{3,})`", table)) == types


def test_every_member_of_a_link_and_every_code_of_a_rejection_stands_in_the_page():
    members = {f"`{name}`" for v in VOCABULARIES.values() for name in (v.member, *v.fields.values())}
    assert not {name for name in members if name not in PAGE}
    ends = PAGE.partition("### 3.9")[2].partition("## 4.")[0]
    table = ends.partition("| `code` | what it says |")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `([\w-]+)`", table, re.MULTILINE)) == set(RejectCode)


def test_every_text_record_stands_in_the_page():
    assert not [key for key in RecordKey if f"`{key}`" not in PAGE]


# --- what is signed and derived -------------------------------------------------------------------


def spoken() -> dict[str, tuple[dict[str, str], str]]:
    """For each text: what its placeholders stand for, and the text as the code makes it."""
    issued, expires = time_text(TIME), time_text(TIME + 300)
    alias = f"lsp.{OWNER.lower()}.myapp.eth"
    nonce = "ab" * 16
    message = LinkMessage(
        main_name="alice.user.dm3.eth",
        uri="https://myapp.example",
        nonce=nonce,
        issued_at=TIME,
        expires_at=TIME + 300,
        kind=LinkKind.RECOVER,
        profile_name=LSP,
        profile_hash=HASHES[0],
        recover_into=HASHES[1],
        owner=OWNER,
    )
    dated = {"alias": "bob.user.dm3.eth", "issued": issued, "after": HASHES[0]}
    dating = Dating(issued, HASHES[0])
    times = {"nonce": nonce, "issued": issued, "expires": expires}
    challenge = EscrowChallenge(
        service="ds.myapp.eth",
        app="myapp.eth",
        owner=OWNER,
        nonce=nonce,
        issued_at=TIME,
        expires_at=TIME + 300,
    )
    return {
        "key-creation": (
            {"domain": "myapp.example", "address": OWNER, "uri": "https://myapp.example", "nonce": nonce},
            KeyCreationMessage(OWNER, nonce, "myapp.example", "https://myapp.example").text,
        ),
        "profile": ({"address": OWNER, "profile": '{"a":1}'}, profile_message('{"a":1}', OWNER)),
        "profile-update": (
            {"name": LSP, "old": HASHES[0], "new": HASHES[1]},
            profile_update_message(LSP, HASHES[0], HASHES[1]),
        ),
        "record": (
            {"name": LSP, "key": RecordKey.LINK, "issuedAt": str(TIME), "hash": sha256_hex("value")},
            record_text(LSP, RecordKey.LINK, TIME, "value"),
        ),
        "consent": ({"alias": alias}, consent_text(alias)),
        "owner-alias": (
            {"domain": "myapp.eth", "owner": OWNER, "name": LSP, "replaced": alias, **times},
            owner_alias_message("myapp.eth", OWNER, LSP, nonce, TIME, TIME + 300, replaces=alias),
        ),
        "link-message": (
            {
                "main": "alice.user.dm3.eth",
                "uri": "https://myapp.example",
                "chain": "1",
                "type": "LINK_RECOVER",
                "profile": LSP,
                "hash": HASHES[0],
                "temporary": HASHES[1],
                "owner": OWNER,
                **times,
            },
            print_link_message(message),
        ),
        "escrow-challenge": (
            {"service": "ds.myapp.eth", "app": "myapp.eth", "owner": OWNER, **times},
            challenge.text,
        ),
        "reject": ({"hash": sha256_hex("text")}, _signed_text(LinkKind.REJECT, "text")),
        "revoke": ({"hash": sha256_hex("text")}, _signed_text(LinkKind.REVOKE, "text")),
        "alias": (dated, claim_text(dated["alias"], dating)),
        "remove": (dated, give_up_text(dated["alias"], dating)),
    }


@pytest.mark.parametrize("name", sorted(spoken()))
def test_the_texts_that_are_signed_are_those_of_the_page(name):
    values, expected = spoken()[name]
    template = dict(blocks("text"))[name]
    assert set(re.findall(r"\{(\w+)\}", template)) == set(values)
    assert re.sub(r"\{(\w+)\}", lambda found: values[found[1]], template) == expected


def test_every_text_of_the_page_is_compared():
    assert {name for name, _ in blocks("text")} == set(spoken())


def labels_in_sources() -> set[str]:
    """The beginnings of all labels, up to the first value in them."""
    found = set()
    for file in project_files():
        if file.suffix == ".py" and file.parts[:2] == ("src", "dm3"):
            tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
            texts = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)]
            texts = [t.decode("ascii", "replace") if isinstance(t, bytes) else t for t in texts]
            found |= {hit for t in texts if isinstance(t, str) for hit in LABEL.findall(t)}
        elif file.suffix == ".ts" and file.parts[0] == "web":
            found |= set(LABEL.findall(text_of(file) or ""))
    return found


def test_every_label_stands_in_the_page_and_no_other():
    table = PAGE.partition("| label | used for |")[2].partition("\n\n")[0]
    assert set(LABEL.findall(table)) == labels_in_sources()


# --- examples -------------------------------------------------------------------------------------


@cache
def vector(file: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "vectors" / file).read_text(encoding="utf-8"))
    return found


def values_in(value: Any) -> Iterator[Any]:
    yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from values_in(inner)


@pytest.mark.parametrize(("source", "text"), blocks("example"))
def test_the_examples_are_those_of_the_vectors(source, text):
    file, _, name = source.partition(": ")
    [case] = [case for case in vector(file)["cases"] if case["name"] == name]
    assert text in list(values_in(case))


def test_every_room_whose_errors_are_answers_has_errors():
    """One that was moved elsewhere would take its codes out of the specification without a word."""
    modules = {kind.__module__ for _, kind in every_error()}
    assert [room for room in SERVICES if not any(f"{name}.".startswith(f"{room}.") for name in modules)] == []
