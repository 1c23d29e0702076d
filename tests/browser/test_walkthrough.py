"""docs/embedding.md as written, on an empty page: from nothing to a chat that is answered."""

from __future__ import annotations

import asyncio
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.browser.scene import PATIENCE, Visitor
from tests.e2e.cli_scene import Person
from tests.kit import happens

pytestmark = pytest.mark.asyncio(loop_scope="session")

GUIDE = Path(__file__).parents[2] / "docs" / "embedding.md"
FREE = [part for name in ("resolver", "delivery", "widget") for part in (f"--{name}-port", "0")]


def terminals() -> list[str]:
    """What the guide has people type, one line for each of its terminals."""
    text = GUIDE.read_text(encoding="utf-8")
    found = re.search(r"in three terminals.*?```\n(.*?)\n```", text, re.DOTALL)
    assert found is not None, "the guide says what to type"
    return [line.partition("#")[0].strip() for line in found[1].splitlines()]


@contextmanager
def page_server(command: str, folder: Path) -> Iterator[int]:
    """The guide's web server, at a free port; yields the port."""
    words = shlex.split(command.replace(" 8000", " 0"))
    assert words[:3] == ["python3", "-m", "http.server"]
    process = subprocess.Popen(
        [sys.executable, "-u", *words[1:], "--bind", "127.0.0.1"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        told = re.search(r"port (\d+)", process.stdout.readline())
        assert told is not None
        yield int(told[1])
    finally:
        process.terminate()
        process.communicate()


@contextmanager
def services(command: str, home: Path, port: int) -> Iterator[str]:
    """What the guide's first terminal shows once all serves, at free ports."""
    given = re.fullmatch(r'make up ARGS="(.*)"', command.replace(":8000", f":{port}"))
    assert given is not None
    operator = Person(home)
    process = operator.start("up", *shlex.split(given[1]), *FREE, "--data-dir", str(home / "site"))
    assert process.stdout is not None
    lines = [process.stdout.readline()]
    while "Stop with Ctrl-C" not in lines[-1]:
        lines.append(process.stdout.readline())
        assert lines[-1], operator.end(process)
    try:
        yield "".join(lines)
    finally:
        process.send_signal(signal.SIGTERM)
        assert operator.end(process).code == 0


async def test_an_empty_page_becomes_a_chat_that_is_answered(browser: Browser, tmp_path: Path):
    serve, profile, page = terminals()
    (tmp_path / "page").mkdir()
    with page_server(page, tmp_path / "page") as port, services(serve, tmp_path / "operator", port) as said:
        support = Person(tmp_path / "support")
        support.environment |= dict(re.findall(r"^  export (\w+)=(\S+)$", said, re.MULTILINE))
        for command in profile.split("&&"):
            answer = await asyncio.to_thread(support.run, *shlex.split(command)[1:])
            assert answer.code == 0, answer
        lines = re.findall(r"<script.*</script>|<dm3-chat.*</dm3-chat>", said)
        assert len(lines) == 2, said
        (tmp_path / "page" / "index.html").write_text("\n".join(lines))

        context = await browser.new_context()
        context.set_default_timeout(PATIENCE)
        visitor = Visitor(context, await context.new_page())
        await visitor.page.goto(f"http://localhost:{port}")
        await visitor.open()
        await visitor.write("Is anybody there?")

        async def inbox() -> str:
            answer = await asyncio.to_thread(support.run, "inbox")
            found = re.search(r"[\w.-]+\.addr\.dm3\.localhost", answer.out)
            return found[0] if found is not None and "Is anybody there?" in answer.out else ""

        name = await happens(inbox, "support finds the message in `dm3 inbox`")
        answer = await asyncio.to_thread(support.run, "send", name, "Yes, we are.")
        assert answer.code == 0, answer
        await visitor.bubble("Yes, we are.").wait_for()
        await context.close()
