"""The Python of the documentation has the types that it says.

Every page with ```python blocks becomes a module in which each block is the body of an async function, and
mypy checks all of them in one run, as strictly as the project. Line numbers are those of the page. What a
block takes for granted stands in a comment of the page, as Python:

    <!-- given
    client: dm3.Client
    -->

Blocks that `test_readme` runs are one function, as they are there.
"""

import re
import subprocess
import sys
from pathlib import Path

from tests.habits.files import ROOT, complaint, project_files

FENCE = re.compile(r"^( *)```python\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
GIVEN = re.compile(r"^<!-- given\n(.*?)^-->$", re.MULTILINE | re.DOTALL)
CONTINUES = re.compile(r"<!-- test: [\w-]+ -->\s*\Z")
HEAD = "import dm3"
"""Stands in the first line of each module, where every page has its title."""


def pages() -> list[Path]:
    """The pages with Python in them, relative to the project."""
    texts = [page for page in project_files() if page.suffix == ".md"]
    return [page for page in texts if FENCE.search((ROOT / page).read_text(encoding="utf-8"))]


def module(text: str) -> str:
    """The page ``text`` as Python: each line where it is in the page, and nothing of the prose."""
    lines = [""] * (text.count("\n") + 1)
    lines[0] = HEAD
    for given in GIVEN.finditer(text):
        first = text.count("\n", 0, given.start(1))
        lines[first : first + given[1].count("\n")] = given[1].splitlines()
    running = False
    for block in FENCE.finditer(text):
        fence = text.count("\n", 0, block.start())
        marked = bool(CONTINUES.search(text, 0, block.start()))
        if not (marked and running):
            lines[fence] = f"async def at_line_{fence + 1}() -> None:"
        running = marked
        for number, line in enumerate(block[2].splitlines(), start=fence + 1):
            lines[number] = f"    {line.removeprefix(block[1])}" if line.strip() else ""
    return "\n".join(lines) + "\n"


def mypy(folder: Path, texts: dict[str, str]) -> list[str]:
    """What mypy says of these pages, by ``page:line``."""
    names = {}
    for page, text in texts.items():
        name = re.sub(r"\W", "_", page) + ".py"
        names[name] = page
        (folder / name).write_text(module(text), encoding="utf-8")
    options = ["--no-error-summary", "--hide-error-context", "--no-pretty"]
    options += ["--enable-error-code", "unused-awaitable"]
    # In the project's folder, so that the cache of `make check` serves.
    run = subprocess.run(
        [sys.executable, "-m", "mypy", *options, *(str(folder / name) for name in names)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode in (0, 1), run.stdout + run.stderr
    said = [line for line in run.stdout.splitlines() if ": error: " in line]
    assert run.returncode == bool(said), run.stdout + run.stderr
    return [re.sub(r"^.*?(\w+\.py)(?=:)", lambda found: names[found[1]], line) for line in said]


def test_the_python_of_the_documentation_has_the_types_that_it_says(tmp_path):
    texts = {str(page): (ROOT / page).read_text(encoding="utf-8") for page in pages()}
    assert {"README.md", "docs/embedding.md", "docs/ens.md"} <= set(texts)
    wrong = mypy(tmp_path, texts)
    assert not wrong, complaint("not so in the code (what a block takes for granted: <!-- given):", wrong)


WRONG = {
    "a page.md": ("# t\n\n```python\nawait dm3.connekt({})\n```\n", 4, "connekt"),
    "given.md": (
        "# t\n\n```python\nclient.close()\n```\n<!-- given\nclient: dm3.Client\n-->\n",
        4,
        "must be used",
    ),
    "list.md": ("# t\n- a\n  ```python\n  for x in (1,):\n      x.y\n  ```\n", 5, 'no attribute "y"'),
    "two.md": ("# t\n```python\na = 1\n```\n```python\nprint(a)\n```\n", 6, 'Name "a" is not defined'),
    "docs/one.md": (
        "# t\n<!-- test: x -->\n```python\na = 1\n```\n<!-- test: y -->\n```python\na.z\n```\n",
        8,
        'no attribute "z"',
    ),
}


def test_what_is_wrong_in_a_page_is_told_with_its_line(tmp_path):
    said = mypy(tmp_path, {page: text for page, (text, _, _) in WRONG.items()})
    assert len(said) == len(WRONG)
    for page, (_, line, wrong) in WRONG.items():
        [one] = [found for found in said if found.startswith(f"{page}:{line}: error: ")]
        assert wrong in one
