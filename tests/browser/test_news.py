"""News that arrive while somebody is at something: nothing closes, moves or loses the focus.

The visitor of the second scene has signed in at the site, which keeps entropy for them.
"""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, expect

from dm3.base import address_name, to_base64
from dm3.crypto import Entropy, KeyWallet, wallet_key_from
from dm3.widget import Mode
from tests.browser.scene import PATIENCE, Scene, Visitor, scene_in
from tests.e2e.sdk_scene import APP, Place, login, new_wallet

pytestmark = pytest.mark.asyncio(loop_scope="session")

_PLACE = "bubble => bubble.getBoundingClientRect().top"
_SELECT = "text => getSelection().selectAllChildren(text)"
_TYPING = "field => [field.value, field.selectionStart, field.selectionEnd]"
_SELECTED = "() => String(getSelection())"
_AGAIN = """async menu => {
  const ended = new Promise(told => menu.addEventListener("close", told));
  [...menu.querySelectorAll("button")].at(-1).click();
  for (let turn = 0; turn < 20; turn++) await null;
  document.activeElement.click();
  await ended;
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def talked(browser: Browser, place: Place, tmp_path_factory) -> AsyncIterator[Scene]:
    folder = tmp_path_factory.mktemp("news")
    async with scene_in(browser, place, folder, modes=(Mode.CHAT, Mode.IN_APP)) as scene:
        yield scene


async def test_what_somebody_is_at_stays_as_it_is_while_news_arrive(talked: Scene):
    visitor = await talked.visitor(viewport={"width": 360, "height": 560})
    await visitor.open()
    await visitor.write("my own words")
    name = await talked.heard("my own words")
    for number in range(12):
        await talked.desk.send(name, f"answer {number}.")
    await talked.desk.deliver()
    await visitor.bubble("answer 11.").wait_for()
    frame = visitor.frame

    async def news(number: int) -> None:
        await talked.desk.send(name, f"news {number}.")
        await talked.desk.deliver()
        await visitor.bubble(f"news {number}.").wait_for(state="attached")

    async def menu(text: str) -> Locator:
        await visitor.bubble(text).locator(".more").press("Enter")
        opened = frame.get_by_role("dialog", name="Actions for this message")
        await opened.locator(":focus").wait_for()
        return opened

    # A menu that is opened again as it closes: the browser tells of the first one's end only then.
    opened = await menu("my own words")
    await opened.evaluate(_AGAIN)
    await opened.locator(":focus").press("Escape")
    await visitor.bubble("my own words").locator(".more:focus").wait_for()

    # A menu with its emoji.
    opened = await menu("answer 11.")
    await opened.locator(":focus").press("ArrowRight")
    await opened.get_by_role("button", name="React with ❤️").and_(frame.locator(":focus")).wait_for()
    await news(1)
    await expect(opened.get_by_role("button", name="React with ❤️")).to_be_focused(timeout=PATIENCE)
    await opened.press("Escape")
    await visitor.bubble("answer 11.").locator(".more:focus").wait_for()

    # A question before something is deleted.
    opened = await menu("my own words")
    await opened.get_by_role("button", name="Delete").press("Enter")
    await opened.locator(".cancel:focus").wait_for()
    await news(2)
    await expect(opened.locator(".cancel")).to_be_focused(timeout=PATIENCE)
    await opened.press("Escape")
    await visitor.bubble("my own words").locator(".more:focus").wait_for()

    # An edit, and where one types in it.
    opened = await menu("my own words")
    await opened.get_by_role("button", name="Edit").press("Enter")
    await expect(visitor.field).to_have_value("my own words", timeout=PATIENCE)
    await visitor.field.fill("my own, better words")
    await visitor.field.evaluate("field => field.setSelectionRange(3, 6)")
    await news(3)
    await expect(visitor.field).to_be_focused(timeout=PATIENCE)
    assert await visitor.field.evaluate(
        "field => [field.value, field.selectionStart, field.selectionEnd]"
    ) == [
        "my own, better words",
        3,
        6,
    ]
    await frame.locator(".about", has_text="Editing").wait_for()
    await visitor.field.press("Escape")
    await frame.locator(".about").wait_for(state="detached")

    # A place far above, with some text chosen in it.
    await frame.locator(".timeline").evaluate("list => list.scrollTo(0, 0)")
    await frame.get_by_role("button", name="To the newest message").wait_for()
    said = visitor.bubble("answer 1.")
    await said.locator(".text").evaluate(_SELECT)
    before = await said.evaluate(_PLACE)
    await news(4)
    assert await frame.locator("html").evaluate(_SELECTED) == "answer 1."
    assert abs(await said.evaluate(_PLACE) - before) <= 1

    # A question before everything is forgotten.
    await visitor.overview()
    await frame.get_by_role("button", name="Forget everything").press("Enter")
    cancel = frame.get_by_role("button", name="Cancel")
    await expect(cancel).to_be_focused(timeout=PATIENCE)
    await news(5)
    await expect(cancel).to_be_focused(timeout=PATIENCE)
    assert visitor.errors == []


_LISTEN = """chat => { window.told = [];
  for (const name of ["dm3-ready", "dm3-error"]) chat.addEventListener(name,
    ({ detail }) => told.push([name, detail.profile ?? detail.message ?? null])); }"""
_TOLD = "([name, detail]) => told.some((one) => one[0] === name && one[1] === detail)"


async def signs_in(visitor: Visitor, given: dict[str, str], *told: str) -> None:
    """Hand the site's login on, and wait until the page was told so."""
    await visitor.page.locator("dm3-chat").evaluate("(chat, login) => chat.signedIn(login)", given)
    await visitor.page.wait_for_function(_TOLD, arg=list(told), timeout=PATIENCE)


async def test_a_site_s_entropy_becomes_the_profile_and_its_list_keeps_the_focus(talked: Scene):
    visitor = await talked.visitor(talked.show("/in-app", 'mode="in-app" display="inline"'))
    await visitor.frame.locator(".people").wait_for()
    await visitor.page.locator("dm3-chat").evaluate(_LISTEN)
    owner, entropy = new_wallet(), os.urandom(32)
    text = login(owner.address, time.time())
    given = {
        "authMessage": text,
        "ownerAddress": owner.address,
        "authSig": await owner.sign_message(text),
    }
    short = {**given, "entropy": to_base64(b"too short")}
    await signs_in(visitor, short, "dm3-error", "entropy has at least 32 bytes")
    name = address_name(KeyWallet(wallet_key_from(Entropy(entropy))).address, APP)
    await signs_in(visitor, {**given, "entropy": to_base64(entropy)}, "dm3-ready", name)
    await visitor.frame.get_by_text(f"lsp.{owner.address.lower()[:4]}").first.wait_for()

    alice, other = await talked.world.alice(), await talked.world.lsp()
    for writer, text in ((talked.desk, "from the desk"), (alice, "from Alice"), (other, "from another")):
        await writer.send(f"lsp.{owner.address.lower()}.{APP}", text)
        await writer.deliver()
        await visitor.frame.locator(".people li").first.get_by_text(text).wait_for()
    oldest = visitor.frame.locator(".people li button").nth(2)
    await oldest.focus()
    await talked.desk.send(f"lsp.{owner.address.lower()}.{APP}", "the desk once more")
    await talked.desk.deliver()
    first = visitor.frame.locator(".people li button").first
    await first.get_by_text("the desk once more").wait_for()
    await expect(first).to_be_focused(timeout=PATIENCE)
    assert visitor.errors == []
