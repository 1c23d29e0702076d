"""The first start in a real browser: without a wallet, with one, by the code, from a file, from a machine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urljoin

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from dm3.protocol.names import fingerprint
from tests.browser.messenger_window import opened
from tests.browser.test_messenger import look
from tests.browser.wallet import InjectedWallet
from tests.e2e.messenger_scene import SECRET, messenger_in
from tests.e2e.sdk_scene import MAIN, Place, World, new_wallet

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def world(place: Place) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        yield World(place, stack)


async def test_without_a_wallet_the_code_is_written_down_and_gives_the_profile_back(
    browser: Browser, world: World, tmp_path: Path
):
    (tmp_path / "lost").mkdir()
    async with (
        messenger_in(world, tmp_path / "lost", empty=True) as scene,
        opened(browser, scene) as page,
    ):
        await page.get_by_role("button", name="Without a wallet").wait_for()
        await look(page, "welcome")
        other = await (await world.client()).create_profile(
            MAIN, new_wallet(), alias=f"taken{world.number}.user.{MAIN}"
        )
        name = page.get_by_label("Name", exact=True).first
        await name.fill(other.name.partition(".")[0])
        await page.get_by_role("button", name="Without a wallet").click()
        code = await page.locator("#code").inner_text()
        await look(page, "recovery-code")
        check = page.get_by_label("Last two groups")
        await check.fill("0000-0000")
        await page.get_by_role("button", name="Make my profile").click()
        await page.get_by_role("alert").get_by_text("are others").wait_for()
        assert scene.server.desk.messenger is None, "nothing is made before the code is checked"
        await check.fill(code[-9:].lower())
        await page.get_by_role("button", name="Make my profile").click()
        await page.get_by_role("alert").get_by_text(other.name).wait_for()
        await look(page, "name-taken")
        await name.fill(f"code{world.number}")  # the code that was written down goes on counting
        await page.get_by_role("button", name="Make my profile").click()
        await page.get_by_role("heading", name="A copy of everything").wait_for()
        assert scene.alice.name == f"code{world.number}.user.dm3.eth"
        first = fingerprint(scene.alice.identity.signed.profile)

    async with messenger_in(world, tmp_path, empty=True) as scene, opened(browser, scene) as page:
        await page.get_by_text("I have a recovery code").click()
        typed = page.get_by_label("Recovery code")
        await typed.fill(code[:-1] + ("0" if code[-1] != "0" else "1"))
        await page.get_by_label("Name, as it was").fill(f"code{world.number}")
        await page.get_by_role("button", name="Take it", exact=True).click()
        await page.get_by_role("alert").get_by_text("checksum").wait_for()
        await typed.fill(code)
        await page.get_by_role("button", name="Take it", exact=True).click()
        await page.get_by_role("heading", name="Inbox").wait_for()
        assert fingerprint(scene.alice.identity.signed.profile) == first
        assert scene.alice.name == f"code{world.number}.user.dm3.eth"


async def test_a_wallet_of_the_browser_signs_what_is_read_first(
    browser: Browser, world: World, tmp_path: Path
):
    wallet = InjectedWallet(world.wallet)
    async with messenger_in(world, tmp_path, empty=True) as scene, opened(browser, scene, wallet) as page:
        await page.get_by_label("Name", exact=True).first.fill(f"wallet{world.number}")
        await page.get_by_role("button", name="With Testing Wallet").click()
        shown = page.locator("pre.readable")
        await shown.wait_for()
        assert wallet.asked == [], "nothing is signed unread"
        await look(page, "signing")
        await page.get_by_text("The keys of this profile come from this signature").wait_for()
        read = await shown.text_content()
        wallet.agrees = False
        await page.get_by_role("button", name="Sign", exact=True).click()
        await page.get_by_role("alert").get_by_text("the user says no").wait_for()
        wallet.agrees = True
        await page.get_by_role("button", name="Sign", exact=True).click()
        await shown.filter(has_not_text=(read or "")[:60]).wait_for()
        await page.get_by_role("button", name="Sign", exact=True).click()
        await page.get_by_role("heading", name="A copy of everything").wait_for()
        assert wallet.asked[:2] == [read, read]
        assert scene.alice.name == f"wallet{world.number}.user.dm3.eth"
        assert scene.alice.identity.owner == world.wallet.address

        # New keys are signed by the same wallet, in the page as well.
        before, asked = scene.alice.identity.signed.hash, len(wallet.asked)
        await page.goto(urljoin(page.url, "/keys"))
        await page.get_by_role("button", name="With Testing Wallet").click()
        await shown.wait_for()
        assert len(wallet.asked) == asked, "nothing is signed unread"
        first = (await shown.text_content()) or ""
        await page.get_by_role("button", name="Sign", exact=True).click()
        await shown.filter(has_not_text=first[:60]).wait_for()
        await page.get_by_role("button", name="Sign", exact=True).click()
        await page.get_by_text("has new keys").wait_for()
        assert scene.alice.identity.signed.hash != before

        # So are other delivery services, with the same keys.
        await page.goto(urljoin(page.url, "/settings"))
        await page.locator("#services").get_by_role("link", name="Others").click()
        field = page.get_by_label("ENS names of delivery services")
        await expect(field).to_have_value("ds.dm3.eth")
        await look(page, "services")
        await field.fill("nobody.dm3.eth")
        await page.get_by_role("button", name="With Testing Wallet").click()
        await page.locator("#trouble").get_by_text("nobody.dm3.eth").wait_for()
        await field.fill("ds.myapp.eth\nds.dm3.eth")
        await page.get_by_role("button", name="With Testing Wallet").click()
        await shown.wait_for()
        first = (await shown.text_content()) or ""
        await page.get_by_role("button", name="Sign", exact=True).click()
        await shown.filter(has_not_text=first[:60]).wait_for()
        await page.get_by_role("button", name="Sign", exact=True).click()
        await page.get_by_text("Messages wait at ds.myapp.eth, ds.dm3.eth").wait_for()
        services = scene.alice.identity.signed.profile.delivery_services
        assert services == ("ds.myapp.eth", "ds.dm3.eth")


async def test_a_vault_file_and_another_machine_bring_the_profile(
    browser: Browser, world: World, tmp_path: Path
):
    async with messenger_in(world, tmp_path) as first, AsyncExitStack() as stack:
        team = await world.team()
        await first.alice.send(team.name, "written on the first machine")
        await first.server.desk.client.export_vault(tmp_path / "copy", "of the copy")
        (tmp_path / "second").mkdir()
        second = await stack.enter_async_context(messenger_in(world, tmp_path / "second", empty=True))
        page = await stack.enter_async_context(opened(browser, second))
        await page.get_by_text("I have a vault file").click()
        await page.get_by_label("Vault file").set_input_files(tmp_path / "copy")
        await page.get_by_label("Passphrase of the file").fill("guessed")
        await page.get_by_label("Passphrase of this vault").fill(SECRET.reveal().decode())
        await page.get_by_role("button", name="Take it in").click()
        await page.get_by_role("alert").locator("p").wait_for()
        await page.get_by_label("Passphrase of the file").fill("of the copy")
        await page.get_by_role("button", name="Take it in").click()
        await page.get_by_text("written on the first machine").wait_for()

        (tmp_path / "third").mkdir()
        third = await stack.enter_async_context(messenger_in(world, tmp_path / "third", empty=True))
        page = await stack.enter_async_context(opened(browser, third))
        await page.get_by_text("Another machine has my profile").click()
        await page.get_by_role("button", name="Show a code").click()
        code = await page.locator("#join-code").inner_text()
        await look(page, "joining")
        await first.alice.devices.invite(code)
        await page.get_by_role("heading", name="Inbox").wait_for()
        assert third.alice.name == first.alice.name
