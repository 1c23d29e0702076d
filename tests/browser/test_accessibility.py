"""The chat is usable by everybody: no violation that axe knows of, the keyboard reaches everything."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import FilePayload

from tests.browser.scene import Scene, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"


async def violations(visitor: Visitor) -> list[str]:
    """What axe objects to in the frame as it stands."""
    [frame] = [frame for frame in visitor.page.frames if "myapp.eth" in frame.url]
    # What is just appearing has other colours than what is there.
    await frame.evaluate("Promise.all(document.getAnimations().map((running) => running.finished))")
    await frame.evaluate(AXE.read_text(encoding="utf-8"))
    found = await frame.evaluate("axe.run().then((result) => result.violations)")
    return [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("colours", ["light", "dark"])
async def test_axe_finds_nothing(scene: Scene, colours):
    visitor = await scene.visitor(color_scheme=colours, viewport={"width": 360, "height": 740})
    await visitor.open()
    assert await violations(visitor) == []
    said = "Is **anybody** there? https://shop.example/help"
    await visitor.write(said, shown="Is anybody there?")
    name = await scene.heard(said)
    await scene.desk.send(name, "Yes!")
    await visitor.bubble("Yes!").wait_for()
    assert await violations(visitor) == []
    await visitor.bubble("anybody").get_by_role("button", name="Actions for this message").press("Enter")
    acting = visitor.frame.get_by_role("dialog", name="Actions for this message")
    await acting.wait_for()
    assert await violations(visitor) == []
    await acting.get_by_role("button", name="Delete").press("Enter")
    assert await violations(visitor) == []
    await acting.get_by_role("button", name="Cancel").press("Enter")
    await visitor.bubble("Yes!").get_by_role("button", name="Actions for this message").press("Enter")
    await acting.get_by_role("button", name="React with 👍").press("Enter")
    await visitor.bubble("Yes!").locator(".reactions", has_text="👍").wait_for()
    await visitor.bubble("Yes!").get_by_role("button", name="Actions for this message").press("Enter")
    await acting.get_by_role("button", name="Reply").press("Enter")
    await visitor.frame.locator(".about", has_text="Yes!").wait_for()
    assert await violations(visitor) == []
    note = FilePayload(name="note.txt", mimeType="text/plain", buffer=b"a note")
    await visitor.frame.locator("input[type=file]").set_input_files([note, note | {"name": "other.txt"}])
    await visitor.frame.get_by_role("button", name="Remove other.txt").wait_for()
    assert await violations(visitor) == []
    await visitor.write("with files")
    await visitor.bubble("with files").get_by_role("link", name="Download note.txt").wait_for()
    assert await violations(visitor) == []
    await visitor.frame.get_by_role("button", name="Link it").click()
    await visitor.frame.get_by_label("The code that it shows", exact=True).wait_for()
    assert await violations(visitor) == []
    await visitor.frame.get_by_role("button", name="Close").last.click()
    await visitor.frame.get_by_role("button", name="More").click()
    await visitor.frame.get_by_role("dialog").wait_for()
    assert await violations(visitor) == []


async def test_the_keyboard_opens_writes_and_closes_and_the_focus_returns(scene: Scene):
    visitor = await scene.visitor()
    await visitor.button.focus()
    await visitor.page.keyboard.press("Enter")
    await visitor.frame.locator("textarea:focus").wait_for()
    await visitor.page.keyboard.type("typed")
    await visitor.page.keyboard.press("Enter")
    await visitor.bubble("typed").locator(".delivery.sent").wait_for()
    await visitor.page.keyboard.press("Escape")
    await visitor.page.locator("dm3-chat div[hidden]").wait_for(state="attached")
    focused = "document.activeElement.shadowRoot.activeElement.localName"
    assert await visitor.page.evaluate(focused) == "button"


async def test_new_messages_are_spoken(scene: Scene):
    visitor = await scene.visitor()
    await visitor.open()
    await visitor.write("please say it")
    name = await scene.heard("please say it")
    await scene.desk.send(name, "it is said")
    await visitor.frame.get_by_role("log").filter(has_text="it is said").wait_for()
