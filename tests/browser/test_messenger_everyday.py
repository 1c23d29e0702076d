"""What is done with conversations from day to day, in a real browser: sorted, put away, blocked, told."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.test_messenger import look
from tests.e2e.messenger_scene import SECRET, MessengerScene
from tests.kit import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

TELLS = """window.told = [];
window.Notification = class { static permission = 'granted';
  constructor(title, options) { window.told.push(`${title}: ${options.body}`); } };
let away = false;
Object.defineProperty(document, 'hidden', { get: () => away });
window.leave = (gone) => { away = gone; document.dispatchEvent(new Event('visibilitychange')); };"""
"""A browser that may tell, and a tab that can be in the background."""


async def test_conversations_are_filtered_pinned_muted_archived_and_blocked(
    messenger: MessengerScene, page: Page
):
    world, alice = messenger.world, messenger.alice
    team, lsp = await world.team(), await world.lsp()
    await lsp.request_link(alice.name, world.wallet)
    await page.get_by_role("link", name="asks to be decided on").click()
    await page.get_by_role("button", name="Approve").click()
    await page.get_by_role("button", name="End this link").wait_for()
    await alice.allow(team.name)
    await alice.allow(team.name, profile=lsp.name)
    await team.send(alice.name, "to herself")
    await team.send(lsp.name, "by the page")
    await page.get_by_role("link", name="Inbox").click()
    rows = page.get_by_label("Conversations").get_by_role("listitem")
    await rows.nth(1).wait_for()
    by_page, to_her = rows.filter(has_text="by the page"), rows.filter(has_text="to herself")
    assert world.app.uri in await by_page.inner_text()
    find = page.get_by_role("search")
    for field, value, shown in (
        ("Profile", lsp.name, by_page),
        ("Application", world.app.uri, by_page),
        ("Show", "unread", to_her),
    ):
        await find.get_by_label(field).select_option(value)
        await find.get_by_role("button", name="Find").click()
        await expect(find.get_by_label(field)).to_have_value(value)
        await shown.wait_for()
        await expect(rows).to_have_count(2 if field == "Show" else 1)
        await page.get_by_role("link", name="Inbox").click()

    # Which profile answers is said, and what is half written is kept.
    await by_page.get_by_role("link").click()
    await page.get_by_text(f"you write as {lsp.name[:14]}").wait_for()
    await page.get_by_label("Message", exact=True).fill("half writ")

    async def kept() -> None:
        while (await alice.marks(team.name, profile=lsp.name)).draft != "half writ":
            await page.wait_for_timeout(50)

    await eventually(kept(), "the draft is kept")
    await page.get_by_role("link", name="Inbox").click()
    row = rows.filter(has_text="Draft: half writ")
    await row.get_by_role("link").hover()
    await page.mouse.down()
    async with page.expect_response("**/list?*") as news:
        await team.send(alice.name, "while the button is held down")
    await (await news.value).finished()
    await page.mouse.up()
    half = page.locator("#compose textarea")
    await expect(half).to_have_value("half writ")
    await half.press("Enter")
    await page.locator("article.own", has_text="half writ").locator(".delivery.sent").wait_for()

    async def heard() -> None:
        while "half writ" not in [one.content for one in await team.messages(lsp.name)]:
            await team.sync(wait=1)

    await eventually(heard(), "it was written as the profile of the page")

    for name, undone in (("Pin", "Unpin"), ("Mute", "Unmute")):
        await page.locator("summary", has_text="More").click()
        await page.get_by_role("button", name=name, exact=True).click()
        await page.get_by_role("button", name=undone, include_hidden=True).wait_for(state="attached")
    await team.send(alice.name, "newer than the pinned one")
    await page.get_by_role("link", name="Inbox").click()
    await rows.filter(has_text="newer than").wait_for()
    first = await rows.first.inner_text()
    assert "half writ" in first
    assert "muted" in first
    assert "pinned" in first
    await look(page, "pinned")

    # What comes while nobody looks is told, but not from who is muted.
    await page.evaluate(TELLS)
    await page.evaluate("leave(true)")
    await team.send(lsp.name, "nobody is told of this")
    await team.send(alice.name, "of this the user is told")

    async def told() -> None:
        while not await page.evaluate("told.length"):
            await page.wait_for_timeout(50)

    await eventually(told(), "the browser tells")
    assert await page.evaluate("told") == [f"New message: {team.name}"]
    await page.evaluate("leave(false)")
    await rows.filter(has_text="of this the user is told").wait_for()

    await rows.filter(has_text="of this the user is told").get_by_role("link").click()
    await page.locator("summary", has_text="More").click()
    await page.get_by_role("button", name="Archive").click()
    await page.get_by_role("heading", name="Inbox").wait_for()
    await expect(rows).to_have_count(1)
    await find.get_by_label("Show").select_option("archived")
    await find.get_by_role("button", name="Find").click()
    await rows.filter(has_text="of this the user is told").get_by_role("link").click()
    await page.locator("summary", has_text="More").click()
    await page.get_by_role("button", name="Back from the archive").click()
    archive = page.get_by_role("button", name="Archive", exact=True, include_hidden=True)
    await archive.wait_for(state="attached")
    await page.locator("summary", has_text="More").click()
    await page.get_by_role("button", name="Block").click()
    await page.get_by_role("heading", name="Inbox").wait_for()
    await expect(rows).to_have_count(1)
    await page.get_by_role("link", name="Settings").click()
    blocked = page.locator("#blocked")
    await blocked.get_by_text(team.name).wait_for()
    await blocked.get_by_role("button", name="Unblock").click()
    await blocked.get_by_text("Nobody.").wait_for()

    # The passphrase is another one from now on.
    own = SECRET.reveal().decode()
    await page.get_by_label("Present one").fill("guessed")
    await page.get_by_label("New one").fill("seven walnuts under grey ice")
    await page.get_by_label("Again").last.fill("seven walnuts under grey ice")
    await page.get_by_role("button", name="Change it").click()
    await page.get_by_role("alert").get_by_text("another one").wait_for()
    await page.get_by_label("Present one").fill(own)
    await page.get_by_role("button", name="Change it").click()
    await page.get_by_text("opens with the new passphrase").wait_for()
    await page.get_by_role("button", name="Lock").click()
    await page.get_by_label("Passphrase of your vault").fill("seven walnuts under grey ice")
    await page.get_by_role("button", name="Unlock").click()
    await rows.nth(1).wait_for()

    # What is sent is no draft any more, however long that takes, and what is typed meanwhile stays.
    await rows.first.get_by_role("link").click()
    await page.wait_for_load_state()
    written, come = page.get_by_label("Message", exact=True), asyncio.Event()
    asked: list[str] = []

    async def hold(route: Route) -> None:
        await come.wait()
        await route.continue_()

    await page.route("**/c/send", hold)
    page.on("request", lambda request: asked.append(request.url))
    await page.clock.install()
    async with page.expect_request("**/c/send"):
        await written.fill("sent slowly")
        await written.press("Enter")
    asked.clear()
    await page.clock.run_for(2_000)
    await written.fill("typed meanwhile")
    await page.clock.run_for(2_000)
    assert [url for url in asked if url.endswith("/mark")] == [], "nothing of it is a draft while it is sent"
    async with page.expect_response("**/mark"):
        come.set()
    await page.locator("article.own", has_text="sent slowly").wait_for()
    await expect(written).to_have_value("typed meanwhile")
    alice = messenger.alice
    drafts = [(await alice.marks(team.name, profile=one)).draft for one in (alice.identity.name, lsp.name)]
    assert sorted(drafts) == ["", "typed meanwhile"]
