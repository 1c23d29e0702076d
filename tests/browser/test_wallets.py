"""Linking by a wallet in the frame, in the signing window and behind the page: the text is read first."""

from __future__ import annotations

import pytest
from playwright.async_api import Page

from dm3.client import Messenger
from dm3.crypto import KeyCreationMessage, KeyWallet, WalletKey
from dm3.crypto.derivation import DEFAULT_NONCE
from tests.browser.scene import PICTURES, Scene, Visitor
from tests.browser.test_linking import asked_for
from tests.browser.wallet import IN_FRAMES, IN_PAGES, NOWHERE, InjectedWallet

pytestmark = pytest.mark.asyncio(loop_scope="session")

FRAME = "With Ethereum"
_ANOTHER = """() => void dispatchEvent(new CustomEvent('eip6963:announceProvider',
  { detail: { info: { name: 'Another', uuid: 'another' }, provider: { request: async () => [] } } }))"""
WINDOW = "With a wallet, in a window of its own"
PAGE = "With the wallet of this page"
OPENS_WINDOW = """() => {
  addEventListener('message', ({ data, ports }) => {
    if (data !== 'dm3-signing') return;
    window.asking = ports[0];
    window.asking.postMessage({ text: '' });
  });
  window.open(`${location.origin}${location.pathname}#sign=en`, '_blank', 'popup');
}"""
"""A frame that has been made to ask for something else than what the user wants."""


async def written(scene: Scene, visitor: Visitor, text: str = "before linking") -> None:
    """Have the visitor write and be answered."""
    if not await visitor.field.is_visible():
        await visitor.open()
    await visitor.write(text)
    await scene.desk.send(await scene.heard(text), "an answer")
    await visitor.bubble("an answer").wait_for()


async def another_announces_itself(visitor: Visitor) -> None:
    """Another wallet comes into the frame, late, and is offered."""
    await visitor.page.frames[-1].evaluate(_ANOTHER)
    await visitor.frame.get_by_label("With Another", exact=True).wait_for()


async def ask(visitor: Visitor, name: str, by: str, *, another: bool = False) -> None:
    """Ask the messenger ``name`` to link, the wallet being where ``by`` says; ``another`` comes first."""
    await visitor.frame.get_by_role("button", name="Link it").click()
    await visitor.frame.get_by_label("The name of your messenger").fill(name)
    await visitor.frame.get_by_label(by, exact=True).check()
    if another:
        await another_announces_itself(visitor)
        assert await visitor.frame.get_by_label(by, exact=True).is_checked()
    await visitor.frame.get_by_role("button", name="Ask").click()


async def ask_in_window(visitor: Visitor, name: str) -> Page:
    """The same by the signing window, which is returned."""
    async with visitor.context.expect_page() as opened:
        await ask(visitor, name, WINDOW)
    return await opened.value


async def approved(scene: Scene, visitor: Visitor, wallet: InjectedWallet, alice: Messenger) -> None:
    """Alice gets the request, of which the wallet has signed just the readable text, and approves it."""
    await asked_for(alice)
    [request] = await alice.link_requests()
    assert request.owner == wallet.wallet.address
    [text] = wallet.asked
    assert text.startswith("Link your local profile with your dm3 account:")
    assert f"URI: {scene.origin}" in text
    await alice.approve(request)
    state = visitor.frame.locator(".link [data-state]")
    await state.filter(has_text=f"Linked to {alice.name}").wait_for()


async def test_a_wallet_in_the_frame_links_to_its_own_messenger(scene: Scene):
    visitor, wallet = await scene.visitor(), InjectedWallet(scene.world.wallet)
    await written(scene, visitor)
    await wallet.into(visitor, IN_FRAMES)
    alice = await scene.world.alice()
    await ask(visitor, alice.name, FRAME, another=True)
    shown = visitor.frame.locator(".readable pre")
    await shown.filter(has_text=alice.name).wait_for()
    assert wallet.asked == []
    read = await shown.inner_text()
    await visitor.frame.get_by_role("button", name="Sign", exact=True).click()
    await approved(scene, visitor, wallet, alice)
    assert [read] == wallet.asked
    await visitor.frame.get_by_role("button", name="End the link").click()
    await visitor.frame.locator(".link [data-state]").filter(has_text="has ended").wait_for()
    assert visitor.errors == []


async def test_a_wallet_that_stays_out_of_frames_signs_in_a_window_of_the_widget_host(scene: Scene):
    visitor, wallet = await scene.visitor(), InjectedWallet(scene.world.wallet)
    await written(scene, visitor)
    await wallet.into(visitor, NOWHERE)
    alice = await scene.world.alice()
    window = await ask_in_window(visitor, alice.name)
    assert window.url.startswith(scene.widget)
    await window.get_by_role("alert").filter(has_text="no wallet in this browser").wait_for()
    await wallet.announce(window)
    await window.get_by_role("button", name="Use Ethereum").click()
    await window.locator(".readable pre").filter(has_text=f"URI: {scene.origin}").wait_for()
    assert wallet.asked == []
    await window.screenshot(path=PICTURES / "signing-window.png")
    async with window.expect_event("close"):
        await window.get_by_role("button", name="Sign", exact=True).click()
    await approved(scene, visitor, wallet, alice)

    async with visitor.context.expect_page() as opened:
        await visitor.frame.locator("main").evaluate(OPENS_WINDOW)
    window = await opened.value
    await window.get_by_role("alert").filter(has_text="no wallet in this browser").wait_for()
    await wallet.announce(window)
    await window.get_by_role("button", name="Use Ethereum").click()
    keys = KeyCreationMessage(wallet.wallet.address, DEFAULT_NONCE).text
    await visitor.frame.locator("main").evaluate("(_, text) => window.asking.postMessage({ text })", keys)
    await window.get_by_role("alert").filter(has_text="It is not signed here").wait_for()
    await window.screenshot(path=PICTURES / "signing-window-key-text.png")
    assert await window.get_by_role("button", name="Sign", exact=True).count() == 0
    assert len(wallet.asked) == 1
    await window.close()


async def test_the_page_s_wallet_signs_where_the_page_offers_it_and_sees_no_key(scene: Scene):
    visitor, wallet = await scene.visitor(scene.show("/offers", "wallet")), InjectedWallet(scene.world.wallet)
    await visitor.page.add_init_script(
        """window.seen = []; const post = MessagePort.prototype.postMessage;
        MessagePort.prototype.postMessage = function (...all) {
          seen.push(all[0]); return post.apply(this, all); };
        addEventListener('DOMContentLoaded', () => { const real = MessageChannel;
          window.MessageChannel = class extends real { constructor() { super();
            this.port1.addEventListener('message', ({data}) => seen.push(data)); } }; });"""
    )
    await wallet.into(visitor, IN_PAGES)
    await written(scene, visitor, "from a page with a wallet")
    alice = await scene.world.alice()
    await ask(visitor, alice.name, PAGE)
    await visitor.frame.get_by_role("button", name="Sign", exact=True).click()
    await approved(scene, visitor, wallet, alice)
    told = await visitor.page.evaluate(
        "seen.filter((message) => ['sign', 'signature'].includes(message.type))"
    )
    assert [message["type"] for message in told] == ["sign", "signature"] * 2
    [link_message] = [bytes.fromhex(message["data"][2:]).decode() for message in told if message.get("data")]
    assert [link_message] == wallet.asked


async def test_a_page_that_offers_no_wallet_is_asked_for_none(scene: Scene):
    visitor = await scene.visitor()
    await written(scene, visitor)
    await visitor.frame.get_by_role("button", name="Link it").click()
    await visitor.frame.get_by_label(WINDOW).wait_for()
    assert await visitor.frame.get_by_label(PAGE).count() == 0


async def test_what_is_not_signed_is_told_and_sends_nothing(scene: Scene):
    """Refused by the user before and in the wallet, signed by another account, another's messenger."""
    visitor, wallet = await scene.visitor(), InjectedWallet(scene.world.wallet)
    await written(scene, visitor)
    await wallet.into(visitor, IN_FRAMES)
    alice = await scene.world.alice()
    alert = visitor.frame.get_by_role("alert")
    await ask(visitor, alice.name, FRAME)
    await visitor.frame.get_by_role("button", name="Do not sign").click()
    await alert.filter(has_text="Nothing was signed: you have not signed").wait_for()
    assert wallet.asked == []
    wallet.agrees = False
    await again(visitor, alice.name)
    await alert.filter(has_text="the user says no").wait_for()
    wallet.agrees, wallet.signer = True, KeyWallet(WalletKey(b"\x07" * 32))
    await again(visitor, alice.name)
    await alert.filter(has_text="another account has signed").wait_for()
    asked = len(wallet.asked)
    await again(visitor, scene.desk.name, signs=False)
    await alert.filter(has_text="belongs to another account").wait_for()
    assert len(wallet.asked) == asked
    await alice.sync()
    assert await alice.link_requests() == []


async def again(visitor: Visitor, name: str, *, signs: bool = True) -> None:
    """Fill in the form that is shown, and ask."""
    await visitor.frame.get_by_label("The name of your messenger").fill(name)
    await visitor.frame.get_by_label(FRAME, exact=True).check()
    await visitor.frame.get_by_role("button", name="Ask").click()
    if signs:
        await visitor.frame.get_by_role("button", name="Sign", exact=True).click()


async def test_a_window_that_is_closed_or_blocked_or_without_a_wallet_is_told(scene: Scene):
    visitor = await scene.visitor()
    await written(scene, visitor)
    window = await ask_in_window(visitor, "alice.user.dm3.eth")
    await window.close()
    alert = visitor.frame.get_by_role("alert")
    await alert.filter(has_text="closed before anything was signed").wait_for()
    await visitor.frame.locator("main").evaluate("() => { window.open = () => null; }")
    await visitor.frame.get_by_label("The name of your messenger").fill("alice.user.dm3.eth")
    await visitor.frame.get_by_label(WINDOW, exact=True).check()
    await visitor.frame.get_by_role("button", name="Ask").click()
    await alert.filter(has_text="blocked the window").wait_for()
    assert visitor.errors == []
