"""The sample site as `dm3 up --sample yes` starts it, played by visitors in a real browser."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.scene import PATIENCE
from tests.kit import eventually, open_client

pytestmark = pytest.mark.asyncio(loop_scope="session")
FREE = [
    flag for name in ("resolver", "delivery", "widget", "board", "sample") for flag in (f"--{name}-port", "0")
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The sample's address."""
    folder = tmp_path_factory.mktemp("up")
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("dm3")),
        *("up", "--json", "--sample", "yes", "--data-dir", str(folder), *FREE),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        yield json.loads(await eventually(process.stdout.readline()))["sample"]
    finally:
        process.terminate()
        await eventually(process.communicate())
    assert process.returncode == 0


@asynccontextmanager
async def visitor(browser: Browser, url: str) -> AsyncIterator[Page]:
    """Somebody with a browser of their own."""
    context = await browser.new_context(viewport={"width": 1280, "height": 860})
    context.set_default_timeout(PATIENCE)
    try:
        page = await context.new_page()
        await page.goto(url)
        yield page
    finally:
        await context.close()


async def sign_in(page: Page) -> None:
    """Sign in with the development wallet."""
    await page.get_by_role("button", name="Sign in with Ethereum").click()
    await page.get_by_role("link", name="Sign out").wait_for()


async def test_a_visitor_chats_with_support_and_the_site_keeps_to_its_strict_policy(browser, shop):
    async with visitor(browser, shop) as page:
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        missing: list[str] = []
        page.on("response", lambda answer: missing.append(answer.url) if answer.status == 404 else None)
        icon = await page.locator("link[rel=icon]").evaluate(
            "async (link) => { const image = new Image(); image.src = link.href; await image.decode();"
            " return image.naturalWidth; }"
        )
        assert icon > 0, "the page's own policy lets it be shown"
        await page.get_by_role("button", name="Chat with our support").click()
        frame = page.frame_locator("dm3-chat iframe")
        await frame.locator("textarea").fill("Where is my order?")
        await frame.locator("textarea").press("Enter")
        await frame.locator(".bubble:not(.own)", has_text="Which number has yours?").wait_for()
        assert not [text for text in said if "Content Security Policy" in text]
        assert missing == []


async def test_the_contact_form_is_one_message_whose_answer_can_be_read(browser, shop):
    async with visitor(browser, f"{shop}/contact") as page:
        frame = page.frame_locator("dm3-chat iframe")
        await frame.get_by_label("Your name").fill("Ada")
        await frame.get_by_label("What is it about?").fill("A teapot\nof my grandmother's")
        await frame.get_by_role("button", name="Send").click()
        await frame.get_by_text("We answer within a day").wait_for()
        await frame.get_by_role("button", name="See the conversation").click()
        own = frame.locator(".bubble.own")
        await expect(own).to_contain_text("Your name: Ada")
        await expect(own).to_contain_text("of my grandmother's")
        assert "E-mail" not in await own.inner_text()
        await frame.locator(".bubble:not(.own)", has_text="we have read it").wait_for()
        await frame.get_by_role("button", name="Back").click()
        await (
            frame.get_by_role("button", name="Write another message")
            .or_(frame.get_by_label("Your name"))
            .first.wait_for()
        )


async def test_a_form_that_is_not_filled_in_is_not_sent(browser, shop):
    async with visitor(browser, f"{shop}/feedback") as page:
        frame = page.frame_locator("dm3-chat iframe")
        await frame.get_by_role("button", name="Send").click()
        assert await frame.get_by_label("How do you like").evaluate("field => field.matches(':invalid')")
        await frame.get_by_label("How do you like").select_option("Well")
        await frame.get_by_role("button", name="Send").click()
        await frame.get_by_text("that helps us").wait_for()


async def test_two_members_sign_in_and_write_to_each_other_by_a_button(browser, shop):
    async with visitor(browser, shop) as one, visitor(browser, shop) as two:
        assert "Development wallet" in await one.locator("#wallet").inner_text()
        for page in (one, two):
            await sign_in(page)
            await page.goto(f"{shop}/members")
            # The login has made the profile: its public name is there before anybody writes to it.
            await (
                page.frame_locator("dm3-chat iframe")
                .get_by_text("You write as lsp.")
                .wait_for(state="attached")
            )
        await one.reload()
        account = (await two.locator(".account").get_attribute("title") or "").lower()
        await one.locator(f'[data-write-to="lsp.{account}.dm3.localhost"]').click()
        first, second = (page.frame_locator("dm3-chat iframe") for page in (one, two))
        await first.locator("textarea").fill("Is the lamp any good?")
        await first.locator("textarea").press("Enter")
        await two.locator("dm3-chat button").click()
        await second.get_by_role("button", name="Is the lamp any good?").click()
        await second.locator("textarea").fill("It is!")
        await second.locator("textarea").press("Enter")
        await first.locator(".bubble:not(.own)", has_text="It is!").wait_for()
        await expect(first.locator(".bubble")).to_have_count(2)


async def test_what_the_site_does_not_understand_is_told_in_a_sentence(shop):
    bodies = (b"", b"{", b"[]", b"7", b"{}", b'{"address": 7}', b'{"address": "0x12"}', b"\xff")
    signing = (b'{"method": "personal_sign"}', b'{"method": "personal_sign", "params": [7]}')
    async with open_client() as http:
        page = await http.get(shop)
        cookies = {"shop_visit": page.cookies["shop_visit"]}
        asked = [("/login/text", body) for body in bodies] + [("/login", body) for body in bodies]
        for path, body in [*asked, *(("/development-wallet", body) for body in bodies[:5] + signing)]:
            kind = {"Content-Type": "application/json", "Cookie": f"shop_visit={cookies['shop_visit']}"}
            answer = await http.post(httpx.URL(shop).join(path), content=body, headers=kind)
            said = answer.json()["detail"]
            assert (answer.status_code, said[0].isupper()) == (400, True), (path, body, said)
            assert not any(word in said for word in ("Syntax", "JSON", "valid", "Error")), said


async def test_signing_out_forgets_the_chat_of_this_browser(browser, shop):
    async with visitor(browser, shop) as page:
        await sign_in(page)
        frame = page.frame_locator("dm3-chat iframe")
        await frame.get_by_text("You write as lsp.").wait_for(state="attached")
        await page.get_by_role("link", name="Sign out").click()
        await page.get_by_role("button", name="Sign in with Ethereum").wait_for()
        await frame.get_by_text("You write as lsp.").wait_for(state="detached")
