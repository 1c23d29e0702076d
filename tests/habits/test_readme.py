"""The Python of the README runs.

A snippet with the comment ``<!-- test: NAME -->`` before it is run, in the order of the file and in one
namespace, as the body of one async function; the names `resolvers`, `wallet` and `visitor_wallet` are there.
"""

import ast
import os
import re
import textwrap

import pytest

import dm3
from tests.e2e.sdk_scene import place_in
from tests.habits.files import ROOT

SNIPPET = re.compile(r"^<!-- test: ([\w-]+) -->\s*^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FENCE = re.compile(r"^```python$", re.MULTILINE)
MARK = re.compile(r"^<!-- test: ", re.MULTILINE)


def snippets(text: str) -> dict[str, str]:
    """The marked snippets by name, in their order."""
    found = SNIPPET.findall(text)
    names = [name for name, _ in found]
    assert len(set(names)) == len(names), f"a name is used twice: {names}"
    assert len(found) == len(MARK.findall(text)), "a mark has no ```python after it"
    return dict(found)


def program(parts: dict[str, str], given: tuple[str, ...]) -> ast.Module:
    """The snippets as the body of ``async def readme(…)``; a name keeps its value from part to part."""
    function = ast.parse(f"async def readme({', '.join(given)}): pass")
    body: list[ast.stmt] = []
    for name, text in parts.items():
        lines = ast.parse(
            f"async def part():\n{textwrap.indent(text, '    ')}", filename=f"README.md: {name}"
        )
        assert isinstance(lines.body[0], ast.AsyncFunctionDef)
        body += lines.body[0].body
    assert isinstance(function.body[0], ast.AsyncFunctionDef)
    function.body[0].body = body
    return ast.fix_missing_locations(function)


async def run(parts: dict[str, str], **given) -> None:
    namespace: dict = {"__name__": "readme"}
    exec(compile(program(parts, tuple(given)), "README.md", "exec"), namespace)
    await namespace["readme"](**given)


README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_python_snippet_is_marked():
    assert len(snippets(README)) == len(FENCE.findall(README)) > 0


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # a snippet need not show how it ends
async def test_the_snippets_of_the_readme_run(tmp_path, monkeypatch, capsys):
    clients = []
    connect = dm3.connect

    async def remember(*arguments, **options):
        clients.append(await connect(*arguments, **options))
        return clients[-1]

    monkeypatch.setattr(dm3, "connect", remember)
    monkeypatch.chdir(tmp_path)  # vaults that a snippet makes
    async with place_in(tmp_path / "sites") as place:
        wallets = [dm3.KeyWallet(dm3.WalletKey(os.urandom(32))) for _ in range(2)]
        try:
            await run(
                snippets(README), resolvers=place.resolvers, wallet=wallets[0], visitor_wallet=wallets[1]
            )
        finally:
            for client in clients:
                await client.close()
    said = capsys.readouterr().out
    assert "alice.user.dm3.eth" in said
    assert "Hello from the page!" in said
    assert "linked" in said.split()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("<!-- test: a -->\nno snippet", "no ```python"),
        ("<!-- test: a -->\n```python\n1\n```\n<!-- test: a -->\n```python\n2\n```", "used twice"),
    ],
)
def test_marks_that_do_not_fit_are_found(text, complaint):
    with pytest.raises(AssertionError, match=complaint):
        snippets(text)


async def test_a_snippet_that_goes_wrong_is_named():
    broken = {"first": "x = 1\n", "second": "assert x == given\nraise LookupError('line 2')\n"}
    with pytest.raises(LookupError, match="line 2"):
        await run(broken, given=1)
    with pytest.raises(SyntaxError) as refused:
        await run({"wrong": "x = = 1\n"})
    assert refused.value.filename == "README.md: wrong"
