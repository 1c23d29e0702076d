"""The messenger in a real browser: from the one-time address to answers, requests, links and locking."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Dialog, Page

from dm3.client import attach
from tests.browser.scene import PATIENCE
from tests.browser.test_accessibility import AXE
from tests.e2e.messenger_scene import MessengerScene, messenger_in
from tests.e2e.sdk_scene import Place, World
from tests.kit import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d494844520000000100000001080600000"
    "01f15c4890000000d49444154789c6360f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)
SHOTS = os.environ.get("DM3_SHOTS")
"""A folder for pictures of what is shown."""


@pytest_asyncio.fixture(loop_scope="session")
async def messenger(place: Place, tmp_path: Path) -> AsyncIterator[MessengerScene]:
    async with AsyncExitStack() as stack:
        world = World(place, stack)
        yield await stack.enter_async_context(messenger_in(world, tmp_path))


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, messenger: MessengerScene) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE)
    opened = await context.new_page()
    opened.on("dialog", accept)
    await opened.goto(messenger.address)
    await opened.get_by_role("heading", name="Inbox").wait_for()
    yield opened
    await context.close()


async def accept(dialog: Dialog) -> None:
    await dialog.accept()


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
    assert await said.locator("a[href^=javascript]").count() == 0
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
    await own.get_by_role("button", name="Change").click()
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
    assert refused == []


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


async def test_the_vault_locks_and_opens_and_the_title_counts(messenger: MessengerScene, page: Page):
    team = await messenger.world.team()
    await messenger.alice.allow(team.name)
    await team.send(messenger.alice.name, "look at the title")
    await page.get_by_text("look at the title").wait_for()
    await eventually(title_of(page, "(1) Inbox"), "the title counts")
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


async def title_of(page: Page, wanted: str) -> None:
    """Wait until the tab has this title."""
    while await page.title() != wanted:
        await page.wait_for_timeout(50)
