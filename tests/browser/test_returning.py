"""Coming back on another device: by recovery code and wallet, by passkey, and through the messenger."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Frame, expect

from dm3.client import App
from dm3.crypto import KeyWallet, WalletKey
from tests.browser.scene import Scene, Visitor
from tests.browser.test_wallets import FRAME, approved, written
from tests.browser.test_wallets import ask as ask_by_wallet
from tests.browser.wallet import IN_FRAMES, InjectedWallet
from tests.e2e.sdk_scene import APP
from tests.kit import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEPT = "[data-protected]"


async def other_devices(visitor: Visitor) -> None:
    """Open the panel of a visitor who has a profile."""
    await visitor.overview()
    await visitor.frame.get_by_role("button", name="Other devices").click()


async def signs(visitor: Visitor) -> None:
    """Read what is shown, and sign it."""
    await visitor.frame.locator(".readable pre").wait_for()
    await visitor.frame.get_by_role("button", name="Sign", exact=True).click()


async def device(scene: Scene, wallet: KeyWallet) -> Visitor:
    """A further device with a wallet in its frames, the chat open."""
    visitor = await scene.visitor()
    await InjectedWallet(wallet).into(visitor, IN_FRAMES)
    return visitor


async def protected_by_code(scene: Scene, visitor: Visitor) -> str:
    """Have a copy kept under a code, which is shown once and has to be typed in; returns the code."""
    await other_devices(visitor)
    await visitor.frame.get_by_role("button", name="Make a recovery code").click()
    code = await visitor.frame.locator("output.code").inner_text()
    again = visitor.frame.get_by_label("Type it in from what you have written")
    await again.fill("0" * 32)
    await visitor.frame.get_by_label(FRAME, exact=True).check()
    await visitor.frame.get_by_role("button", name="Keep the copy").click()
    await visitor.frame.get_by_role("alert").filter(has_text="not the code that was shown").wait_for()
    assert await visitor.frame.locator(KEPT).count() == 0
    await again.fill(code.lower().replace("-", " "))
    await visitor.frame.get_by_role("button", name="Keep the copy").click()
    await signs(visitor)
    await visitor.frame.locator("[data-protected=code]").wait_for()
    await expect(visitor.frame.locator("output.code")).to_have_count(0)
    return code


async def open_by_code(visitor: Visitor, code: str) -> None:
    """Type the code in on a device without a profile."""
    await visitor.frame.get_by_label("Recovery code", exact=True).fill(code)
    await visitor.frame.get_by_label(FRAME, exact=True).check()
    await visitor.frame.get_by_role("button", name="Open", exact=True).click()


async def test_a_recovery_code_and_the_wallet_open_the_conversation_on_another_device(scene: Scene):
    first = await device(scene, scene.world.wallet)
    await first.write("from the first device")
    name = await scene.heard("from the first device")
    code = await protected_by_code(scene, first)
    sdk = await scene.world.client()
    in_python = await sdk.reopen_lsp(App(APP, scene.origin), scene.world.wallet, code=code)
    assert in_python.name == name

    second = await device(scene, scene.world.wallet)
    await second.frame.get_by_role("button", name="I have been here before").click()
    alert = second.frame.get_by_role("alert")
    await open_by_code(second, "1" + code[1:] if code[0] != "1" else "2" + code[1:])
    await alert.filter(has_text="mistyped").wait_for()
    await open_by_code(second, code)
    await signs(second)
    await second.frame.locator("[data-protected=code]").wait_for()
    await second.write("from the second device")
    assert await scene.heard("from the second device") == name
    await scene.desk.send(name, "to both")
    await scene.desk.deliver()
    for visitor in (first, second):
        await visitor.bubble("to both").wait_for()
        assert visitor.errors == []

    stranger = await device(scene, KeyWallet(WalletKey(b"\x09" * 32)))
    await stranger.frame.get_by_role("button", name="I have been here before").click()
    await open_by_code(stranger, code)
    await stranger.frame.get_by_role("alert").filter(has_text="Nothing is kept here").wait_for()


async def authenticator(frame: Frame, visitor: Visitor) -> Any:
    """A virtual authenticator with PRF for the chat's frame."""
    session = await visitor.context.new_cdp_session(frame)
    await session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "ctap2Version": "ctap2_1",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "hasPrf": True,
    }
    made = await session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, made["authenticatorId"]


async def test_a_passkey_opens_the_conversation_without_a_wallet(scene: Scene):
    visitor = await scene.visitor()
    await visitor.open()
    await visitor.write("kept by a passkey")
    name = await scene.heard("kept by a passkey")
    frame = next(frame for frame in visitor.page.frames if frame.url.startswith(scene.widget))
    session, key = await authenticator(frame, visitor)
    await other_devices(visitor)
    await visitor.frame.get_by_role("button", name="Make a passkey").click()
    await visitor.frame.locator("[data-protected=passkey]").wait_for()

    # The device that gets a synced passkey: nothing of the chat is left, the passkey is.
    await visitor.forget()
    await visitor.bubble("kept by a passkey").wait_for(state="detached")
    await visitor.frame.get_by_role("button", name="I have been here before").click()
    await visitor.frame.get_by_label("With a passkey").check()
    await visitor.frame.get_by_role("button", name="Use your passkey").click()
    await visitor.frame.locator("[data-protected=passkey]").wait_for()
    await visitor.write("opened by a passkey")
    assert await scene.heard("opened by a passkey") == name

    await visitor.forget()
    await session.send("WebAuthn.clearCredentials", {"authenticatorId": key})
    await visitor.frame.get_by_role("button", name="I have been here before").click()
    await visitor.frame.get_by_label("With a passkey").check()
    await visitor.frame.get_by_role("button", name="Use your passkey").click()
    await visitor.frame.get_by_role("alert").filter(has_text="No passkey was used").wait_for()
    assert visitor.errors == []


async def test_the_messenger_gives_a_linked_conversation_back(scene: Scene):
    first = await scene.visitor()
    await written(scene, first)
    wallet = InjectedWallet(scene.world.wallet)
    await wallet.into(first, IN_FRAMES)
    alice = await scene.world.alice()
    await ask_by_wallet(first, alice.name, FRAME)
    await first.frame.get_by_role("button", name="Sign", exact=True).click()
    await approved(scene, first, wallet, alice)
    name = await scene.heard("before linking")

    async def inbox() -> None:
        while not await alice.messages(scene.desk.name, profile=name):
            await alice.sync(wait=1)

    await eventually(inbox(), "the messenger has the conversation")
    second = await device(scene, scene.world.wallet)
    await second.frame.get_by_role("button", name="I have been here before").click()
    await second.frame.get_by_label("Through your messenger, to which it is linked").check()
    await second.frame.get_by_label("The name of your messenger").fill(alice.name)
    await second.frame.get_by_label("The name of this profile, as your messenger shows it").fill(name)
    await second.frame.get_by_label(FRAME, exact=True).check()
    await second.frame.get_by_role("button", name="Ask for it").click()
    await signs(second)
    await second.frame.locator("[data-recovery=asked]").wait_for()

    async def answered() -> None:
        while await second.frame.locator("[data-recovery]").count():
            await alice.sync(wait=1)

    await eventually(answered(), "the messenger has answered")
    await second.bubble("before linking").wait_for()
    await second.write("from the second device")
    assert await scene.heard("from the second device") == name
    await second.overview()
    await second.frame.locator(".link [data-state=linked]").wait_for()
    assert second.errors == []


async def test_a_messenger_that_cannot_be_asked_is_told(scene: Scene):
    """There is no such messenger, or the wallet has no public profile here: nobody is asked."""
    visitor = await device(scene, scene.world.wallet)
    await visitor.frame.get_by_role("button", name="I have been here before").click()
    await visitor.frame.get_by_label("Through your messenger, to which it is linked").check()
    await visitor.frame.get_by_label("The name of your messenger").fill("nobody.user.dm3.eth")
    await visitor.frame.get_by_label(FRAME, exact=True).check()
    await visitor.frame.get_by_role("button", name="Ask for it").click()
    await visitor.frame.get_by_role("alert").filter(has_text="nobody.user.dm3.eth").wait_for()
    alice = await scene.world.alice()
    await visitor.frame.get_by_label("The name of your messenger").fill(alice.name)
    await visitor.frame.get_by_role("button", name="Ask for it").click()
    await visitor.frame.get_by_role("alert").filter(has_text="no public profile here").wait_for()
