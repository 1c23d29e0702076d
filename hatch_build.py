"""The build's own parts: a check that the browser's part is there, and what an index of packages shows.

An index shows the README without the files beside it. Built with ``DM3_HOME=https://…``, the address of the
repository, its links and pictures lead there, and the package names the address; without, what would lead
nowhere is left out.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Final

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

BUILT = ("src/dm3/widget/static/manifest.json", "src/dm3/messenger/static/htmx.min.js")
HOME: Final = "DM3_HOME"
PAGES: Final = {
    "Documentation": "tree/main/docs",
    "Specification": "blob/main/docs/specification.md",
    "Changelog": "blob/main/CHANGELOG.md",
}
_PICTURE: Final = re.compile(r"!\[([^\]]*)\]\((?!https?:)([^)]+)\)\n*")
_LINK: Final = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?:)([^)]+)\)")
_MARK: Final = re.compile(r"<!--.*?-->\n?", re.DOTALL)


class BrowserPart(BuildHookInterface[Any]):
    """Refuse to build a wheel or an sdist before `make web`; an editable install may do without."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Raise `FileNotFoundError` where the built files are missing."""
        missing = [file for file in BUILT if not (Path(self.root) / file).exists()]
        if version != "editable" and missing:
            raise FileNotFoundError(f"{missing[0]} is missing: run `make web` first")


class ShownAtIndex(MetadataHookInterface):
    """README and addresses as an index of packages shows them."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Put them into ``metadata``. Raises `ValueError` for an address that is none of the web."""
        home = os.environ.get(HOME, "").rstrip("/")
        if home and not home.startswith("https://"):
            raise ValueError(f"{HOME} is to be the address of the repository, https://…")
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": readme_at_index(text, home)}
        if home:
            pages = {name: f"{home}/{path}" for name, path in PAGES.items()}
            metadata["urls"] = {"Homepage": home, **pages, "Issues": f"{home}/issues"}


def readme_at_index(text: str, home: str) -> str:
    """The README ``text`` with links that lead to the repository at ``home``; with none where there is none.

    Marks for the project's own tests are left out.
    """
    text = _MARK.sub("", text)
    if not home:
        return _LINK.sub(r"\1", _PICTURE.sub("", text))
    text = re.sub(r"!\[([^\]]*)\]\((?!https?:)([^)]+)\)", rf"![\1]({home}/raw/main/\2)", text)
    return _LINK.sub(rf"[\1]({home}/blob/main/\2)", text)
