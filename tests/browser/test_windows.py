"""The chat in a window of its own, and a page that checks the hash of the loader."""

from __future__ import annotations

import httpx
import pytest
from playwright.async_api import expect

from tests.browser.scene import PATIENCE, PICTURES, Scene
from tests.kit import open_client

pytestmark = pytest.mark.asyncio(loop_scope="session")

NOTHING_IN_FRAMES = """if (window !== top) Object.defineProperty(window, "indexedDB", {
  get() { throw new DOMException("no storage in frames of other sites", "SecurityError"); } });"""
"""A browser that gives frames no storage; windows have theirs."""


async def test_where_frames_keep_nothing_the_chat_opens_in_a_window_of_its_own_that_keeps(scene: Scene):
    visitor = await scene.visitor()
    await visitor.context.add_init_script(NOTHING_IN_FRAMES)
    await visitor.context.route("**/wrap", lambda route: route.abort())
    await visitor.page.reload()
    await visitor.open()
    await visitor.write("said in the frame")
    assert await visitor.storage() == "memory"
    async with visitor.context.expect_page() as opened:
        await visitor.frame.get_by_role("link", name="Open in a window of its own").click()
    window = await opened.value
    field = window.locator("textarea")
    await field.fill("said in the window")
    await field.press("Enter")
    await window.locator(".bubble", has_text="said in the window").locator(".delivery.sent").wait_for()
    name = await scene.heard("said in the window")
    assert await window.locator("main").get_attribute("data-storage") == "own"
    await scene.desk.send(name, "answered there")
    await scene.desk.deliver()
    await window.locator(".bubble", has_text="answered there").wait_for()
    for width in (360, 1280):
        await window.set_viewport_size({"width": width, "height": 740})
        await window.screenshot(path=PICTURES / f"window-{width}.png")
    await window.reload()
    await window.locator(".bubble", has_text="said in the window").wait_for()
    await window.locator(".bubble", has_text="answered there").wait_for()


async def loader(scene: Scene) -> tuple[str, str]:
    """The versioned loader's address and its hash, as the widget host tells them."""
    async with open_client() as http:
        address = httpx.URL(scene.widget).copy_with(host="127.0.0.1")
        described = (await http.get(address.join("/loader"))).json()
    return scene.widget + described["src"], described["integrity"]


def pinned(scene: Scene, path: str, src: str, integrity: str) -> str:
    """A page that loads the chat with ``integrity=``."""
    scene.show(path)
    scene.pages[path] = scene.pages[path].replace(
        f'<script src="{scene.widget}/dm3.js" async>',
        f'<script src="{src}" integrity="{integrity}" crossorigin="anonymous" async>',
    )
    assert integrity in scene.pages[path]
    return path


async def test_a_page_pins_the_loader_by_its_hash_and_another_file_is_not_run(scene: Scene):
    src, integrity = await loader(scene)
    visitor = await scene.visitor(pinned(scene, "/pinned", src, integrity))
    await visitor.open()
    await visitor.write("by a loader that was checked")
    await scene.heard("by a loader that was checked")

    altered = "sha384-" + "A" * 64
    path = pinned(scene, "/altered", src, altered)
    async with visitor.page.expect_console_message(lambda message: "integrity" in message.text):
        await visitor.page.goto(scene.origin + path)
    await expect(visitor.button).to_have_count(0, timeout=PATIENCE)
    assert visitor.errors == []
