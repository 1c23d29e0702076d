"""What one vector file is, and how it is written."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

Case = dict[str, Any]


@dataclass(frozen=True)
class VectorFile:
    """One file of `vectors/base/`: the ``section`` of the specification, ``extra`` top-level members."""

    name: str
    section: str
    description: str
    packages: tuple[str, ...]
    cases: list[Case]
    extra: dict[str, Any] = field(default_factory=dict)

    def content(self) -> dict[str, Any]:
        names = [f"@dm3-org/dm3-lib-{package} 1.7.1" for package in self.packages]
        return {
            "schema": 1,
            "name": self.name,
            "section": self.section,
            "description": self.description,
            "source": ", ".join(names),
            **self.extra,
            "cases": self.cases,
        }

    def text(self) -> str:
        # ASCII only: control characters, look-alikes and lone surrogates stay visible in reviews,
        # and no tool on the way can change them.
        return json.dumps(self.content(), indent=2, ensure_ascii=True) + "\n"
