"""Several tabs of one browser: one profile, one that speaks with the services, the same messages in all."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import FrameLocator, Locator, Page

from tests.browser.scene import Scene, Visitor
from tests.e2e.sdk_scene import APP
from tests.kit import happens

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Tab(Visitor):
    """One of a visitor's tabs, and what it has asked of the services."""

    asked: list[str]

    async def start(self, address: str) -> Tab:
        self.asked = []
        self.page.on("request", lambda request: self.asked.append(f"{request.method} {request.url}"))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        await self.page.goto(address)
        return self

    def count(self, part: str) -> int:
        return sum(part in one for one in self.asked)


class WindowTab(Tab):
    """The chat in a window of its own, where the browser gives it storage and locks."""

    @property
    def frame(self) -> Page | FrameLocator:  # type: ignore[override]
        return self.page

    async def open(self) -> None:
        await self.field.wait_for()


@pytest.fixture(params=["split", "own"])
def mode(request: pytest.FixtureRequest) -> str:
    """Where the visitor's state lies: in a frame of the shop, or in a window of the chat's own."""
    return str(request.param)


async def two_tabs(scene: Scene, mode: str) -> tuple[Tab, Tab]:
    """Two tabs of one browser with the chat open; which of them leads is theirs to find out."""
    first = await scene.visitor()
    kind, address = (WindowTab, f"{scene.widget}/{APP}/") if mode == "own" else (Tab, scene.origin)
    tabs = []
    for page in (first.page, await first.context.new_page()):
        tab = await kind(first.context, page).start(address)
        await tab.open()
        assert await tab.storage() == mode
        tabs.append(tab)
    return tabs[0], tabs[1]


async def write(tab: Tab, text: str) -> None:
    await tab.field.press("Enter")
    await tab.bubble(text).locator(".delivery.sent").wait_for()


async def leader_first(one: Tab, other: Tab) -> tuple[Tab, Tab]:
    """The tab that speaks with the services, and waits there for what comes; then the other one."""
    tabs = (one, other)
    waits = await happens(
        lambda: [tab for tab in tabs if tab.count("wait=25")], "a tab waits at the services"
    )
    assert len(waits) == 1, "both tabs wait at the services"
    return waits[0], next(tab for tab in tabs if tab is not waits[0])


async def once(bubble: Locator) -> None:
    await bubble.wait_for()
    assert await bubble.count() == 1


async def heard_twice(scene: Scene) -> str:
    """The one who wrote both texts; waits until the desk has them."""
    names = {await scene.heard("from the left"), await scene.heard("from the right")}
    assert len(names) == 1
    name = names.pop()
    texts = sorted(str(message.content) for message in await scene.desk.messages(name))
    assert texts == ["from the left", "from the right"]
    return name


async def test_two_tabs_are_one_visitor(scene: Scene, mode: str):
    left, right = await two_tabs(scene, mode)
    await left.field.fill("from the left")
    await right.field.fill("from the right")
    await asyncio.gather(write(left, "from the left"), write(right, "from the right"))
    name = await heard_twice(scene)
    for tab in (left, right):
        await once(tab.bubble("from the left"))
        await once(tab.bubble("from the right"))

    await scene.desk.send(name, "one answer")
    await scene.desk.deliver()
    for tab in (left, right):
        await once(tab.bubble("one answer"))
    await happens(lambda: left.count("syncAcknowledgements") + right.count("syncAcknowledgements") == 1)

    leader, other = await leader_first(left, right)
    await leader.page.close()
    await other.write("I am still here")
    await scene.heard("I am still here")
    await scene.desk.send(name, "so are we")
    await scene.desk.deliver()
    await once(other.bubble("so are we"))

    await other.page.reload()
    await other.open()
    for text in ("from the left", "from the right", "one answer", "I am still here", "so are we"):
        await once(other.bubble(text))
    assert left.errors + right.errors == []


async def test_forgetting_in_one_tab_forgets_in_all(scene: Scene, mode: str):
    left, right = await two_tabs(scene, mode)
    await left.write("to be forgotten")
    name = await scene.heard("to be forgotten")
    await right.bubble("to be forgotten").wait_for()
    await right.forget()
    for tab in (left, right):
        await tab.bubble("to be forgotten").wait_for(state="detached")
    await left.write("somebody else")
    assert await scene.heard("somebody else") != name
    await right.bubble("somebody else").wait_for()
    # What was begun anew is kept: nothing that was forgotten before takes it along.
    await right.page.reload()
    await right.open()
    await once(right.bubble("somebody else"))
    assert left.errors + right.errors == []


_SLOW_DISK = """() => { window.held = new Promise((resolve) => { window.letGo = resolve; });
  const encrypt = crypto.subtle.encrypt.bind(crypto.subtle);
  window.writing = new Promise((resolve) => {
    crypto.subtle.encrypt = async (...all) => {
      const made = await encrypt(...all); resolve(); await held; return made; };
  }); }"""


async def test_a_leader_that_was_frozen_while_it_wrote_overwrites_nothing(scene: Scene, mode: str):
    """The tab beside takes its place; what the frozen one had begun to write is made again on that."""
    tabs = await two_tabs(scene, mode)
    await tabs[0].write("before the frost")
    await tabs[1].bubble("before the frost").wait_for()
    left, right = await leader_first(*tabs)
    devtools = await left.context.new_cdp_session(left.page)
    inside = left.page.frames[-1]
    await inside.evaluate(_SLOW_DISK)
    await left.field.fill("a draft from before the frost")
    await inside.evaluate("writing")  # from here on, who else wants something of it waits
    await devtools.send("Page.setWebLifecycleState", {"state": "frozen"})
    await right.write("while it was frozen")
    await devtools.send("Page.setWebLifecycleState", {"state": "active"})
    await inside.evaluate("letGo()")
    await left.bubble("while it was frozen").wait_for()
    await right.page.close()
    await asyncio.sleep(1)  # time for what it had begun to write to do its harm
    await left.page.reload()
    await left.open()
    await once(left.bubble("while it was frozen"))
    await left.write("after the frost")
    name = await scene.heard("after the frost")
    assert name == await scene.heard("while it was frozen")
    await left.page.reload()
    await left.open()
    for text in ("before the frost", "while it was frozen", "after the frost"):
        await once(left.bubble(text))
    assert left.errors + right.errors == []
