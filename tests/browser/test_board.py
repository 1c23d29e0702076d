"""The board in the browser: held, published, seen live by others, withdrawn; what is forged is not shown."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Route, expect

from dm3.store.board import Statements, StatementState
from dm3.widget import Mode
from tests.browser.scene import Scene, Visitor, scene_in
from tests.browser.test_accessibility import violations
from tests.e2e.board_scene import board_of, operator
from tests.e2e.sdk_scene import world_on

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def pictures() -> Path:
    """Where the screenshots lie, to be looked at."""
    folder = Path("build/board")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@dataclass
class Shown:
    """A page with a board, and who decides about it."""

    scene: Scene
    operator: Statements


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shown(browser, place, tmp_path_factory) -> AsyncIterator[Shown]:
    folder = tmp_path_factory.mktemp("board")
    async with (
        world_on(place) as world,
        board_of(world, folder, chars=60, per_author=2) as board,
        operator(folder) as statements,
        scene_in(
            browser,
            place,
            tmp_path_factory.mktemp("widget"),
            modes=(Mode.CHAT, Mode.BOARD),
            board=board.name,
            board_url=board.url,
        ) as scene,
    ):
        for lang in ("en", "de", "ar"):
            scene.show(f"/{lang}", f'mode="board" display="inline" locale="{lang}"', lang=lang)
        yield Shown(scene, statements)


async def say(visitor: Visitor, text: str) -> str:
    """Write a statement; returns its hash once the board holds it back."""
    await visitor.frame.get_by_label("Say something to everybody").fill(text)
    await visitor.frame.get_by_role("button", name="Publish").press("Enter")
    own = visitor.frame.locator('li[data-standing="waiting"]', has_text=text)
    await expect(own).to_contain_text("Waits to be published")
    return text


async def test_a_statement_is_held_published_and_seen_live_and_withdrawn(shown: Shown, pictures):
    anna, bert = await shown.scene.visitor("/en"), await shown.scene.visitor("/en")
    await expect(bert.frame.locator(".board .none")).to_be_visible()
    await expect(anna.frame.locator(".board form")).to_contain_text("This is public")
    text = await say(anna, "The teapot <b>never</b> drips. שלום")
    await expect(bert.frame.locator(".board li")).to_have_count(0)
    [waiting] = await shown.operator.of_state(StatementState.WAITING, 10)
    assert await shown.operator.publish(waiting.hash)
    for visitor in (anna, bert):
        seen = visitor.frame.locator("li[data-statement]", has_text=text)
        await expect(seen).to_be_visible()
        assert await visitor.frame.locator("li b").count() == 0
    assert await violations(anna) == []
    await anna.page.screenshot(path=str(pictures / "published.png"))
    await anna.frame.get_by_role("button", name="Withdraw").press("Enter")
    await expect(bert.frame.locator("li[data-statement]", has_text=text)).to_have_count(0)
    await expect(anna.frame.locator('li[data-standing="gone"]')).to_be_visible()
    assert (anna.errors, bert.errors) == ([], [])


async def test_the_board_s_limits_and_refusals_are_told_in_a_sentence(shown: Shown, pictures):
    anna = await shown.scene.visitor("/en")
    field = anna.frame.get_by_label("Say something to everybody")
    publish = anna.frame.get_by_role("button", name="Publish")
    # The page knows what the operator has set, and counts as the board does.
    await field.fill("\U0001f375" * 60)
    await expect(anna.frame.locator(".board .length")).to_have_text("60 of 60 characters")
    await expect(publish).to_be_enabled()
    await field.fill("x" * 61)
    await expect(anna.frame.locator(".board .length")).to_contain_text("61 characters, 60 are the most")
    await expect(publish).to_be_disabled()
    assert await violations(anna) == []
    for text in ("one", "two"):
        await say(anna, text)
    await field.fill("three")
    await publish.press("Enter")
    refused = anna.frame.locator('li[data-standing="refused"]')
    await expect(refused).to_contain_text("within an hour you have written as much as one person may")
    assert await violations(anna) == []
    await anna.page.screenshot(path=str(pictures / "refused.png"))
    await refused.get_by_role("button", name="Change it and write it again").press("Enter")
    await expect(field).to_have_value("three")
    assert anna.errors == []


async def test_what_a_board_forges_is_not_shown(shown: Shown):
    anna, bert = await shown.scene.visitor("/en"), await shown.scene.visitor()
    await say(anna, "What I said")
    for one in await shown.operator.of_state("waiting", 10):  # type: ignore[arg-type]
        await shown.operator.publish(one.hash)

    async def forge(route: Route) -> None:
        # Only the browser itself knows where chat.localhost is.
        answer = await route.fetch(url=route.request.url.replace("chat.localhost", "127.0.0.1"))
        page: dict[str, Any] = await answer.json()
        for item in list(page.get("items", [])):
            if "message" not in item:
                continue
            message = json.loads(item["message"])
            message["message"] = "What I never said"
            page["items"].append({**item, "hash": "0x" + "11" * 32, "message": json.dumps(message)})
        await route.fulfill(response=answer, json=page)

    await bert.page.route("**/board/*", forge)
    await bert.page.goto(f"{shown.scene.origin}/en")
    await expect(bert.frame.locator("li[data-statement]", has_text="What I said")).to_be_visible()
    await expect(bert.frame.locator("[data-unverified]")).to_contain_text("not signed by whom they name")
    await expect(bert.frame.locator("li", has_text="never said")).to_have_count(0)
    await bert.page.unroute_all(behavior="ignoreErrors")


@pytest.mark.parametrize("lang", ["en", "de", "ar"])
@pytest.mark.parametrize(("width", "colours"), [(360, "light"), (1280, "dark")])
async def test_axe_finds_nothing_in_any_language_width_and_colour(
    shown: Shown, pictures, lang, width, colours
):
    visitor = await shown.scene.visitor(
        f"/{lang}", color_scheme=colours, viewport={"width": width, "height": 740}
    )
    await visitor.frame.locator(".board textarea").wait_for()
    assert await violations(visitor) == []
    assert await visitor.frame.locator("html").evaluate(
        "(root) => root.scrollWidth <= root.clientWidth && root.dir"
    ) == ("rtl" if lang == "ar" else "ltr")
    await visitor.page.screenshot(path=str(pictures / f"{lang}-{width}-{colours}.png"))
