"""Pages of every kind that embed the chat: strict ones, isolated ones, single-page sites, small screens."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser.scene import PATIENCE, PICTURES, Scene, scene_in
from tests.browser.test_accessibility import violations
from tests.e2e.sdk_scene import Place

pytestmark = pytest.mark.asyncio(loop_scope="session")

ISOLATED = {"Cross-Origin-Embedder-Policy": "require-corp", "Cross-Origin-Opener-Policy": "same-origin"}


async def test_a_page_with_a_strict_policy_needs_the_host_for_scripts_and_frames_alone(scene: Scene):
    policy = (
        f"default-src 'none'; script-src {scene.widget}; frame-src {scene.widget}; "
        "base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )
    path = scene.show("/strict", headers={"Content-Security-Policy": policy})
    visitor = await scene.visitor("/")
    refused: list[str] = []
    visitor.page.on("console", lambda message: refused.append(message.text))
    await visitor.page.goto(scene.origin + path)
    await visitor.open()
    await visitor.write("under a strict policy")
    await scene.heard("under a strict policy")
    assert not [text for text in refused if "Policy" in text and "favicon" not in text]
    # The launcher is styled although the page allows no inline style.
    assert await visitor.button.evaluate("button => getComputedStyle(button).borderRadius") == "50%"


async def test_a_page_that_isolates_itself_may_embed_the_chat(scene: Scene):
    visitor = await scene.visitor(scene.show("/isolated", headers=ISOLATED))
    assert await visitor.page.evaluate("crossOriginIsolated")
    await visitor.open()
    await visitor.write("from an isolated page")
    await scene.heard("from an isolated page")


async def test_a_single_page_site_mounts_removes_and_mounts_again(scene: Scene):
    visitor = await scene.visitor()
    await visitor.open()
    await visitor.write("on the first view")
    chats = visitor.page.locator("dm3-chat")
    await chats.evaluate("chat => chat.remove()")
    await expect(chats).to_have_count(0)
    await visitor.page.evaluate(
        """([app, src]) => { // the site loads the script with each view, and mounts two chats by mistake
        const script = document.createElement('script'); script.src = src; document.head.append(script);
        for (let count = 0; count < 2; count++) { const chat = document.createElement('dm3-chat');
          chat.setAttribute('app', app); document.body.append(chat); } }""",
        ["myapp.eth", f"{scene.widget}/dm3.js"],
    )
    await chats.nth(1).evaluate("chat => chat.remove()")
    await expect(chats).to_have_count(1)
    await visitor.open()
    await visitor.bubble("on the first view").wait_for(timeout=PATIENCE)
    await visitor.write("on the second view")
    assert await visitor.page.locator("dm3-chat iframe").count() == 1
    assert visitor.errors == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_on_a_phone_the_chat_fills_the_screen_and_closes_again(scene: Scene, scheme):
    visitor = await scene.visitor(viewport={"width": 360, "height": 640}, color_scheme=scheme)
    await visitor.open()
    fills = """() => { const { x, y, width, height } =
      document.querySelector('dm3-chat').shadowRoot.querySelector('iframe').getBoundingClientRect();
      return [x, y, width, height].join() === '0,0,360,640'; }"""
    await visitor.page.wait_for_function(fills)
    background = await visitor.frame.locator("body").evaluate(
        "body => getComputedStyle(body).backgroundColor"
    )
    assert (background == "rgb(255, 255, 255)") is (scheme == "light")
    assert await visitor.frame.locator("html").evaluate("html => html.scrollWidth <= html.clientWidth")
    await visitor.frame.get_by_role("button", name="Close").click()
    await visitor.button.wait_for()
    await visitor.page.locator("dm3-chat iframe").wait_for(state="hidden")


async def test_a_page_from_right_to_left_has_the_launcher_at_its_other_side(scene: Scene):
    path = scene.show("/rtl", lang="ar")
    scene.pages[path] = scene.pages[path].replace('lang="ar"', 'lang="ar" dir="rtl"')
    visitor = await scene.visitor(path)
    await visitor.button.wait_for()
    box = await visitor.button.bounding_box()
    assert box is not None
    assert box["x"] < 640
    await visitor.open()
    assert await visitor.frame.locator("html").get_attribute("dir") == "rtl"


async def test_two_customers_are_two_conversations_that_know_nothing_of_each_other(scene: Scene):
    names = []
    visitors = [await scene.visitor() for _ in range(2)]
    for number, visitor in enumerate(visitors):
        await visitor.open()
        await visitor.write(f"I am customer {number}")
        names.append(await scene.heard(f"I am customer {number}"))
    assert names[0] != names[1]
    for number, name in reversed(list(enumerate(names))):
        await scene.desk.send(name, f"Welcome, customer {number}")
    await scene.desk.deliver()
    for number, visitor in enumerate(visitors):
        await visitor.bubble(f"Welcome, customer {number}").wait_for()
        assert await visitor.bubble(f"customer {1 - number}").count() == 0


@pytest.mark.parametrize(
    ("app", "site", "code", "said"),
    [
        ("myapp.eth", "weeds.", "page-not-allowed", "This page may not show the chat of myapp.eth."),
        ("nobody.eth", "shop.", "no-such-app", "There is no chat of nobody.eth at this address."),
    ],
)
async def test_where_no_chat_may_be_people_are_told_and_so_is_the_page(scene: Scene, app, site, code, said):
    """Also where the page sends no referrer of its own; on a phone it can be closed."""
    path = scene.show("/elsewhere", app=app, headers={"Referrer-Policy": "no-referrer"})
    visitor = await scene.visitor(viewport={"width": 360, "height": 640})
    await visitor.page.goto(scene.origin.replace("shop.", site) + path)
    await visitor.page.evaluate(
        """() => { window.told = new Promise((tell) => // the event bubbles
        document.addEventListener('dm3-error', (event) => tell(event.detail))); }"""
    )
    await visitor.button.click()
    await visitor.frame.get_by_text(said).wait_for()
    assert await visitor.page.evaluate("told") == {"code": code, "message": said}
    assert await violations(visitor) == []
    await visitor.page.screenshot(path=PICTURES / f"{code}.png")
    await visitor.frame.get_by_role("button", name="Close").click()
    await visitor.button.wait_for()


async def test_what_an_operator_sets_is_shown(browser: Browser, place: Place, tmp_path: Path):
    """Opening hours, what is said outside of them, consent before the first message, and no files."""
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    hours = f"{days[(datetime.now(UTC).weekday() + 3) % 7]} 09:00-17:00"  # neither today nor tomorrow
    said: dict[str, Any] = {"away": "We are asleep.", "consent": "We keep messages for 30 days."}
    async with scene_in(browser, place, tmp_path, hours=f"{hours} UTC", attachments=False, **said) as scene:
        visitor = await scene.visitor()
        await visitor.open()
        away = visitor.frame.get_by_role("status").filter(
            has_text=f"We are asleep. Opening hours: {hours} (UTC)"
        )
        await away.wait_for()
        await visitor.frame.get_by_text("We keep messages for 30 days.").wait_for()
        assert await visitor.frame.get_by_label("Attach a file").count() == 0
        assert await violations(visitor) == []
        await visitor.page.screenshot(path=PICTURES / "away.png")
        await visitor.write("until tomorrow, then")
        await visitor.frame.get_by_text("We keep messages for 30 days.").wait_for(state="detached")
        assert visitor.errors == []
