"""The chat in Firefox, which gives frames of other sites a storage of their own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.browser.firefox import Firefox, firefox, firefox_path
from tests.browser.scene import Scene

pytestmark = pytest.mark.asyncio(loop_scope="session")

_INSIDE = "return document.querySelector('dm3-chat')?.shadowRoot?.querySelector(arguments[0])"
_SAYS = """return [...document.querySelectorAll('.bubble')].some((one) => one.innerText.includes(arguments[0])
  && (!arguments[1] || one.querySelector(arguments[1])))"""


async def opened(window: Firefox) -> None:
    """Open the chat with the launcher, and go on in its frame."""
    await window.click(await window.until(_INSIDE, "button"))
    await window.into(await window.until(_INSIDE, "iframe"))
    await window.until("return document.querySelector('textarea')")


async def write(window: Firefox, text: str) -> None:
    await window.type(await window.run("return document.querySelector('textarea')"), text)
    await window.click(await window.run("return document.querySelector('form.composer button[type=submit]')"))
    await window.until(_SAYS, text, ".delivery.sent")


async def test_a_visitor_writes_and_reads_in_firefox_and_comes_back(scene: Scene, tmp_path: Path):
    path = firefox_path()
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no Firefox: apt-get install firefox-esr")
    async with firefox(path, tmp_path / "profile") as window:
        await window.visit(scene.origin)
        await opened(window)
        await write(window, "from Firefox")
        name = await scene.heard("from Firefox")
        assert await window.run("return document.querySelector('main').dataset.storage") == "own"
        await scene.desk.send(name, "welcome, Firefox")
        await scene.desk.deliver()
        await window.until(_SAYS, "welcome, Firefox", None)
        await window.into(None)
        await window.visit(scene.origin)
        await opened(window)
        await window.until(_SAYS, "from Firefox", None)
        await window.until(_SAYS, "welcome, Firefox", None)
        await write(window, "after the reload")
        assert await scene.heard("after the reload") == name
