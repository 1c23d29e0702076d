"""What one file of `vectors/services/` is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

Case = dict[str, Any]


@dataclass(frozen=True)
class VectorFile:
    """One file: its name (without ``.json``), section of the specification, what it is about, its cases."""

    name: str
    section: str
    description: str
    cases: list[Case]

    def text(self) -> str:
        """The file's text, ASCII only."""
        content = {
            "schema": 1,
            "name": self.name,
            "section": self.section,
            "description": self.description,
            "cases": self.cases,
        }
        return json.dumps(content, indent=1, ensure_ascii=True) + "\n"


def good(name: str, *, expected: Any, **given: Any) -> Case:
    """A case that holds."""
    return {"name": name, "valid": True, **given, "expected": expected}


def bad(name: str, failure: str, **given: Any) -> Case:
    """A case with one fault."""
    return {"name": name, "valid": False, "failure": failure, **given}
