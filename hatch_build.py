"""The build's own check: a package without the browser's part would serve no chat."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUILT = ("src/dm3/widget/static/manifest.json", "src/dm3/messenger/static/htmx.min.js")


class BrowserPart(BuildHookInterface[Any]):
    """Refuse to build a wheel or an sdist before `make web`; an editable install may do without."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Raise `FileNotFoundError` where the built files are missing."""
        missing = [file for file in BUILT if not (Path(self.root) / file).exists()]
        if version != "editable" and missing:
            raise FileNotFoundError(f"{missing[0]} is missing: run `make web` first")
