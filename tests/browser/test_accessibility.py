"""The chat is usable by everybody: no violation that axe knows of, the keyboard reaches everything."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import FilePayload, expect

from dm3.crypto import print_pairing_code
from tests.browser.scene import PATIENCE, Scene, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"


async def violations(visitor: Visitor) -> list[str]:
    """What axe objects to in the frame as it stands."""
    [frame] = [frame for frame in visitor.page.frames if frame.parent_frame is not None]
    # What is just appearing has other colours than what is there.
    await frame.evaluate("Promise.allSettled(document.getAnimations().map((running) => running.finished))")
    if not await frame.evaluate("'axe' in window"):
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
    await acting.locator(".cancel:focus").wait_for()
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
    await visitor.overview()
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
    focused = "document.activeElement?.shadowRoot?.activeElement?.localName === 'button'"
    await visitor.page.wait_for_function(focused)


async def tab_to(visitor: Visitor, name: str, *, back: bool = False) -> None:
    """Go on by Tab until what has the focus is called ``name``, as somebody without a mouse does."""
    target = visitor.frame.get_by_label(name, exact=True).or_(
        visitor.frame.get_by_role("button", name=name, exact=True)
    )
    await target.first.wait_for()  # it may come with news
    for _ in range(30):
        if await target.evaluate_all("all => all.includes(document.activeElement)"):
            return
        await visitor.page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"Tab never comes to {name!r}")


async def test_the_whole_path_goes_by_keys_alone_and_the_focus_is_never_lost(scene: Scene):
    """Write, read, ask one's messenger, take it back, see all about oneself, forget it: no mouse anywhere."""
    alice = await scene.world.alice()
    offer = await alice.open_pairing()
    visitor = await scene.visitor()
    press, type_ = visitor.page.keyboard.press, visitor.page.keyboard.type
    await visitor.button.focus()
    await press("Enter")
    await visitor.frame.locator("textarea:focus").wait_for()
    await tab_to(visitor, "I have been here before", back=True)
    await press("Enter")
    await visitor.frame.locator("h2:focus", has_text="I have been here before").wait_for()
    await press("Escape")
    await visitor.frame.locator("button:focus", has_text="I have been here before").wait_for()
    await tab_to(visitor, "Write a message")
    await type_("by keys alone")
    await press("Enter")
    name = await scene.heard("by keys alone")
    await scene.desk.send(name, "a spoken answer")
    await visitor.frame.get_by_role("log").filter(has_text="a spoken answer").wait_for()

    await tab_to(visitor, "Link it", back=True)
    await press("Enter")
    await visitor.frame.locator("h2:focus", has_text="Link to your messenger").wait_for()
    await tab_to(visitor, "The name of your messenger")
    await type_(alice.name)
    await tab_to(visitor, "The code that it shows")
    await type_(print_pairing_code(offer.code))
    await press("Enter")
    await visitor.frame.locator(".link [data-state=requested]").wait_for()
    await tab_to(visitor, "Take the request back", back=True)
    await press("Enter")
    await visitor.frame.locator(".link [data-state=unlinked]").wait_for()
    await visitor.frame.locator(".link :focus").wait_for()
    await press("Escape")
    await visitor.frame.locator(":focus").wait_for()

    await tab_to(visitor, "More", back=True)
    await press("Enter")
    await visitor.frame.locator("h2:focus", has_text="About this chat").wait_for()
    await press("Escape")
    await visitor.frame.locator("header button:focus").wait_for()
    await press("Enter")
    await visitor.frame.locator("h2:focus", has_text="About this chat").wait_for()
    await tab_to(visitor, "Forget everything")
    await press("Enter")
    await visitor.frame.locator("button:focus", has_text="Cancel").wait_for()
    await tab_to(visitor, "Forget this conversation", back=True)
    await press("Enter")
    await visitor.bubble("by keys alone").wait_for(state="detached")
    await visitor.frame.locator(":focus").wait_for()
    await press("Escape")
    await visitor.page.locator("dm3-chat div[hidden]").wait_for(state="attached")
    assert visitor.errors == []


async def test_twice_the_size_of_letters_leaves_everything_in_reach(scene: Scene):
    """At 200 % a window of 720 by 640 pixels has 360 by 320 of a page's own."""
    visitor = await scene.visitor(viewport={"width": 360, "height": 320}, device_scale_factor=2)
    await visitor.open()
    await visitor.write("large letters, and a word that is longverylongverylongverylongverylongverylong")
    assert await visitor.frame.locator("html").evaluate("page => page.scrollWidth <= page.clientWidth")
    button = visitor.frame.get_by_role("button", name="Actions for this message")
    await button.press("Enter")
    menu = visitor.frame.get_by_role("dialog", name="Actions for this message")
    await menu.wait_for()
    for name in ("React with 👍", "Reply", "Copy the text", "Edit", "Delete", "Cancel"):
        choice = menu.get_by_role("button", name=name)
        await choice.focus()
        await expect(choice).to_be_in_viewport(ratio=1, timeout=PATIENCE)
    assert await violations(visitor) == []


async def test_nothing_moves_for_those_who_want_that(scene: Scene):
    visitor = await scene.visitor(reduced_motion="reduce")
    await visitor.open()
    await visitor.write("hold still")
    moves = "bubble => getComputedStyle(bubble).animationName"
    assert await visitor.bubble("hold still").evaluate(moves) == "none"


async def test_the_arrow_keys_go_from_message_to_message_and_through_the_menu(scene: Scene):
    visitor = await scene.visitor()
    await visitor.open()
    await visitor.write("the first")
    await visitor.write("the second")
    keyboard = visitor.page.keyboard
    await visitor.frame.locator(".timeline[aria-keyshortcuts]").focus()
    await keyboard.press("ArrowUp")
    await visitor.bubble("the second").locator(".more:focus").wait_for()
    await keyboard.press("ArrowUp")
    await visitor.bubble("the first").locator(".more:focus").wait_for()
    await keyboard.press("Enter")
    await visitor.frame.locator("dialog button[aria-label='React with 👍']:focus").wait_for()
    for _ in range(6):
        await keyboard.press("ArrowDown")
    await visitor.frame.locator("button:focus", has_text="Reply").wait_for()
    await keyboard.press("Escape")
    await visitor.bubble("the first").locator(".more:focus").wait_for()
