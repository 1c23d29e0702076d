"""Each file of `vectors/` is read by the Python and by the TypeScript tests, or here stands why not."""

from __future__ import annotations

import re
from typing import Final

from tests.habits.files import ROOT

_DEVICES: Final = "devices of one person are messengers of a main profile, in Python"

NOT_IN_THE_BROWSER: Final = {
    **{
        f"devices/{name}": _DEVICES
        for name in ("handovers", "items", "join_codes", "new_keys", "sync_texts", "vouchings")
    },
    "linking/decisions": "the main profile's side: the messenger decides, in Python",
    "linking/requests": "the main profile's side: the messenger checks requests, in Python",
    "linking/paired_requests": "the main profile's side: the messenger checks requests, in Python",
    "linking/told_refusals": "the main profile's side: what of its refusals it tells",
    "linking/revocations": "the main profile's side: what a revocation ends there",
    "linking/owner_aliases": "the resolver checks these; tests/browser/test_returning.py shows it take them",
    "linking/records": "the browser publishes its record and reads nobody's; the messenger verifies them",
    "services/alias_texts": "the browser claims no alias but its owner's",
    "services/rpc_calls": "the browser calls services and is called by none",
    "services/properties": "the browser asks its own host, which reads what the services tell, in Python",
}
"""Files that no TypeScript test reads, and why."""


def files() -> set[str]:
    """Every file of vectors, as ``folder/name``."""
    found = (path.relative_to(ROOT / "vectors") for path in (ROOT / "vectors").glob("*/*.json"))
    return {path.with_suffix("").as_posix() for path in found if path.parent.name != "schema"}


def read_below(folder: str, suffix: str) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / folder).rglob(f"*{suffix}"))


def test_the_typescript_tests_read_every_file_or_here_stands_why_not():
    read = set(re.findall(r'"([a-z]+/[a-z_]+)"', read_below("web/tests", ".ts"))) & files()
    assert files() - read == set(NOT_IN_THE_BROWSER)


def test_the_python_tests_read_every_file():
    text = read_below("tests/unit", ".py") + read_below("tests/interop", ".py")
    lost = {name for name in files() if not re.search(rf'"{name.partition("/")[2]}(\.json)?"', text)}
    assert not lost
