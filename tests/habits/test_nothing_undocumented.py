"""What users, pages and peers meet stands in the documentation, by name.

Message types, JSON-RPC methods and HTTP endpoints are compared with docs/specification.md beside what else is
said there (`test_specification.py`); here are notices, events of the element and the methods of the SDK.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import dm3.client
from tests.habits.files import ROOT, complaint
from tests.kit.public_face import face_calls

CLIENT = Path(dm3.client.__file__).parent
WRITERS = {"Notice": 1, "put_notice": 2, "_put": 1}
"""What writes notices, and which of its arguments is the kind."""


def page(name: str) -> str:
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


def first_cells(name: str, heading: str) -> set[str]:
    """What stands as code in the first column of the table below this row."""
    table = page(name).partition(f"{heading}\n")[2].partition("\n\n")[0]
    return set(re.findall(r"^\| `([\w-]+)`", table, re.MULTILINE))


def written_kinds(tree: ast.Module) -> Iterator[str]:
    """The kinds of the notices that a file writes; a kind that it is given was found where it is given."""
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name | ast.Attribute):
            continue
        called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        if called in WRITERS and len(node.args) > WRITERS[called]:
            kind = node.args[WRITERS[called]]
            if isinstance(kind, ast.Constant):
                yield str(kind.value)
            elif isinstance(kind, ast.Name) and kind.id in constants:
                yield str(constants[kind.id])
            else:
                assert isinstance(kind, ast.Name), "the kind of a notice is a text or a constant of its file"
                assert kind.id == "kind", "the kind of a notice is a text or a constant of its file"


def test_every_kind_of_notice_stands_in_the_page_and_no_other():
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in CLIENT.rglob("*.py")]
    written = {kind for tree in trees for kind in written_kinds(tree)}
    assert len(written) > 5
    assert written == first_cells("sdk", "| kind of notice | when |\n| --- | --- |")


def test_every_event_of_the_element_stands_in_the_page_and_no_other():
    told = first_cells("embedding", "| event (`detail`) | when |\n| --- | --- |")
    sources = [
        file.read_text(encoding="utf-8")
        for folder in ("loader", "protocol", "client", "widget", "packages")
        for file in (ROOT / "web" / folder).rglob("*.ts*")
        if "node_modules" not in file.parts
    ]
    there = "\n".join(sources)
    typed = re.search(r"interface ChatEvents \{(.*?)\n\}", there, re.DOTALL)
    assert typed
    assert set(re.findall(r'"(dm3-[\w-]+)":', typed[1])) == told
    listed = re.search(r"type EventName = ([^;]*);", there)
    assert listed
    assert set(re.findall(r'"(dm3-[\w-]+)"', listed[1])) == told
    sent = set(re.findall(r'type: "event",\s*name: "(dm3-[\w-]+)"', there))
    assert "dm3-ready" in sent
    assert sent <= told


def test_every_public_method_stands_in_the_page():
    table = page("sdk").partition("### Methods and properties")[2]
    told = set(re.findall(r"^\| `(\w+)[^|]*\| ([^|]*) \|", table, re.MULTILINE))
    there = {(name, owner) for name, owners in told for owner in re.findall(r"`(\w+)`", owners)}
    missing = [
        where
        for where, _ in face_calls()
        if "." in where and tuple(reversed(where.split(".", 1))) not in there
    ]
    assert not missing, complaint("these are not in docs/sdk.md (make docs):", missing)
