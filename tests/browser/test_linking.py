"""Linking from the chat in a real browser: by pairing code, with the messenger of the SDK."""

from __future__ import annotations

import pytest
import pytest_asyncio

from dm3.client import Messenger
from dm3.crypto import print_pairing_code
from tests.browser.scene import Scene, Visitor
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
