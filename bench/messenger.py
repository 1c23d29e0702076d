"""What a person waits for at the messenger, in Chromium: the inbox, and a new message on the screen."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import Final

from playwright.async_api import Page, async_playwright

from dm3.client.messaging.conversations import message_key
from dm3.client.messaging.peer_names import conversation_key
from dm3.client.state.records import CONVERSATIONS, LINKS, MESSAGES, Conversation, Direction, StoredMessage
from dm3.model import Draft, MessageType
from dm3.protocol.linking import Link, LinkState
from dm3.protocol.messages.composing import compose
from dm3.store.vault import Vault
from tests.browser.chromium import ARGUMENTS, chromium_path
from tests.e2e.messenger_scene import MessengerScene, messenger_in
from tests.e2e.sdk_scene import World, sealed_for, submit, world_in
from tests.kit.inside import context_of, identity_of

from .client_core import CONTENT
from .measuring import Measurement
from .reference import ReferenceRates

LINKED: Final = 100
EACH: Final = 1_000
TOLD: Final = f"{LINKED * EACH:,}"
ROUNDS: Final = 7

# As the browser has noted it: from the click until the page stands and something of it was painted.
_OPENED: Final = """async () => { let painted;
  while (!(painted = performance.getEntriesByName('first-contentful-paint')[0]))
    await new Promise(requestAnimationFrame);
  const [page] = performance.getEntriesByType('navigation');
  return Math.max(painted.startTime, page.domContentLoadedEventEnd); }"""

_SEEN: Final = """(text) => new Promise((seen) => {
  new MutationObserver((_, watch) => {
    if (![...document.querySelectorAll('.preview')].some((one) => one.textContent === text)) return;
    watch.disconnect(); requestAnimationFrame(seen);
  }).observe(document.querySelector('#list'), { childList: true, subtree: true }); })"""


def inbox_page(seconds: float, _: ReferenceRates | None) -> Measurement:
    """The inbox with 100 links and 100,000 messages, from the click until it is seen."""
    return _measurements(seconds)["inbox"]


def news(seconds: float, _: ReferenceRates | None) -> Measurement:
    """From a message's handing in at the delivery service until it is seen in the open inbox."""
    return _measurements(seconds)["news"]


def search(seconds: float, _: ReferenceRates | None) -> Measurement:
    """All texts taken in for the search, as goes on behind the pages after unlocking."""
    return _measurements(seconds)["search"]


@cache
def _measurements(seconds: float) -> dict[str, Measurement]:
    """All three: filling a vault takes longer than what is measured of it."""
    return asyncio.run(_measure(seconds))


async def _measure(seconds: float) -> dict[str, Measurement]:
    async with _scene() as (scene, page):
        team = await scene.world.team()
        await scene.alice.allow(team.name)
        vault = context_of(scene.server.desk.client).vault
        await _fill(vault, scene.alice.identity.name)
        found = {"search": await _taken_in(scene)}
        opened: list[float] = []
        while len(opened) < ROUNDS or sum(opened) < seconds:
            await page.goto(f"{scene.server.origin}/")
            await page.locator(".rows .row").nth(LINKED - 1).wait_for()
            opened.append(await page.evaluate(_OPENED) / 1_000)
        found["inbox"] = _measured(f"messenger: inbox, {LINKED} links, {TOLD} messages", opened, aim=0.200)
        context = context_of(await scene.world.client())
        [service, *_] = scene.alice.identity.signed.profile.delivery_services
        told: list[float] = []
        for number in range(ROUNDS):
            await asyncio.sleep(1.0)  # what was told of the one before is over
            draft = Draft(
                to=scene.alice.name,
                from_=team.name,
                timestamp=context.milliseconds(),
                content=f"news {number}",
            )
            text = compose(draft, identity_of(team).keys.signing_private).text
            envelope = await sealed_for(team, context, scene.alice.name, text)
            seen = asyncio.create_task(page.evaluate(_SEEN, draft.content))
            await asyncio.sleep(0.1)  # it watches
            start = perf_counter()
            await submit(context, envelope, service)
            await seen
            told.append(perf_counter() - start)
        found["news"] = _measured(f"messenger: service to screen, beside {TOLD} messages", told, aim=0.300)
        return found


async def _taken_in(scene: MessengerScene) -> Measurement:
    start = perf_counter()
    while not await scene.server.desk.search.settle(60):
        pass
    return _measured(f"messenger: search takes in {TOLD} messages", [perf_counter() - start] * 2, aim=10)


@asynccontextmanager
async def _scene() -> AsyncIterator[tuple[MessengerScene, Page]]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        world: World = await stack.enter_async_context(world_in(folder / "sites"))
        scene = await stack.enter_async_context(messenger_in(world, folder))
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        stack.push_async_callback(browser.close)
        page = await browser.new_page()
        page.set_default_timeout(60_000)
        await page.goto(scene.address)
        await page.get_by_role("heading", name="Inbox").wait_for()
        yield scene, page


async def _fill(vault: Vault, account: str) -> None:
    for number in range(LINKED):
        profile, peer = f"page{number}.addr.example.eth", f"peer{number}.eth"
        change, section = vault.change(), conversation_key(profile, peer)
        change.put(LINKS, f"{account}|{profile}", _link(profile, account), section=account)
        for place in range(EACH):
            message = StoredMessage(
                profile=profile,
                peer=peer,
                direction=Direction.IN if place % 2 else Direction.OUT,
                hash=f"0x{number:032x}{place:032x}",
                type=MessageType.NEW,
                content=CONTENT[:200],
                text=CONTENT,
                at=1_700_000_000_000 + place * 1_000 + number,
            )
            change.put(MESSAGES, message_key(profile, message.hash), message, section=section, expect=0)
        head = Conversation(
            profile=profile, peer=peer, last_at=1_700_000_000_000 + number, messages=EACH, unread=0
        )
        change.put(CONVERSATIONS, section, head, section=profile)
        await vault.commit(change)


def _link(profile: str, account: str) -> Link:
    return Link(
        state=LinkState.AWAITING_KEYS,  # without keys no mailbox of it is looked for
        profile_name=profile,
        profile_hash="0x" + "11" * 32,
        main_name=account,
        owner="0x" + "22" * 20,
        uri=f"https://{profile}",
        valid_until=4_000_000_000,
        linked_at=1_700_000_000,
        link_message=f"bench {profile}",
        vocabulary="LINK",
    )


def _measured(work: str, times: list[float], *, aim: float) -> Measurement:
    cuts = quantiles(times, n=100, method="inclusive")
    return Measurement(work=work, ours=1 / cuts[49], aim=1 / aim, p50=cuts[49], p99=cuts[98])
