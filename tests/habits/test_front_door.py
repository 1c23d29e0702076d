"""`make help` shows every target, and only what is there."""

import re
import shutil
import subprocess

import pytest

from tests.habits.files import ROOT


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
def test_make_help_shows_every_target():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, flags=re.MULTILINE))
    phony = set(re.findall(r"^\.PHONY:(.*)$", makefile, flags=re.MULTILINE)[0].split())
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    helped = set(re.findall(r"^  ([a-z][a-z-]*) +\S", shown.stdout, flags=re.MULTILINE))
    assert targets, "no target found in the Makefile"
    assert helped == targets, "give every target a `## description` for make help"
    assert phony == targets, "every target with a name of its own belongs in .PHONY"
