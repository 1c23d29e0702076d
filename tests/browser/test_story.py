"""The whole story in browsers: a visitor, the support desk, the visitor's messenger, and a second device."""

from __future__ import annotations

import pytest

from tests.browser.scene import Scene
from tests.browser.test_linking import asked_for
from tests.browser.test_returning import device, signs
from tests.browser.test_wallets import FRAME
from tests.browser.test_wallets import ask as ask_by_wallet
from tests.kit import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_from_the_first_question_to_the_end_of_the_link_on_two_devices(scene: Scene):
    alice = await scene.world.alice()

    # A visitor asks, without an account, and support answers.
    phone = await device(scene, scene.world.wallet)
    await phone.write("My teapot drips.")
    name = await scene.heard("My teapot drips.")
    await scene.desk.send(name, "We send you a new one.")
    await phone.bubble("We send you a new one.").wait_for()

    # They take the conversation into their own messenger: read, signed, approved there.
    await ask_by_wallet(phone, alice.name, FRAME)
    await signs(phone)
    await asked_for(alice)
    [request] = await alice.link_requests()
    assert (request.uri, request.owner) == (scene.origin, scene.world.wallet.address)
    await alice.approve(request)
    await phone.frame.locator("[data-state=linked]").wait_for()

    # From now on they answer from there, and support sees the one who has asked.
    async def in_messenger(text: str) -> None:
        while not any(text == said.content for said in await alice.messages(scene.desk.name, profile=name)):
            await alice.sync(wait=1)

    await eventually(in_messenger("My teapot drips."), "the messenger has the conversation")
    await alice.send_as(name, scene.desk.name, "Thank you!")
    await alice.deliver()
    assert await scene.heard("Thank you!") == name
    await scene.desk.send(name, "It is on its way.")
    await scene.desk.deliver()
    await eventually(in_messenger("It is on its way."), "the messenger has the answer")
    await phone.bubble("It is on its way.").wait_for()

    # A second device gets everything back from the messenger, and writes as the same.
    laptop = await device(scene, scene.world.wallet)
    await laptop.frame.get_by_role("button", name="I have been here before").click()
    await laptop.frame.get_by_label("Through your messenger, to which it is linked").check()
    await laptop.frame.get_by_label("The name of your messenger").fill(alice.name)
    await laptop.frame.get_by_label("The name of this profile, as your messenger shows it").fill(name)
    await laptop.frame.get_by_label(FRAME, exact=True).check()
    await laptop.frame.get_by_role("button", name="Ask for it").click()
    await signs(laptop)

    async def given_back() -> None:
        while not await laptop.bubble("My teapot drips.").count():
            await alice.sync(wait=1)

    await eventually(given_back(), "the messenger gives the conversation back")
    await laptop.write("It has come!")
    assert await scene.heard("It has come!") == name

    # The link ends at the messenger; both devices go on writing, and the first is told.
    await alice.remove_link(name)
    await alice.deliver()
    await phone.frame.locator("[data-state=unlinked]").wait_for()
    await laptop.write("Still me.")
    assert await scene.heard("Still me.") == name
    assert phone.errors + laptop.errors == []
