"""A visitor who has signed in at a site that keeps entropy for them: news leave the focus where it is."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from dm3.base import address_name, to_base64
from dm3.crypto import Entropy, KeyWallet, wallet_key_from
from dm3.widget import Mode
from tests.browser.scene import PATIENCE, Scene, Visitor, scene_in
from tests.e2e.sdk_scene import APP, Place, login, new_wallet

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def talked(browser: Browser, place: Place, tmp_path_factory) -> AsyncIterator[Scene]:
    folder = tmp_path_factory.mktemp("news")
    async with scene_in(browser, place, folder, modes=(Mode.CHAT, Mode.IN_APP)) as scene:
        yield scene


_LISTEN = """chat => { window.told = [];
  for (const name of ["dm3-ready", "dm3-error"]) chat.addEventListener(name,
    ({ detail }) => told.push([name, detail.profile ?? detail.message ?? null])); }"""
_TOLD = "([name, detail]) => told.some((one) => one[0] === name && one[1] === detail)"


async def signs_in(visitor: Visitor, given: dict[str, str], *told: str) -> None:
    """Hand the site's login on, and wait until the page was told so."""
    await visitor.page.locator("dm3-chat").evaluate("(chat, login) => chat.signedIn(login)", given)
    await visitor.page.wait_for_function(_TOLD, arg=list(told), timeout=PATIENCE)


async def test_a_site_s_entropy_becomes_the_profile_and_its_list_keeps_the_focus(talked: Scene):
    visitor = await talked.visitor(talked.show("/in-app", 'mode="in-app" display="inline"'))
    await visitor.frame.locator(".people").wait_for()
    await visitor.page.locator("dm3-chat").evaluate(_LISTEN)
    owner, entropy = new_wallet(), os.urandom(32)
    text = login(owner.address, time.time())
    given = {
        "authMessage": text,
        "ownerAddress": owner.address,
        "authSig": await owner.sign_message(text),
    }
    short = {**given, "entropy": to_base64(b"too short")}
    await signs_in(visitor, short, "dm3-error", "entropy has at least 32 bytes")
    name = address_name(KeyWallet(wallet_key_from(Entropy(entropy))).address, APP)
    await signs_in(visitor, {**given, "entropy": to_base64(entropy)}, "dm3-ready", name)
    await visitor.frame.get_by_text(f"lsp.{owner.address.lower()[:4]}").first.wait_for()

    alice, other = await talked.world.alice(), await talked.world.lsp()
    for writer, text in ((talked.desk, "from the desk"), (alice, "from Alice"), (other, "from another")):
        await writer.send(f"lsp.{owner.address.lower()}.{APP}", text)
        await writer.deliver()
        await visitor.frame.locator(".people li").first.get_by_text(text).wait_for()
    oldest = visitor.frame.locator(".people li button").nth(2)
    await oldest.focus()
    await talked.desk.send(f"lsp.{owner.address.lower()}.{APP}", "the desk once more")
    await talked.desk.deliver()
    first = visitor.frame.locator(".people li button").first
    await first.get_by_text("the desk once more").wait_for()
    await expect(first).to_be_focused(timeout=PATIENCE)
    assert visitor.errors == []
