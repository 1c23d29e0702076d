"""Habits of the sources: short files, telling names, no leftovers."""

import ast
import re
from pathlib import Path

from tests.habits.files import ROOT, complaint, project_files, text_of

LONGEST = 300
SOURCE_SUFFIXES = {".css", ".html", ".js", ".mjs", ".py", ".ts", ".tsx"}
# Data and history are as long as they are; a test file may tell a long story.
NOT_MEASURED = {"migrations", "test", "tests", "vectors"}
# A name that says nothing about what is inside.
EMPTY_NAMES = re.compile(r"^_?(util|utils|helper|helpers|manager|managers|handler\d+|\w+_edges)$")
LEFTOVER = re.compile(r"\b(TODO|FIXME|XXX)\b")


def sources(*tops: str) -> list[Path]:
    return [file for file in project_files() if file.parts[0] in tops and file.suffix in SOURCE_SUFFIXES]


def test_no_source_file_is_over_300_lines():
    long = [
        f"{length} {file}"
        for file in sources("src", "web", "bench", "examples")
        if not NOT_MEASURED & set(file.parts)
        and (length := len((text_of(file) or "").splitlines())) > LONGEST
    ]
    assert not long, complaint(f"over {LONGEST} lines, asking to be two rooms:", long)


def test_names_say_what_is_inside():
    empty = [
        str(file)
        for file in sources("src", "web", "tests", "bench", "examples")
        if any(EMPTY_NAMES.match(Path(part).stem.lower()) for part in file.parts)
    ]
    assert not empty, complaint("these names say nothing about what is inside:", empty)


def test_editors_break_lines_where_ruff_does():
    rules, project = (
        (ROOT / file).read_text(encoding="utf-8") for file in (".editorconfig", "pyproject.toml")
    )
    python = rules.partition("[*.py]")[2].partition("[")[0]
    [editors] = re.findall(r"^max_line_length = (\d+)$", python, re.MULTILINE)
    [ruffs] = re.findall(r"^line-length = (\d+)$", project, re.MULTILINE)
    assert editors == ruffs


def test_only_the_command_line_prints():
    printing = []
    for file in sources("src"):
        if file.suffix != ".py" or file.is_relative_to("src/dm3/cli"):
            continue
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"), filename=str(file))
        printing += [
            f"{file}:{node.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
        ]
    assert not printing, complaint("print() belongs to dm3.cli; log or return instead:", printing)


def test_unit_tests_import_no_scenes():
    """What they share with tests over real services is in `tests/kit`."""
    scenes = re.compile(r"^\s*(?:from|import) tests\.(?:e2e|browser)\b", re.MULTILINE)
    reaching = [
        str(file)
        for file in sources("tests")
        if file.parts[1] in ("unit", "kit", "contract") and scenes.search(text_of(file) or "")
    ]
    assert not reaching, complaint("put what is shared into tests/kit:", reaching)


def test_nothing_is_left_over_in_src():
    left = [
        f"{file}:{number}: {line.strip()}"
        for file in project_files()
        if file.parts[0] == "src"
        for number, line in enumerate((text_of(file) or "").splitlines(), start=1)
        if LEFTOVER.search(line)
    ]
    assert not left, complaint("finish it, or file an issue for it:", left)
