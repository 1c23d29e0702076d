"""Linking from the chat in a real browser: by pairing code, with the messenger of the SDK."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from dm3.base.errors import NotFound
from dm3.client import Messenger
from dm3.crypto import print_pairing_code
from dm3.net.clients.delivery import DeliveryClient
from tests.browser.messenger_window import opened
from tests.browser.scene import PICTURES, Scene, Visitor
from tests.e2e.messenger_scene import messenger_in
from tests.e2e.sdk_scene import Clock
from tests.kit import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(scene: Scene) -> Visitor:
    """A visitor who has written and has got an answer."""
    made = await scene.visitor()
    await made.open()
    await made.write("before linking")
    name = await scene.heard("before linking")
    await scene.desk.send(name, "an answer")
    await made.bubble("an answer").wait_for()
    return made


async def asked_for(alice: Messenger) -> None:
    """Wait until a request waits for Alice's decision."""

    async def wait() -> None:
        while not await alice.link_requests():
            await alice.sync(wait=1)

    await eventually(wait(), "the request is there")


async def ask(visitor: Visitor, name: str, code: str) -> None:
    """Ask the messenger ``name`` with its code, as offered after the first answer."""
    await visitor.frame.get_by_role("button", name="Link it").click()
    await visitor.frame.get_by_label("The name of your messenger").fill(name)
    await visitor.frame.get_by_label("The code that it shows", exact=True).fill(code)
    await visitor.frame.get_by_role("button", name="Ask").click()


async def test_a_visitor_links_by_the_code_that_their_messenger_shows(scene: Scene, visitor: Visitor):
    alice = await scene.world.alice()
    offer = await alice.open_pairing()
    await visitor.page.evaluate(
        """() => { window.linked = [];
        document.addEventListener('dm3-linked', ({detail}) => linked.push(detail)); }"""
    )
    await ask(visitor, alice.name, print_pairing_code(offer.code).lower())
    state = visitor.frame.locator(".link [data-state]")
    await state.filter(has_text="was asked").wait_for()
    await asked_for(alice)
    [request] = await alice.link_requests()
    assert request.uri == scene.origin
    await alice.approve(request.profile_name)
    await state.filter(has_text=f"Linked to {alice.name}").wait_for()

    async def in_inbox() -> None:
        while True:
            shown = [m.content for m in await alice.messages(scene.desk.name, profile=request.profile_name)]
            if {"before linking", "an answer"} <= set(shown):
                return
            await alice.sync(wait=1)

    await eventually(in_inbox(), "the conversation is in Alice's inbox")
    await visitor.write("after linking")
    await shows_renews_and_ends(scene, visitor, alice, request.profile_name)
    # The page learns that there is a link, and not to whom.
    await visitor.page.wait_for_function("linked.length > 1")
    assert await visitor.page.evaluate("linked") == [{"linked": True}, {"linked": False}]
    assert visitor.errors == []


async def shows_renews_and_ends(scene: Scene, visitor: Visitor, alice: Messenger, name: str) -> None:
    """One panel has name, link and its end; from there it is renewed, and ended."""
    frame = visitor.frame
    await visitor.overview()
    await expect(frame.locator("[data-name]")).to_have_text(name)
    linked = frame.locator(".link [data-state=linked]")
    [link] = [link for link in await alice.links() if link.profile_name == name]
    until = datetime.fromtimestamp(link.valid_until, UTC)
    await linked.filter(has_text=f"until {until:%B} {until.day}, {until.year}").wait_for()
    await frame.locator(".link", has_text=f"In your messenger {alice.name}.").wait_for()

    offer = await alice.open_pairing()
    await frame.get_by_role("button", name="Renew it").click()
    await frame.get_by_label("The code that it shows", exact=True).fill(print_pairing_code(offer.code))
    await frame.get_by_role("button", name="Ask", exact=True).click()
    await frame.get_by_role("button", name="Ask", exact=True).wait_for(state="detached")

    async def renewed() -> None:
        while (await alice.links())[0].valid_until <= link.valid_until:
            await alice.sync(wait=1)
            for asked in await alice.link_requests():
                await alice.approve(asked.profile_name)

    await eventually(renewed(), "the link is valid for longer")
    await frame.get_by_role("button", name="Close").last.click()
    await visitor.overview()
    await frame.get_by_role("button", name="End the link").click()
    await frame.locator(".link [data-state=unlinked]", has_text=f"{alice.name} has ended").wait_for()

    async def ended() -> None:
        while await alice.links():
            await alice.sync(wait=1)

    await eventually(ended(), "the messenger has heard of the end")


async def test_the_pages_of_the_messenger_show_the_code_the_request_and_then_the_conversation(
    browser: Browser, scene: Scene, visitor: Visitor, tmp_path: Path
):
    async with messenger_in(scene.world, tmp_path) as messenger, opened(browser, messenger) as page:
        await page.get_by_role("link", name="Links").click()
        await page.get_by_role("button", name="Show a code").click()
        code = await page.locator(".code").inner_text()
        await ask(visitor, messenger.alice.name, code.lower())
        state = visitor.frame.locator(".link [data-state]")
        await state.filter(has_text="was asked").wait_for()
        await page.get_by_role("link", name="Inbox").click()
        await page.get_by_role("link", name="asks to be decided on").click()
        request = page.locator("article.request")
        assert scene.origin in await request.inner_text()
        await request.get_by_text("not yours, with your pairing code").wait_for()
        await request.get_by_role("button", name="Approve").click()
        await state.filter(has_text=f"Linked to {messenger.alice.name}").wait_for()
        await page.get_by_role("link", name="Inbox").click()
        await page.get_by_label("Conversations").get_by_text("an answer").click()
        await page.locator("article.own", has_text="before linking").wait_for()
        await visitor.write("after linking")
        await scene.desk.send(await scene.heard("after linking"), "to both")
        await page.locator("article", has_text="to both").wait_for()
        await visitor.bubble("to both").wait_for()
    assert visitor.errors == []


async def test_a_wrong_code_links_nothing_and_the_request_can_be_taken_back(scene: Scene, visitor: Visitor):
    alice = await scene.world.alice()
    await alice.open_pairing()
    await ask(visitor, alice.name, "AAAAA-AAAAA")
    await visitor.frame.locator(".link [data-state=requested]").wait_for()
    await alice.sync(wait=5)
    assert await alice.link_requests() == []
    await visitor.frame.get_by_role("button", name="Take the request back").click()
    await visitor.frame.locator(".link [data-state=unlinked]").wait_for()


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [
        ("nobody.user.dm3.eth", "AAAAA-AAAAA", "nobody.user.dm3.eth"),
        ("alice", "AAAA", "pairing code"),
    ],
)
async def test_what_cannot_be_asked_is_said(visitor: Visitor, name, code, says):
    await ask(visitor, name, code)
    await visitor.frame.get_by_role("alert").filter(has_text=says).wait_for()


async def answered(visitor: Visitor, alice: Messenger) -> None:
    """Wait until the chat has Alice's answer, whatever it is."""
    waits = visitor.frame.locator(".link [data-state=requested]")
    await waits.wait_for()

    async def wait() -> None:
        while await waits.count():
            await alice.sync(wait=1)

    await eventually(wait(), "the messenger has answered")


async def test_what_the_messenger_refuses_by_itself_is_told_with_its_reason(scene: Scene, visitor: Visitor):
    clock = Clock()
    alice = await scene.world.alice(now=clock)
    clock.ahead = -300.0
    offer = await alice.open_pairing()
    await ask(visitor, alice.name, print_pairing_code(offer.code))
    await answered(visitor, alice)
    told = visitor.frame.locator(".link [data-state=unlinked]")
    await told.filter(has_text="by its clock the request lies in the future").wait_for()
    assert await alice.link_requests() == []
    assert visitor.errors == []


async def test_what_its_user_says_is_told_in_their_words(scene: Scene, visitor: Visitor):
    alice = await scene.world.alice()
    offer = await alice.open_pairing()
    await ask(visitor, alice.name, print_pairing_code(offer.code))
    await asked_for(alice)
    [request] = await alice.link_requests()
    await alice.reject(request, reason="Not on this shop's page.")
    told = visitor.frame.locator(".link [data-state=unlinked]")
    await told.filter(has_text="has said no. Not on this shop's page.").wait_for()


MOVABLE = "const now = Date.now.bind(Date); globalThis.ahead = 0; Date.now = () => now() + globalThis.ahead;"


async def test_a_wrong_clock_is_noticed_before_anything_is_asked(scene: Scene):
    visitor = await scene.visitor()
    await visitor.context.add_init_script(MOVABLE)
    await visitor.page.reload()
    await visitor.open()
    await visitor.write("with a right clock")
    name = await scene.heard("with a right clock")
    await scene.desk.send(name, "an answer by the right clock")
    await visitor.bubble("an answer by the right clock").wait_for()
    alice = await scene.world.alice()
    for frame in visitor.page.frames:
        await frame.evaluate("globalThis.ahead = 3 * 3600 * 1000")
    await ask(visitor, alice.name, "AAAAA-AAAAA")
    alert = visitor.frame.get_by_role("alert")
    await alert.filter(has_text="Nothing was signed: this device's clock").wait_for()
    assert await visitor.frame.locator(".link [data-state]").count() == 0


async def test_a_messenger_that_says_nothing_of_itself_is_asked_once_its_user_has_agreed(
    scene: Scene, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
):
    async def says_nothing(*_: object) -> None:
        raise NotFound("there is no such method")

    with monkeypatch.context() as patched:
        patched.setattr(DeliveryClient, "set_extension", says_nothing)
        alice = await scene.world.alice()
    offer = await alice.open_pairing()
    await ask(visitor, alice.name, print_pairing_code(offer.code))
    await visitor.frame.get_by_role("alert").filter(has_text="Whether it takes links is not known").wait_for()
    await visitor.frame.get_by_label("Ask it all the same").check()
    await visitor.page.screenshot(path=PICTURES / "ask-all-the-same.png")
    await visitor.frame.get_by_role("button", name="Ask", exact=True).click()
    await asked_for(alice)
    [request] = await alice.link_requests()
    assert not request.with_keys
    await alice.approve(request.profile_name)
    await visitor.frame.locator(".link [data-state=linked]").wait_for()
    await visitor.frame.get_by_text("may not take the keys").wait_for()
    assert visitor.errors == []
