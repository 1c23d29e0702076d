"""Conversations longer than what is rendered: the window moves with who reads, and stays where they read."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.scene import PATIENCE, Scene, Visitor, scene_in
from tests.e2e.sdk_scene import place_in

pytestmark = pytest.mark.asyncio(loop_scope="session")

RENDERED = 120
"""Messages that are rendered at most (web/widget/views/window.ts)."""


class LongTalk:
    """A visitor to whom the desk has written a great deal."""

    def __init__(self, scene: Scene, visitor: Visitor, name: str) -> None:
        self.scene, self.visitor, self.name = scene, visitor, name

    async def answer(self, word: str, count: int) -> None:
        """The desk sends messages in a burst, numbered from 0; the delivery service has them all."""
        for number in range(count):
            await self.scene.desk.send(self.name, f"{word} {number}.")
        await self.scene.desk.deliver()

    async def scroll(self, to: str) -> None:
        """Scroll to the edge again and again, as the window moves, until the message ``to`` is rendered."""
        await self.visitor.frame.locator(".timeline").evaluate(
            """async (list, [to, up]) => {
              while (![...list.querySelectorAll('.bubble')].some((one) => one.innerText.includes(to))) {
                list.scrollTop = up ? 0 : list.scrollHeight;
                await new Promise(requestAnimationFrame);
              }
              list.scrollTop = up ? 0 : list.scrollHeight;
              await new Promise(requestAnimationFrame);
            }""",
            [to, to == "Good morning"],
        )

    async def places(self) -> dict[str, float]:
        """Where the messages that are seen stand: pixels below the list's upper edge, by their hash."""
        found: dict[str, float] = await self.visitor.frame.locator(".timeline").evaluate(
            """(list) => { const edge = list.getBoundingClientRect();
              return Object.fromEntries([...list.querySelectorAll('.bubble')]
                .map((one) => [one.dataset.hash, one.getBoundingClientRect()])
                .filter(([, box]) => box.bottom > edge.top && box.top < edge.bottom)
                .map(([hash, box]) => [hash, Math.round(box.top - edge.top)])); }"""
        )
        return found

    async def rendered(self) -> int:
        return await self.visitor.frame.locator(".bubble").count()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def talk(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LongTalk]:
    folder = tmp_path_factory.mktemp("long")
    # The desk writes more in a minute than a person would.
    async with place_in(folder, rate_per_sender=0) as place, scene_in(browser, place, folder) as scene:
        visitor = await scene.visitor()
        await visitor.open()
        await visitor.write("Good morning")
        talk = LongTalk(scene, visitor, await scene.heard("Good morning"))
        await talk.answer("early", 180)
        await visitor.bubble("early 179.").wait_for()
        yield talk
        assert visitor.errors == []


async def test_the_window_moves_to_the_first_message_and_back_to_the_newest(talk: LongTalk):
    assert await talk.rendered() <= RENDERED
    await expect(talk.visitor.bubble("early 179.")).to_be_in_viewport(timeout=PATIENCE)
    await talk.scroll("Good morning")
    await expect(talk.visitor.bubble("Good morning")).to_be_in_viewport(timeout=PATIENCE)
    await expect(talk.visitor.bubble("early 179.")).to_have_count(0)
    assert await talk.rendered() <= RENDERED
    await talk.scroll("early 179.")
    await expect(talk.visitor.bubble("early 179.")).to_be_in_viewport(timeout=PATIENCE)
    await expect(talk.visitor.bubble("Good morning")).to_have_count(0)
    await talk.visitor.frame.get_by_role("button", name="newest").wait_for(state="detached")


async def test_what_one_reads_stays_in_its_place_while_a_burst_of_messages_comes(talk: LongTalk):
    await talk.scroll("early 179.")
    await talk.visitor.frame.locator(".timeline").evaluate("(list) => { list.scrollTop -= 400; }")
    newest = talk.visitor.frame.get_by_role("button", name="newest")
    await newest.wait_for()
    before = await talk.places()
    await talk.answer("late", 130)
    # More has come than is rendered: what was read would be gone if the window followed the newest.
    await talk.visitor.frame.locator("[role=log]", has_text="late 129.").wait_for(state="attached")
    assert await talk.places() == before
    assert await talk.visitor.bubble("late 129.").count() == 0
    await newest.click()
    await expect(talk.visitor.bubble("late 129.")).to_be_in_viewport(timeout=PATIENCE)
    await talk.answer("last", 1)
    await expect(talk.visitor.bubble("last 0.")).to_be_in_viewport(timeout=PATIENCE)


async def test_the_conversation_is_whole_after_a_reload(talk: LongTalk):
    await talk.visitor.page.reload()
    await talk.visitor.open()
    await expect(talk.visitor.bubble("last 0.")).to_be_in_viewport(timeout=PATIENCE)
    await talk.scroll("Good morning")
    await expect(talk.visitor.bubble("Good morning")).to_be_in_viewport(timeout=PATIENCE)
