"""Pictures of what people see, for README and docs: the sample site with its chat, and the messenger.

    python -m tools.pictures

Starts `dm3 up` with everything to try on free ports, plays a short conversation in Chromium and writes
PNG files to docs/pictures; both are ended afterwards.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, Page, ViewportSize, async_playwright

import dm3
from tests.browser.chromium import ARGUMENTS, chromium_path

PICTURES: Final = Path(__file__).parent.parent / "docs" / "pictures"
LARGEST: Final = 150_000
"""Bytes of one picture: they are in every clone."""
VIEW: Final[ViewportSize] = {"width": 1000, "height": 640}
PATIENCE: Final = 120.0
"""Seconds that starting, and each step in the browser, may take."""

SUPPORT: Final = "desk.user.dm3.localhost"
"""The support of the sample site (examples/dapp)."""
DOMAIN: Final = "dm3.localhost"
MAIN: Final = "me.user.dm3.localhost"
"""The profile that the messenger to try has."""

_PORTS: Final = ("resolver", "delivery", "widget", "sample", "messenger", "board")


@asynccontextmanager
async def services(folder: Path) -> AsyncIterator[dict[str, str]]:
    """Everything to try, with its data in ``folder``; gives what `dm3 up --json` announces."""
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("dm3")),
        *("up", "--json", "--sample", "yes", "--try-messenger", "yes", "--data-dir", str(folder)),
        *(word for name in _PORTS for word in (f"--{name}-port", "0")),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        line = await asyncio.wait_for(process.stdout.readline(), PATIENCE) if process.stdout else b""
        yield json.loads(line)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


@asynccontextmanager
async def page_at(browser: Browser, address: str) -> AsyncIterator[Page]:
    """A new visitor's page."""
    context = await browser.new_context(
        viewport=VIEW, color_scheme="light", reduced_motion="reduce", locale="en-GB"
    )
    context.set_default_timeout(PATIENCE * 1000)
    try:
        page = await context.new_page()
        await page.goto(address)
        yield page
    finally:
        await context.close()


async def save(page: Page, name: str) -> None:
    """Write what is seen to ``docs/pictures/NAME.png``. Raises `SystemExit` where it is too large."""
    picture = await page.screenshot(animations="disabled", caret="hide")
    if len(picture) > LARGEST:
        raise SystemExit(f"{name}.png has {len(picture)} bytes; at most {LARGEST} are kept")
    PICTURES.mkdir(exist_ok=True)
    (PICTURES / f"{name}.png").write_bytes(picture)
    sys.stdout.write(f"docs/pictures/{name}.png  {len(picture) / 1000:.0f} kB\n")


async def sample(browser: Browser, address: str) -> None:
    """The shop with an open chat, in which its support has answered."""
    async with page_at(browser, address) as page:
        await page.get_by_role("button", name="Chat with our support").click()
        frame = page.frame_locator("dm3-chat iframe")
        await frame.locator("textarea").fill("Where is my order?")
        await frame.locator("textarea").press("Enter")
        await frame.locator(".bubble:not(.own)", has_text="Which number has yours?").wait_for()
        await frame.locator(".bubble.own .delivery.sent").wait_for()
        await save(page, "sample")


async def messenger(browser: Browser, address: str, origin: str, resolver: str) -> None:
    """The messenger with a conversation of its user with the shop's support, a request, and settings."""
    async with page_at(browser, address) as page:
        await page.get_by_role("heading", name="Inbox").wait_for()
        await page.goto(f"{origin}/c?peer={SUPPORT}")
        await page.locator("textarea").fill("What does the lamp's price include?")
        await page.locator("textarea").press("Enter")
        await page.get_by_text("All prices on this page include").first.wait_for()
        await save(page, "messenger")
        await page.goto(f"{origin}/links")
        await page.get_by_role("button", name="Show a code").click()
        code = await page.locator("#pairing .code").first.text_content()
        async with asking(resolver, code or ""):
            heading = page.get_by_role("heading", name="asks to be linked")
            while not await heading.count():
                await page.wait_for_timeout(500)
                await page.goto(f"{origin}/links")
            await save(page, "messenger-request")
        await page.goto(f"{origin}/settings")
        await page.locator("#devices").scroll_into_view_if_needed()
        await save(page, "messenger-settings")


@asynccontextmanager
async def asking(resolver: str, code: str) -> AsyncIterator[None]:
    """A visitor of another application who asks to be linked to the messenger's profile."""
    async with await dm3.connect({DOMAIN: resolver}, allow_private=True, send_wait=PATIENCE) as client:
        app = dm3.App(DOMAIN, "https://shop.example")
        visitor = await client.create_lsp(app, await dm3.development_wallet(client))
        await visitor.request_link(MAIN, None, pairing=code)
        yield


async def main() -> None:
    """Make all pictures anew."""
    with tempfile.TemporaryDirectory() as folder:
        async with services(Path(folder)) as announced, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
            await sample(browser, announced["sample"])
            await messenger(
                browser, announced["oneTimeAddress"], announced["messenger"], announced["resolver"]
            )
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
