"""The messenger's links, devices, threads and exports, and what is done where something does not go well."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from msgspec.structs import replace
from playwright.async_api import Browser, Page, expect

from dm3.client import App, make_development_wallet
from dm3.client.state.records import OUTBOX
from dm3.protocol.linking import DAY, Disclosure, RecoveryMode
from tests.browser.messenger_window import opened
from tests.browser.test_messenger import look
from tests.e2e.messenger_scene import MessengerScene, messenger_in
from tests.e2e.sdk_scene import APP, MAIN, Place, World
from tests.kit import eventually
from tests.kit.inside import context_of, held_outbox

pytestmark = pytest.mark.asyncio(loop_scope="session")

EVIL = App(APP, "https://evil.example")


async def saved(page: Page, name: str) -> str:
    """What is saved by the link ``name``."""
    async with page.expect_download() as download:
        await page.get_by_role("link", name=name).click()
    path = await (await download.value).path()
    return await asyncio.to_thread(Path(path).read_text, encoding="utf-8")


async def test_links_are_rejected_with_a_reason_disclosed_and_recovered_where_the_user_sees(
    messenger: MessengerScene, page: Page
):
    world, alice = messenger.world, messenger.alice
    await page.get_by_text("What you may do next").wait_for()
    await look(page, "first-screen")
    lsp = await world.lsp()
    await lsp.request_link(alice.name, world.wallet)
    await page.get_by_role("link", name="asks to be decided on").click()
    await page.get_by_label("Reason").fill("not this page")
    await page.get_by_role("button", name="Reject").click()
    await page.get_by_text("No profile is linked yet").wait_for()

    async def told() -> None:
        while not any("not this page" in one.sentence for one in await lsp.notices()):
            await lsp.sync(wait=1)

    await eventually(told(), "the reason is told")

    # While its page is open: it says so there, and leaves what is typed alone.
    await lsp.request_link(alice.name, world.wallet)
    await page.get_by_role("link", name="Show it").click()
    await page.get_by_role("button", name="Approve").click()
    mode = page.get_by_label("When a device asks for its keys")
    await mode.select_option("ask")

    async def kept() -> None:
        while (await alice.links())[0].recovery is not RecoveryMode.ASK:
            await page.wait_for_timeout(50)

    await eventually(kept(), "the mode is kept")
    await page.get_by_role("button", name="End this link").wait_for()
    facts = json.loads(await saved(page, "Save a disclosure"))
    disclosure = Disclosure(facts["main"], facts["mainSignature"], facts["salt"])
    assert disclosure == await alice.disclose(lsp.name)
    await page.get_by_role("button", name="As a QR code").click()
    await page.get_by_alt_text("The disclosure as a QR code").wait_for()
    await page.get_by_role("button", name="Show a code").click()
    await page.get_by_alt_text("The code as a QR code").wait_for()
    await look(page, "codes")

    device = await (await world.client()).recoveries.begin(EVIL, lsp.name, alice.name, world.wallet)
    await page.get_by_role("link", name="Inbox").click()
    await page.get_by_role("link", name="asks to be decided on").click()
    card = page.locator("article.recovery")
    await card.get_by_text(device.name).wait_for()
    assert EVIL.uri in await card.inner_text()
    await card.get_by_text("Another page asks").wait_for()
    await look(page, "recovery")
    await card.get_by_role("button", name="Give the keys").click()
    await card.wait_for(state="detached")
    await page.get_by_text("History").click()
    await page.get_by_text(f"keys went to {device.name}").wait_for()
    await look(page, "links-history")

    await page.get_by_role("link", name="Settings").click()
    notices = page.locator("#notices")
    await notices.get_by_text(device.name).first.wait_for()
    await look(page, "settings-notices")
    await notices.get_by_role("button", name="I have seen these").click()
    await notices.get_by_text("None.").wait_for()

    await lsp.rotate_keys()
    await page.get_by_role("navigation", name="Main").get_by_role("link", name="Links").click()
    changed = page.get_by_text("Its keys have changed. It is read again once it has asked again")

    async def said() -> None:
        while not await changed.count():
            await alice.sync()
            await page.reload()

    await eventually(said(), "the links say that the keys have changed")
    await look(page, "links-keys-changed")


async def test_threads_changed_keys_exports_and_what_is_tried_again(messenger: MessengerScene, page: Page):
    world, alice = messenger.world, messenger.alice
    peer = await world.lsp()
    await alice.send(peer.name, "a question")
    await peer.sync(wait=1)
    entry = (await peer.timeline(alice.name)).entries[-1]
    await peer.reply(entry, "its answer")
    await peer.send(alice.name, "something else")
    await page.get_by_label("Conversations").get_by_role("link").click()
    await page.locator("article", has_text="something else").wait_for()
    await page.get_by_role("link", name="1 answer").click()
    await page.get_by_text("One thread.").wait_for()
    await expect(page.locator("article")).to_have_count(2)
    await look(page, "thread")
    await page.get_by_label("Message", exact=True).fill("within the thread")
    await page.get_by_role("button", name="Send").click()
    await page.locator("article", has_text="within the thread").locator(".quote").wait_for()
    await page.get_by_role("link", name="Show the whole conversation").click()
    await page.get_by_role("link", name="2 answers").wait_for()

    await peer.rotate_keys()
    await peer.send(alice.name, "with new keys")
    await page.locator("article", has_text="with new keys").wait_for()
    await page.locator(".keys-line").get_by_text("have changed").wait_for()
    await look(page, "keys-changed")

    await page.locator("summary", has_text="More").click()
    text = await saved(page, "Save as text")
    assert "a question" in text
    assert f"{peer.name}: its answer" in text
    facts = json.loads(await saved(page, "Save as JSON"))
    assert [one["content"] for one in facts["messages"]][:2] == ["a question", "its answer"]

    await world.place.stop_delivery(APP)
    try:
        await page.get_by_label("Message", exact=True).fill("while its service is away")
        await page.get_by_role("button", name="Send").click()
        stuck = page.locator("article", has_text="while its service is away")
        again = stuck.get_by_role("button", name="Try again")
        await again.wait_for()
        await look(page, "stuck")
        # By itself it would be tried again while somebody reaches for the button.
        [stays] = await held_outbox(alice)
        later = replace(stays, next_at=stays.next_at + DAY)
        await context_of(alice).vault.put(OUTBOX, stays.id, later, section=stays.account)
    finally:
        await world.place.start_delivery(APP)
    await again.click()
    await stuck.locator(".delivery.sent, .delivery.received").wait_for()
    await page.get_by_role("button", name="Delete conversation").click()
    await page.get_by_role("heading", name="Inbox").wait_for()
    assert await alice.messages(peer.name) == []


async def test_a_machine_joins_from_the_settings_and_is_removed(
    browser: Browser, messenger: MessengerScene, page: Page, tmp_path: Path
):
    async with (
        messenger_in(messenger.world, tmp_path, empty=True) as second,
        opened(browser, second) as other,
    ):
        await other.get_by_text("Another machine has my profile").click()
        await other.get_by_role("button", name="Show a code").click()
        code = await other.locator("#join-code").inner_text()
        await page.get_by_role("link", name="Settings").click()
        await page.get_by_label("Code that the new machine shows").fill(code)
        await page.get_by_role("button", name="Let it join").click()
        devices = page.locator("#devices")
        await devices.get_by_text("in step", exact=True).wait_for()
        await other.get_by_role("heading", name="Inbox").wait_for()
        await look(page, "devices")
        peer = await messenger.world.lsp()
        await messenger.alice.send(peer.name, "written at the desk")
        await other.get_by_label("Conversations").get_by_text("written at the desk").click()
        await other.get_by_label("Message", exact=True).fill("written on the way")
        await other.get_by_role("button", name="Send").click()
        await page.get_by_role("link", name="Inbox").click()
        await page.get_by_text("You: written on the way").wait_for()
        await page.get_by_role("link", name="Settings").click()
        await devices.get_by_role("button", name="Remove").click()
        await devices.get_by_text("is removed").wait_for()
        assert "removed" in [one.standing for one in await messenger.alice.devices.list()]
        await look(page, "device-removed")
        await make_development_wallet(messenger.server.desk.client, "hers", messenger.world.wallet.key)
        before = messenger.alice.identity.signed.hash
        await page.get_by_role("link", name="Renew the keys").click()
        await page.get_by_role("heading", name="New keys").wait_for()
        await look(page, "new-keys")
        await page.get_by_role("button", name="Renew the keys").click()
        await page.get_by_text("has new keys").wait_for()
        assert messenger.alice.identity.signed.hash != before
        await look(page, "keys-renewed")

        # The removed machine is found again.
        await other.get_by_role("navigation").get_by_role("link", name="Inbox").click()
        await other.get_by_role("link", name="has to join the others again").click()
        await other.get_by_role("button", name="Join again").click()
        code = await other.locator("#join-code").inner_text()
        await look(other, "joins-again")
        await page.get_by_role("link", name="Settings").click()
        await page.get_by_label("Code that the new machine shows").fill(code)
        await page.get_by_role("button", name="Let it join").click()
        await devices.get_by_text("in step", exact=True).wait_for()
        await other.get_by_role("heading", name="Inbox").wait_for()
        assert second.alice.identity.signed.hash == messenger.alice.identity.signed.hash
        await messenger.alice.send(peer.name, "with the new keys")
        await other.get_by_label("Conversations").get_by_text("with the new keys").click()
        await other.locator("article.own", has_text="written on the way").wait_for()


async def test_rules_are_set_in_the_page_and_count(messenger: MessengerScene, page: Page):
    alice = messenger.alice
    await page.get_by_role("link", name="Settings").click()
    rules = page.locator("#rules")
    await rules.get_by_label("Who may ask").select_option("anyone")
    await rules.get_by_label("Longest term").fill("30")
    await rules.get_by_label("When a device asks").select_option("ask")
    await rules.get_by_label("Tell senders").select_option("yes")
    await rules.get_by_role("button", name="Keep these rules").click()
    await rules.get_by_text("in force now").wait_for()
    policy = await alice.policy()
    assert (policy.who_may_ask, policy.term_limit, policy.recovery) == ("anyone", 30 * DAY, "ask")
    assert await alice.sends_receipts()
    await rules.get_by_label("Longest term").fill("0")
    await rules.get_by_role("button", name="Keep these rules").click()
    await page.locator("#trouble").get_by_text("from 1 day").wait_for()
    await page.get_by_label("An ENS name that leads").fill("team.user.nowhere.eth")
    await page.get_by_role("button", name="Be known by it").click()
    await page.locator("#trouble").get_by_text("team.user.nowhere.eth").wait_for()
    world, names = messenger.world, page.locator("#names").get_by_role("listitem")
    team, further = await world.team(), f"further{world.number}.user.{MAIN}"
    await page.get_by_label("An ENS name that leads").fill(team.name)
    await page.get_by_role("button", name="Be known by it").click()
    await page.locator("#trouble").get_by_text(team.name).wait_for()
    await (await world.client()).create_profile(MAIN, world.wallet, alias=further)  # at another machine
    await page.get_by_label("An ENS name that leads").fill(further)
    await page.get_by_role("button", name="Be known by it").click()
    await names.filter(has_text=further).get_by_text("shown to others").wait_for()
    assert alice.name == further
    former = names.filter(has_text=world.alice_name)
    await former.get_by_role("button", name="Give it up").click()
    await former.wait_for(state="detached")
    assert world.alice_name not in alice.identity.names
    await page.reload()
    await expect(rules.get_by_label("Longest term")).to_have_value("30")
    await look(page, "settings-rules")


async def test_without_the_user_the_vault_locks_itself(browser: Browser, place: Place, tmp_path: Path):
    async with AsyncExitStack() as stack:
        scene = await stack.enter_async_context(messenger_in(World(place, stack), tmp_path, idle_seconds=3))
        page = await stack.enter_async_context(opened(browser, scene))
        await page.get_by_label("Passphrase of your vault").wait_for()
        assert scene.server.desk.is_locked
