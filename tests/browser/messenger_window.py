"""A window of the browser with a messenger in it, with a wallet or without."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Dialog, Page

from tests.browser.scene import PATIENCE
from tests.browser.wallet import InjectedWallet
from tests.e2e.messenger_scene import MessengerScene

INJECTED = """
addEventListener("eip6963:requestProvider", () => dispatchEvent(new CustomEvent("eip6963:announceProvider", {
  detail: { info: { name: "Testing Wallet" }, provider: { async request({ method, params }) {
    return method === "eth_requestAccounts" ? [await walletAddress()] : walletSigns(params[0]);
  } } } })));
"""
"""A wallet that announces itself (EIP-6963)."""


async def accept(dialog: Dialog) -> None:
    """Say yes."""
    await dialog.accept()


@asynccontextmanager
async def opened(
    browser: Browser, scene: MessengerScene, wallet: InjectedWallet | None = None
) -> AsyncIterator[Page]:
    """A window with the messenger at its newest one-time address; it says yes to every question."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE)
    if wallet is not None:
        await context.expose_function("walletAddress", lambda: wallet.wallet.address.lower())
        await context.expose_function("walletSigns", wallet.sign)
        await context.add_init_script(INJECTED)
    page = await context.new_page()
    page.on("dialog", accept)
    await page.goto(scene.told[-1] if scene.told else scene.address)
    yield page
    await context.close()
