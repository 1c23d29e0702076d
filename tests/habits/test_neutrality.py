"""What is committed is for every machine: it names no folder and no package registry of one."""

import os
import re
import shutil
import subprocess
from urllib.parse import urlsplit

import pytest

from tests.habits.files import ROOT, complaint, lines_matching, project_files

# Put together here, so that this file does not contain what it looks for.
FOLDERS = "|".join(("root", "work", "farm"))
MACHINE_PATH = re.compile("file:" + "///" + rf"|/({FOLDERS})/")

HIDDEN = {".ci", ".editorconfig", ".gitignore", ".npmrc"}
"""What begins with a dot and belongs here: everything else that does is left from somebody's work."""

REGISTRY_SETTINGS = (
    ("pip", "config", "get", "global.index-url"),
    ("pip", "config", "get", "global.extra-index-url"),
    ("npm", "config", "get", "registry"),
)


def test_no_machine_path_is_committed():
    # Prose may speak of such folders.
    named = [
        line
        for file in project_files()
        if file.suffix != ".md"
        for line in lines_matching(file, MACHINE_PATH)
    ]
    assert not named, complaint("paths of one machine stand in:", named)


def test_nothing_is_left_from_somebody_s_work():
    hidden = {part for file in project_files() for part in file.parts if part.startswith(".")}
    assert not hidden - HIDDEN, complaint("left from somebody's work:", sorted(hidden - HIDDEN))


def registry_hosts() -> set[str]:
    """The hosts that this machine's pip and npm fetch from."""
    settings = [os.environ.get("PIP_INDEX_URL", ""), os.environ.get("PIP_EXTRA_INDEX_URL", "")]
    for command in REGISTRY_SETTINGS:
        if shutil.which(command[0]):
            # Outside the project: what its own .npmrc says is not the machine's setting.
            asked = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
            settings.append(asked.stdout)
    urls = (urlsplit(word) for word in " ".join(settings).split())
    hosts = {url.hostname for url in urls if url.scheme in ("http", "https") and url.hostname}
    return {h for h in hosts if h != "localhost" and not h.startswith("127.")}


def test_no_package_registry_is_named():
    hosts = registry_hosts()
    if not hosts:
        pytest.skip("pip and npm name no registry host on this machine")
    pattern = re.compile("|".join(map(re.escape, sorted(hosts))))
    named = [line for file in project_files() for line in lines_matching(file, pattern)]
    assert not named, complaint("a package registry is named in (lock files included):", named)


def test_the_lock_is_pinned_with_hashes_only():
    for lock in ("base.txt", "dev.txt"):
        text = (ROOT / "requirements" / lock).read_text(encoding="utf-8").replace("\\\n", " ")
        entries = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
        assert entries, f"requirements/{lock} is empty"
        loose = [e.strip() for e in entries if "==" not in e or "--hash=sha256:" not in e]
        assert not loose, complaint(f"not pinned with a hash in requirements/{lock}:", loose)
