"""Every panel of the chat, on a phone and beside a page, light and dark, from left and from right.

Axe objects to nothing, nothing is wider than the chat; pictures of all of them lie in ``build/panels``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FilePayload, Locator

from dm3.widget import Mode
from tests.browser.scene import PICTURES, Scene, Visitor, scene_in
from tests.browser.test_accessibility import violations
from tests.browser.test_linking import asked_for
from tests.browser.wallet import IN_FRAMES, InjectedWallet
from tests.e2e.sdk_scene import Place

pytestmark = pytest.mark.asyncio(loop_scope="session")

SIZES = ((360, 740), (1280, 800))
COLOURS: tuple[Literal["light", "dark"], ...] = ("light", "dark")


class Panels:
    """A visitor whose chat goes from panel to panel; the labels are of any language."""

    def __init__(self, scene: Scene, visitor: Visitor, direction: str) -> None:
        self.scene, self.visitor, self.direction = scene, visitor, direction

    async def look(self, name: str) -> None:
        """Take pictures of what is shown, and have axe look at it, in every size and colour."""
        page = self.visitor.page
        for turn, colours in enumerate(COLOURS):
            await page.emulate_media(color_scheme=colours)
            # From right to left each size in one colour: what is mirrored is so in both.
            for width, height in SIZES if self.direction == "ltr" else SIZES[turn : turn + 1]:
                await page.set_viewport_size({"width": width, "height": height})
                where = f"{name}-{width}-{colours}-{self.direction}"
                html = self.visitor.frame.locator("html")
                assert await html.evaluate("html => html.scrollWidth <= html.clientWidth"), where
                await page.screenshot(path=PICTURES / f"{where}.png")
            if self.direction == "ltr" or turn == 0:
                assert await violations(self.visitor) == [], f"{name} {colours} {self.direction}"

    async def overview(self) -> Locator:
        """Open the panel with all about the visitor; gives its parts: name, link, devices, answers, here."""
        await self.visitor.frame.locator("header button[aria-haspopup]").click()
        parts = self.visitor.frame.locator("section.link dd")
        await parts.first.wait_for()
        return parts

    async def close(self) -> None:
        await self.visitor.frame.locator("section.link > button").last.click()
        await self.visitor.frame.locator("section.link").wait_for(state="detached")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def panelled(browser: Browser, place: Place, tmp_path_factory) -> AsyncIterator[Scene]:
    modes = tuple(mode for mode in Mode if mode is not Mode.BOARD)  # test_board has a board, and looks at it
    async with scene_in(browser, place, tmp_path_factory.mktemp("panels"), modes=modes) as made:
        yield made


@pytest.mark.parametrize(("direction", "lang"), [("ltr", "en"), ("rtl", "ar")])
async def test_every_panel_reads_well_in_every_size_colour_and_direction(
    panelled: Scene, direction: str, lang: str
):
    path = panelled.show(f"/{direction}", lang=lang)
    panelled.pages[path] = panelled.pages[path].replace("<html", f'<html dir="{direction}"')
    visitor = await panelled.visitor()
    await InjectedWallet(panelled.world.wallet).into(visitor, IN_FRAMES, panelled.origin + path)
    panels = Panels(panelled, visitor, direction)
    frame = visitor.frame
    await panels.look("empty")
    await frame.locator(".notice.offer button").click()
    await frame.locator("section.link form").wait_for()
    await panels.look("come-back")
    await panels.close()

    text = f"My **teapot** ({direction}) drips, and `dm3` is fine: https://shop.example/help"
    await visitor.write(text, shown="teapot")
    name = await panelled.heard(text)
    await panelled.desk.send(name, "We send you a new one. Which colour would you like?")
    await panelled.desk.deliver()
    await visitor.bubble("Which colour").wait_for()
    await panels.look("conversation")
    await frame.locator(".bubble .more").first.click()
    await frame.locator("dialog.acting button").first.wait_for()
    await panels.look("message-menu")
    await frame.locator("dialog.acting .danger").click()
    await panels.look("delete")
    await frame.locator("dialog.acting .cancel").click()

    parts = await panels.overview()
    await panels.look("overview")
    await parts.nth(4).locator("button").click()
    await panels.look("forget")
    await parts.nth(4).locator("button").last.click()
    await parts.nth(1).locator("button").click()
    await frame.locator("section.link form").wait_for()
    await panels.look("link")
    await linking(panels)
    await panels.close()
    await (await panels.overview()).nth(2).locator("button").click()
    await frame.locator("section.link > button").nth(1).wait_for()
    await panels.look("other-devices")
    await frame.locator("section.link > button").first.click()
    await frame.locator("output.code").wait_for()
    await panels.look("recovery-code")
    await panels.close()
    large = FilePayload(name="large.bin", mimeType="application/octet-stream", buffer=bytes(5_100_000))
    await frame.locator("input[type=file]").set_input_files([large])
    await frame.locator(".composer .problem").wait_for()
    await panels.look("too-large")
    await visitor.context.set_offline(True)
    await visitor.field.fill("written in a tunnel")
    await visitor.field.press("Enter")
    await visitor.bubble("tunnel").locator(".delivery.waiting").wait_for()
    await frame.locator("p.notice[role=status]").wait_for()
    await frame.locator(".composer .problem").wait_for(state="detached")
    reason = "لا يمكن الوصول إلى الخدمة" if lang == "ar" else "cannot be reached"
    await visitor.bubble("tunnel").locator(".reason", has_text=reason).wait_for()  # one, for it and its copy
    await panels.look("offline")
    await visitor.context.set_offline(False)
    await visitor.bubble("tunnel").locator(".delivery.sent").wait_for()
    assert visitor.errors == []

    for mode in ("form", "in-app"):
        other = panelled.show(f"/{mode}-{direction}", f'mode="{mode}"', lang=lang)
        await visitor.page.goto(panelled.origin + other)
        await visitor.button.click()
        await frame.locator("main form, main .people, main section").first.wait_for()
        await panels.look(mode)
    await visitor.page.go_back()
    await visitor.button.click()
    await frame.locator("main form textarea").fill("The form is fine.")
    await frame.locator("main form .primary").click()
    await frame.locator(".thanks").wait_for()
    await panels.look("thanks")


async def linking(panels: Panels) -> None:
    """A wallet whose user says no, a messenger whose user says no, and both agreeing."""
    frame, alice = panels.visitor.frame, await panels.scene.world.alice()
    ask = frame.locator("section.link form .primary")
    await frame.locator("section.link form input[dir=ltr]").first.fill(alice.name)
    await frame.locator("section.link .choice input").nth(1).check()
    await ask.click()
    await frame.locator(".readable pre").wait_for()
    await panels.look("readable")
    await frame.locator(".readable button").last.click()
    await frame.locator(".notice.error").wait_for()
    await panels.look("not-signed")
    for picture in ("asked", "refused", "linked"):
        if picture != "refused":
            await frame.locator("section.link form input[dir=ltr]").first.fill(alice.name)
            await frame.locator("section.link .choice input").nth(1).check()
            await ask.click()
            await frame.locator(".readable .primary").click()
            await frame.locator(".link [data-state=requested]").wait_for()
            await asked_for(alice)
        [request] = await alice.link_requests()
        if picture == "refused":
            await alice.reject(request, reason="Not on this shop's page.")
            await frame.locator(".link [data-state=unlinked]").wait_for()
        elif picture == "linked":
            await alice.approve(request)
            await frame.locator(".link [data-state=linked]").wait_for()
        await panels.look(picture)
