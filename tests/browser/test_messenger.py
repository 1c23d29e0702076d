"""The messenger in a real browser: from the one-time address to answers, requests, links and locking."""

from __future__ import annotations

import asyncio
import os
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from msgspec.structs import replace
from playwright.async_api import Page, Route, expect

from dm3.client import Direction, StoredMessage, attach
from dm3.client.messaging.conversations import message_key
from dm3.client.messaging.peer_names import conversation_key
from dm3.client.state.records import CONVERSATIONS, MESSAGES
from dm3.messenger import inbox_pages
from dm3.messenger.search_index import SearchIndex
from dm3.model import MessageType
from tests.browser.test_accessibility import AXE
from tests.e2e.messenger_scene import MessengerScene
from tests.kit import eventually, happens
from tests.kit.inside import context_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d494844520000000100000001080600000"
    "01f15c4890000000d49444154789c6360f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)
SHOTS = os.environ.get("DM3_SHOTS")
"""A folder for pictures of what is shown."""


async def look(page: Page, name: str) -> None:
    """Axe finds nothing wrong, nothing sticks out at any width, in light and dark."""
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        for width in (1280, 360):
            await page.set_viewport_size({"width": width, "height": 800})
            if SHOTS:
                await page.screenshot(path=f"{SHOTS}/{name}-{scheme}-{width}.png", full_page=True)
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
        await page.evaluate(AXE.read_text(encoding="utf-8"))
        found = await page.evaluate("axe.run().then((result) => result.violations)")
        assert [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]] == [], name
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size({"width": 1280, "height": 800})


async def test_a_conversation_from_request_to_answer_with_everything_between(
    messenger: MessengerScene, page: Page
):
    team = await messenger.world.team()
    refused: list[str] = []
    page.on("console", lambda line: refused.append(line.text) if "Content Security" in line.text else None)
    hostile = '<img src=x onerror="document.title=1"> **bold** [here](javascript:alert(1)) \u202eevil'
    await team.send(
        messenger.alice.name,
        hostile,
        attachments=(
            attach(PIXEL, name="dot.png"),
            attach(b"<svg onload='alert(1)'/>", name="../evil.svg", mime="image/svg+xml"),
        ),
    )
    request = page.get_by_label("Message requests").get_by_role("link")
    await request.wait_for()
    assert "bold" not in await request.inner_text(), "nothing is shown of it beforehand"
    await look(page, "requests")
    await request.click()
    await page.get_by_role("button", name="Allow").click()
    field = page.get_by_label("Message", exact=True)
    await field.wait_for()
    said = page.get_by_role("log").locator("article").first
    assert '<img src=x onerror="document.title=1">' in await said.inner_text()
    assert "\u202e" not in await said.inner_text()
    assert await said.locator("strong").inner_text() == "bold"
    await expect(said.locator("a[href^=javascript]")).to_have_count(0)
    assert await said.locator("img").count() == 1, "the picture, and no file that may hold programs"

    await field.fill("first answer")
    await field.press("Enter")
    own = page.locator("article.own", has_text="first answer")
    await own.locator(".delivery.sent").wait_for()

    async def heard() -> None:
        while not any(one.content == "first answer" for one in await team.messages(messenger.alice.name)):
            await team.sync(wait=1)

    await eventually(heard(), "the team reads the answer")
    entry = (await team.timeline(messenger.alice.name)).entries[-1]
    await team.react(entry, "🎉")
    await team.reply(entry, "an answer to it")
    await page.locator("article", has_text="an answer to it").locator(".quote").wait_for()
    await own.locator(".reactions").filter(has_text="🎉").wait_for()
    await look(page, "conversation")

    await own.get_by_label("What to do with this message").click()
    change = own.get_by_role("button", name="Change")
    await change.focus()
    old = await change.element_handle()
    await team.send(messenger.alice.name, "and one more")
    await page.locator("article", has_text="and one more").wait_for()
    # The messages are shown anew; the menu is open, the keyboard in it.
    await page.wait_for_function("button => !button.isConnected", arg=old)
    await expect(change).to_be_focused()
    await change.click()
    await expect(own.locator("details[open]"), "a menu closes when its work is done").to_have_count(0)
    await field.fill("changed answer")
    await page.get_by_role("button", name="Send").click()
    changed = page.locator("article.own", has_text="changed answer")
    await changed.filter(has_text="edited").wait_for()
    await changed.get_by_label("What to do with this message").click()
    await changed.get_by_role("button", name="Delete").click()
    await page.locator("article.own .gone").wait_for()

    await page.get_by_text("More", exact=True).click()
    await page.get_by_role("button", name="Compare keys").click()
    await page.locator("#keys code").first.wait_for()
    await page.get_by_role("link", name="Inbox").click()
    await page.get_by_label("Search").fill("answ")
    await page.get_by_role("button", name="Find").click()
    await page.get_by_label("Messages found").get_by_text("an answer to it").wait_for()
    await look(page, "search")
    await page.get_by_label("Messages found").get_by_text("an answer to it").click()
    found = page.locator("article.found", has_text="an answer to it")
    await found.wait_for()
    old = await found.element_handle()
    await team.send(messenger.alice.name, "one more still")
    await page.locator("article", has_text="one more still").wait_for()
    await page.wait_for_function("message => !message.isConnected", arg=old)  # they are shown anew
    await found.wait_for()
    assert refused == []


async def test_of_10_000_messages_those_are_read_that_are_scrolled_to(messenger: MessengerScene, page: Page):
    team = await messenger.world.team()
    await team.send(messenger.alice.name, "line 10000.")
    await page.get_by_label("Message requests").get_by_role("link").wait_for()
    await fill(messenger, team.name, 10_000)
    await page.reload()
    await page.get_by_label("Conversations").get_by_role("link").click()
    lines = page.locator("article")
    await lines.get_by_text("line 10000.").wait_for()
    assert await lines.count() < 200, "those that are not scrolled to are not there"
    await page.evaluate(SCROLL_UP, 1_000)
    numbers = [
        int(text.strip().removeprefix("line ").removesuffix("."))
        for text in await page.locator("article .text").all_inner_texts()
    ]
    assert numbers == list(range(numbers[0], 10_001)), "each once, in order"
    # Where one reads is left alone by what comes, and what changes there is seen there.
    read = page.locator("article", has_text="line 9400.")
    await read.scroll_into_view_if_needed()
    before = await read.bounding_box()
    await team.send(messenger.alice.name, "something new")
    await lines.get_by_text("something new").wait_for(state="attached")
    assert await read.bounding_box() == before
    await read.get_by_label("What to do with this message").click()
    await read.get_by_role("button", name="React with 🎉").click()
    await read.locator(".reactions").filter(has_text="🎉").wait_for()
    days = await page.locator(".day:visible").all_inner_texts()
    assert len(days) == len(set(days)), "each day is named once"


SCROLL_UP = """async (count) => {
  while (document.querySelectorAll('article').length < count) {
    window.scrollTo(0, 0); await new Promise(requestAnimationFrame); } }"""


async def fill(messenger: MessengerScene, peer: str, count: int) -> None:
    """A conversation of so many messages, as it would be kept."""
    vault, profile = context_of(messenger.server.desk.client).vault, messenger.alice.identity.name
    change, section = vault.change(), conversation_key(profile, peer)
    for number in range(count):
        message = StoredMessage(
            profile=profile,
            peer=peer,
            direction=Direction.IN if number % 3 else Direction.OUT,
            hash=f"0x{number:064x}",
            type=MessageType.NEW,
            content=f"line {number}.",
            text="{}",
            at=1_700_000_000_000 + number * 60_000,
        )
        change.put(MESSAGES, message_key(profile, message.hash), message, section=section, expect=0)
    head = await vault.get(CONVERSATIONS, section)
    assert head is not None
    change.put(CONVERSATIONS, section, replace(head, messages=count + 1), section=profile)
    await vault.commit(change)


async def test_a_link_is_judged_approved_and_ended(messenger: MessengerScene, page: Page):
    lsp = await messenger.world.lsp()
    await lsp.request_link(messenger.alice.name, messenger.world.wallet)
    await page.get_by_role("link", name="asks to be decided on").click()
    card = page.locator("article.request")
    await card.get_by_text("your own").wait_for()
    assert lsp.name in await card.inner_text()
    assert messenger.world.app.uri in await card.inner_text()
    await look(page, "link-request")
    await card.get_by_label("Days").fill("7")
    await card.get_by_role("button", name="Approve").click()
    await page.get_by_role("button", name="End this link").wait_for()
    [link] = await messenger.alice.links()
    assert link.valid_until - link.linked_at <= 7 * 86_400
    await look(page, "links")
    await page.get_by_role("button", name="Show a code").click()
    await page.locator(".code").wait_for()
    await page.get_by_role("button", name="End this link").click()
    await page.get_by_text("No profile is linked yet").or_(page.get_by_text("removed")).first.wait_for()


async def test_nothing_is_shown_anew_under_a_pressed_button(
    messenger: MessengerScene, page: Page, monkeypatch: pytest.MonkeyPatch
):
    """What is exchanged between pressing and letting go takes the click along, by mouse or by keyboard."""
    team, alice = await messenger.world.team(), messenger.alice
    await alice.allow(team.name)
    await team.send(alice.name, "the first")
    row = page.get_by_label("Conversations").get_by_role("link")
    await row.filter(has_text="the first").wait_for()

    async def news(text: str) -> None:
        await page.evaluate("window.came = 0")
        await team.send(alice.name, text)
        await happens(lambda: page.evaluate("came"), "the list could be shown anew")

    await page.evaluate(COUNTED)
    await page.get_by_label("Search").focus()  # the keyboard's place is left by pressing
    await row.hover()
    await page.mouse.down()
    await news("the second")
    await expect(row).to_contain_text("the first")
    await page.mouse.move(1, 1)
    await page.mouse.up()
    await expect(row).to_contain_text("the second")

    # A search goes on by itself while texts are still taken in.
    taken_in, take = asyncio.Event(), SearchIndex._take

    async def slowly(index: SearchIndex, *given: Any) -> None:
        await taken_in.wait()
        await take(index, *given)

    monkeypatch.setattr(SearchIndex, "_take", slowly)
    monkeypatch.setattr(inbox_pages, "SEARCH_SECONDS", 0.1)
    messenger.server.desk.search.forget(alice.identity.name, team.name)
    await page.get_by_label("Search").fill(team.name[:5])
    await page.get_by_role("button", name="Find").click()
    await page.get_by_text("still to be searched").wait_for()
    await row.hover()
    await page.evaluate(COUNTED)
    await page.mouse.down()
    await happens(lambda: page.evaluate("came"), "the list could be shown anew")
    taken_in.set()
    await page.mouse.up()

    # The space bar presses a button as a finger does.
    said = page.locator("article", has_text="the second")
    await said.wait_for()
    await page.evaluate(COUNTED)
    await said.get_by_label("What to do with this message").click()
    await said.get_by_role("button", name="React with 🎉").focus()
    await page.keyboard.down(" ")
    await news("the third")
    await page.keyboard.up(" ")
    await said.locator(".reactions").filter(has_text="🎉").wait_for()
    await page.locator("article", has_text="the third").wait_for()


COUNTED = "window.came = 0; document.addEventListener('htmx:beforeSwap', () => window.came++)"
"""How often something could have been shown anew."""


async def test_what_is_done_before_the_scripts_are_there_is_done_once_they_are(
    messenger: MessengerScene, page: Page
):
    team = await messenger.world.team()
    await messenger.alice.send(team.name, "hello")
    come = asyncio.Event()

    async def hold(route: Route) -> None:
        await come.wait()
        await route.continue_()

    async def opened(path: str) -> None:
        """The page as it is before its scripts have come."""
        come.clear()
        await page.goto(urljoin(messenger.server.origin, path), wait_until="commit")

    await page.route("**/assets/htmx.js?*", hold)
    await opened("/links")
    await page.get_by_role("button", name="Show a code").click()
    come.set()
    await page.locator(".code").wait_for()
    await page.get_by_role("button", name="Lock").click()
    await page.get_by_label("Passphrase of your vault").wait_for()
    await opened("/unlock")
    await page.get_by_label("Passphrase of your vault").fill("of the messenger's vault")
    await page.get_by_label("Passphrase of your vault").press("Enter")
    assert urlsplit(page.url).query == "", "a secret is never in an address"
    come.set()
    await page.get_by_role("heading", name="Inbox").wait_for()
    path = await page.get_by_label("Conversations").get_by_role("link").get_attribute("href")
    await opened(path or "")
    await page.get_by_label("Message", exact=True).fill("written at once")
    await page.get_by_label("Message", exact=True).press("Enter")
    come.set()
    await page.locator("article.own", has_text="written at once").locator(".delivery.sent").wait_for()


async def test_the_vault_locks_and_opens_and_the_title_counts(messenger: MessengerScene, page: Page):
    team = await messenger.world.team()
    await messenger.alice.allow(team.name)
    await team.send(messenger.alice.name, "look at the title")
    await page.get_by_text("look at the title").wait_for()
    await expect(page).to_have_title("(1) Inbox")
    await page.get_by_role("link", name="Settings").click()
    await page.get_by_role("heading", name="A copy of everything").wait_for()
    await look(page, "settings")
    await page.get_by_label("Passphrase of the copy").fill("another secret")
    await page.get_by_label("Again").first.fill("another secret")
    async with page.expect_download() as saved:
        await page.get_by_role("button", name="Save a copy").click()
    assert (await saved.value).suggested_filename == "dm3.vault"
    await page.get_by_role("button", name="Lock").click()
    field = page.get_by_label("Passphrase of your vault")
    await field.fill("guessed")
    await page.get_by_role("button", name="Unlock").click()
    await page.get_by_role("alert").get_by_text("another one").wait_for()
    await look(page, "locked")
    await field.fill("of the messenger's vault")
    await page.get_by_role("button", name="Unlock").click()
    await page.get_by_text("look at the title").wait_for()
