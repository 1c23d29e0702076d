"""The sources of the site: the project's pages as they are, and one of directives for each kind of name."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests.habits.generated_sdk import kind
from tests.kit.public_face import FACE

START = "README.md"
TITLES = {
    "function": "Functions",
    "object": "Objects",
    "record": "Records",
    "value": "Values",
    "error": "Errors",
}
OPTIONS = {
    "function": (),
    "object": (":members:", ":inherited-members:", ":undoc-members:"),
    "record": (":members:", ":inherited-members: Struct", ":undoc-members:"),
    "value": (":members:", ":undoc-members:"),
    "error": (":members:", ":undoc-members:", ":show-inheritance:"),
}
"""What of a name is shown. Members without a docstring are fields: their type is what there is to say."""


def project_pages(root: Path) -> list[Path]:
    """The pages of the project in the order of the site, relative to ``root``."""
    first = [
        START,
        "docs/messenger.md",
        "docs/embedding.md",
        "docs/sdk.md",
        "docs/ens.md",
        "docs/operating.md",
    ]
    rest = [*sorted(root.glob("docs/*.md")), root / "vectors/README.md", *sorted(root.glob("*.md"))]
    names = dict.fromkeys([*first, *(str(page.relative_to(root)) for page in rest)])
    return [Path(name) for name in names if (root / name).is_file()]


def write_pages(root: Path, pages: list[Path], folder: Path) -> None:
    """Copy ``pages`` into ``folder``, where they keep their places; README.md becomes the start."""
    for page in pages:
        text = (root / page).read_text(encoding="utf-8")
        text = re.sub(r"\]\(((?:\.\./)*)README\.md(?=[)#])", r"](\1index.md", text)
        there = folder / ("index.md" if str(page) == START else page)
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_text(text, encoding="utf-8")
    if (pictures := root / "docs/pictures").exists():
        shutil.copytree(pictures, folder / "docs/pictures")
    others = [str(page.with_suffix("")) for page in pages if str(page) != START]
    listed = "\n".join([*others, "api/index"] if (folder / "api").exists() else others)
    with (folder / "index.md").open("a", encoding="utf-8") as start:
        start.write(f"\n```{{toctree}}\n:hidden:\n\n{listed}\n```\n")


def write_reference(folder: Path) -> None:
    """A page for each kind of public name of `dm3`, filled in from the docstrings."""
    api = folder / "api"
    api.mkdir(parents=True)
    index = "API reference\n=============\n\n.. toctree::\n   :maxdepth: 2\n\n"
    for which, title in TITLES.items():
        lines = [title, "=" * len(title), ""]
        for name, thing in FACE.items():
            if kind(thing) == which and not name.startswith("_"):
                directive = {"function": "autofunction", "error": "autoexception"}.get(which, "autoclass")
                lines += [f".. {directive}:: dm3.{name}", *(f"   {option}" for option in OPTIONS[which]), ""]
        (api / f"{which}s.rst").write_text("\n".join(lines), encoding="utf-8")
        index += f"   {which}s\n"
    (api / "index.rst").write_text(index, encoding="utf-8")
