"""CONTRIBUTING and RELEASING lead to what is there: files, targets, tests, names of the code."""

import re

import pytest

from tests.habits.files import ROOT, complaint

GUIDES = ("CONTRIBUTING.md", "RELEASING.md")
PATH = re.compile(r"(?<![\w/.*])((?:src|tests|docs|web|vectors|bench|tools|requirements)/[\w./-]*)")
TARGET = re.compile(r"\bmake ([a-z][a-z-]+)\b(?! [a-z])")


def targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def code_of(text: str) -> str:
    """What stands in backticks, single or in blocks."""
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))


@pytest.mark.parametrize("guide", GUIDES)
def test_every_path_is_there(guide):
    named = {path.rstrip(".") for path in PATH.findall((ROOT / guide).read_text("utf-8"))}
    assert len(named) > 3
    gone = sorted(path for path in named if not (ROOT / path).exists())
    assert not gone, complaint(f"{guide} sends people to what is not there:", gone)


@pytest.mark.parametrize("guide", GUIDES)
def test_every_target_is_there(guide):
    named = set(TARGET.findall(code_of((ROOT / guide).read_text("utf-8"))))
    assert len(named) > 5
    assert named <= targets()


@pytest.mark.parametrize(
    "defined",
    [
        "class MessageType(",
        "class Meaning(",
        "TABLE: Final",
        "CLIENT: Final",
        "COMMANDS: Final",
        "class NameSource(",
        "class FileNames:",
        "class NetworkSettings(",
        "class IdentityV1(",
    ],
)
def test_what_the_recipes_speak_of_is_in_the_files_that_they_name(defined):
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    files = {path for path in PATH.findall(text) if path.endswith(".py")}
    assert any(f"\n{defined}" in (ROOT / file).read_text("utf-8") for file in files)
