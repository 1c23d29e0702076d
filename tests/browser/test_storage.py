"""Where a visitor's keys lie, as the visitor meets it: what a browser allows decides, and is told."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.browser.chromium import ARGUMENTS, chromium_path
from tests.browser.scene import PATIENCE, Scene, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

BLOCKED = {"profile": {"default_content_setting_values": {"cookies": 2}}}
"""A browser whose user lets no site keep anything: pages and frames get errors, not empty storages."""
ALLOWED = {"profile": {"cookie_controls_mode": 0}}
"""A browser whose user lets frames of other sites keep things."""


@asynccontextmanager
async def set_up(scene: Scene, folder: Path, preferences: dict[str, Any]) -> AsyncIterator[Visitor]:
    """A visitor whose browser has these preferences, and a profile on the disk."""
    (folder / "Default").mkdir(parents=True)
    (folder / "Default" / "Preferences").write_text(json.dumps(preferences))
    context = await scene.browser.browser_type.launch_persistent_context(
        folder, executable_path=chromium_path(), args=ARGUMENTS, timeout=PATIENCE
    )
    context.set_default_timeout(PATIENCE)
    visitor = Visitor(context, context.pages[0])
    visitor.page.on("pageerror", lambda error: visitor.errors.append(str(error)))
    await visitor.page.goto(scene.origin)
    yield visitor
    await context.close()


def garden(scene: Scene) -> str:
    """Another site that may show the chat."""
    return scene.origin.replace("shop.", "garden.")


async def comes_back(scene: Scene, visitor: Visitor, mode: str) -> str:
    """Write, reload, and write on as the same; returns as whom."""
    await visitor.open()
    await visitor.write(f"first, {mode}")
    name = await scene.heard(f"first, {mode}")
    assert await visitor.storage() == mode
    await visitor.page.reload()
    await visitor.open()
    await visitor.bubble(f"first, {mode}").wait_for()
    await visitor.write(f"second, {mode}")
    assert await scene.heard(f"second, {mode}") == name
    assert visitor.errors == []
    return name


async def kept_by_page(visitor: Visitor) -> str:
    return str(await visitor.page.evaluate("Object.values(localStorage).join('')"))


async def is_somebody_else(scene: Scene, visitor: Visitor, name: str, text: str) -> None:
    """The chat is empty here, and who writes is another one."""
    await visitor.open()
    assert await visitor.frame.locator(".bubble .delivery").count() == 0
    await visitor.write(text)
    assert await scene.heard(text) != name


_NOTES_REMOVALS = """() => { window.removed = 0;
  const { removeItem } = Storage.prototype;
  Storage.prototype.removeItem = function (key) { removeItem.call(this, key); window.removed++; };
}"""


async def test_at_a_sub_domain_of_the_site_the_chat_keeps_everything_by_itself(scene: Scene):
    path = scene.show("/same-site")
    scene.pages[path] = scene.pages[path].replace("chat.localhost", "chat.shop.localhost")
    visitor = await scene.visitor(path)
    await comes_back(scene, visitor, "own")
    assert await kept_by_page(visitor) == ""
    # The page knows just that somebody was here: until all is forgotten, and again from the first message on.
    await visitor.page.wait_for_function("localStorage.length === 1")
    await visitor.page.evaluate(_NOTES_REMOVALS)
    await visitor.forget()
    await visitor.page.wait_for_function("window.removed > 0")
    await visitor.write("begun anew")
    await visitor.page.wait_for_function("localStorage.length === 1")


async def test_elsewhere_the_page_keeps_a_half_that_is_of_no_use_alone(scene: Scene):
    visitor = await scene.visitor()
    name = await comes_back(scene, visitor, "split")
    half = await kept_by_page(visitor)
    assert len(half) > 1_000
    assert "split" not in half
    await visitor.page.goto(garden(scene))
    await is_somebody_else(scene, visitor, name, "at the other site")

    # Nobody can tell the other half for a while: that is said, and the conversation is waited for.
    await visitor.context.route("**/wrap", lambda route: route.abort())
    await visitor.page.goto(scene.origin)
    await visitor.button.click()
    await visitor.frame.get_by_text("The service cannot be reached now.").wait_for()
    await visitor.frame.get_by_role("button", name="Close").click()
    await visitor.context.unroute("**/wrap")
    await visitor.open()
    await visitor.bubble("second, split").wait_for()

    # The other half is gone with the cookies: what is left opens nothing, and nobody is stuck.
    await visitor.page.goto("about:blank")
    await visitor.context.clear_cookies()
    await visitor.page.goto(scene.origin)
    await is_somebody_else(scene, visitor, name, "without the cookie")
    assert visitor.errors == []


async def test_where_frames_of_other_sites_may_keep_things_each_site_has_a_visitor_of_its_own(
    scene: Scene, tmp_path: Path
):
    async with set_up(scene, tmp_path / "allowed", ALLOWED) as visitor:
        name = await comes_back(scene, visitor, "own")
        await visitor.page.goto(garden(scene))
        await is_somebody_else(scene, visitor, name, "in the garden")
        await visitor.page.goto(scene.origin)
        await visitor.open()
        await visitor.bubble("second, own").wait_for()


async def test_where_nothing_may_be_kept_the_chat_works_and_says_what_will_be_lost(
    scene: Scene, tmp_path: Path
):
    async with set_up(scene, tmp_path / "blocked", BLOCKED) as visitor:
        await visitor.open()
        notice = visitor.frame.locator(".notice", has=visitor.frame.get_by_role("link"))
        assert await notice.count() == 0  # nothing is there yet that could be lost
        await visitor.write("kept nowhere")
        name = await scene.heard("kept nowhere")
        assert await visitor.storage() == "memory"
        await notice.get_by_role("link", name="Open in a window of its own").wait_for()
        await scene.desk.send(name, "read all the same")
        await scene.desk.deliver()
        await visitor.bubble("read all the same").wait_for()
        await visitor.page.reload()
        await is_somebody_else(scene, visitor, name, "begun anew")
        assert visitor.errors == []
