"""What the program says, compared word for word with what it said before.

A transcript lies in `tests/transcripts`, with labels for what differs from run to run: addresses, hashes,
ports, times. The same thing has the same label throughout, so a mix-up is seen. Where the new words are
right, `DM3_WRITE_TRANSCRIPTS=1` before the command that runs the tests writes them down anew, to be read in
the diff.
"""

from __future__ import annotations

import difflib
import os
import re
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[1] / "transcripts"
WRITE: Final = "DM3_WRITE_TRANSCRIPTS"
DAY: Final = 86_400

_HEX: Final = re.compile(r"0x([0-9a-fA-F]+)(?:(…|\.\.\.)([0-9a-fA-F]*))?")
_KINDS: Final = {40: "address", 64: "hash", 130: "signature"}
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\dZ)?")
_SECONDS: Final = re.compile(r"(?<![\w.])(1[6-9]|2\d)\d{8}(\d{3})?(?![\w.])")
_SPENT: Final = re.compile(r"(?<![\w.])\d+(\.\d+)?(?= (ms|s)\b)|(?<=\"seconds\": )\d+(\.\d+)?")
_SIGNED: Final = re.compile(r"(?<![\w+/])[\w+/]{86}==")
_ID: Final = re.compile(r"(?<![\w])[0-9a-f]{24}(?![\w])")
_PORT: Final = re.compile(r"(?<=127\.0\.0\.1:)\d+")


class Labels:
    """Puts a label in place of what is another thing in each run."""

    def __init__(self, known: Mapping[str, str] | None = None, *, spent: bool = False) -> None:
        """``known``: texts of this run, and what stands for each. ``spent``: durations vary, too."""
        self._known = dict(sorted((known or {}).items(), key=lambda one: -len(one[0])))
        self._spent = spent
        self._numbers: dict[str, dict[str, int]] = {}
        self._whole: list[str] = []

    def put(self, text: str) -> str:
        """``text`` with labels; what was met before keeps its own."""
        for found, label in self._known.items():
            text = text.replace(found, label)
        self._whole += [one[0].lower() for one in _HEX.finditer(text) if not one[2] and len(one[1]) in _KINDS]
        text = _HEX.sub(self._thing, text)
        text = _DATE.sub(lambda one: self._moment(datetime.fromisoformat(one[0]).timestamp()), text)
        text = _SECONDS.sub(lambda one: self._moment(int(one[0]) / (1_000 if one[2] else 1)), text)
        text = _SIGNED.sub(lambda one: self._label("signed", one[0]), text)
        text = _ID.sub(lambda one: self._label("id", one[0]), text)
        text = _PORT.sub(lambda one: self._label("port", one[0]), text)
        return _SPENT.sub("<some>", text) if self._spent else text

    def _thing(self, found: re.Match[str]) -> str:
        head, gap, tail = found.groups()
        given = found[0].lower()
        if gap is None:
            kind = _KINDS.get(len(head))
            if kind is None:
                return self._beginning(found[0])
            written = kind if found[0] == given else kind.capitalize()
            return self._label(written, given, of=kind)
        begins, ends = f"0x{head.lower()}", (tail or "").lower()
        whole = [one for one in self._whole if one.startswith(begins) and one.endswith(ends)]
        return f"{self._shortened(whole[0])}{gap}" if whole else self._label("short", given)

    def _beginning(self, given: str) -> str:
        """Of an address or hash that is shown by its beginning; other figures stay."""
        whole = [one for one in self._whole if one.startswith(given.lower())] if len(given) >= 8 else []
        return f"{self._shortened(whole[0])}…" if whole else given

    def _shortened(self, whole: str) -> str:
        kind = _KINDS[len(whole) - 2]
        return f"<{kind} {self._number(kind, whole)}>"

    def _moment(self, at: float) -> str:
        days = round((at - time.time()) / DAY, 1) or 0.0
        return f"<now {days:+.1f} days>" if days else "<now>"

    def _label(self, written: str, thing: str, *, of: str = "") -> str:
        return f"<{written} {self._number(of or written, thing)}>"

    def _number(self, kind: str, thing: str) -> int:
        numbers = self._numbers.setdefault(kind, {})
        return numbers.setdefault(thing, len(numbers) + 1)


def compare(name: str, said: str) -> None:
    """Fail unless ``said``, with its labels, is the transcript ``name``."""
    file = FOLDER / f"{name}.txt"
    said = "".join(f"{line.rstrip()}\n" for line in said.splitlines())
    if os.environ.get(WRITE):
        file.write_text(said, "utf-8")
    kept = file.read_text("utf-8") if file.exists() else ""
    if said != kept:
        lines = difflib.unified_diff(
            kept.splitlines(), said.splitlines(), f"{name}.txt", "said now", lineterm=""
        )
        raise AssertionError("\n".join((*lines, f"Is that right? Then write it down: {WRITE}=1 …")))
