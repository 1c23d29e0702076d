"""What a person waits for at the messenger's pages: the inbox as a whole, and a new message on the screen."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import Final

import httpx

from dm3.client.messaging.conversations import message_key
from dm3.client.messaging.outlines import add_place
from dm3.client.messaging.peer_names import conversation_key
from dm3.client.state.records import CONVERSATIONS, LINKS, MESSAGES, Conversation, Direction, StoredMessage
from dm3.model import MessageType
from dm3.protocol.linking import Link, LinkState
from dm3.store.vault import Vault
from tests.e2e.messenger_scene import MessengerScene, messenger_in, signed_in
from tests.e2e.sdk_scene import World, world_in

from .client_core import CONTENT
from .measuring import Measurement
from .reference import ReferenceRates

LINKED: Final = 100
EACH: Final = 1_000
ROUNDS: Final = 7
DAY: Final = 86_400


def inbox_page(seconds: float, _: ReferenceRates | None) -> Measurement:
    """The whole inbox page with 100 links and 100,000 messages."""
    return asyncio.run(_inbox_page(seconds))


def news(seconds: float, _: ReferenceRates | None) -> Measurement:
    """From a message's handing in at the delivery service to its line in the open inbox."""
    return asyncio.run(_news())


async def _inbox_page(seconds: float) -> Measurement:
    times: list[float] = []
    async with _opened() as (_, http, headers, local):
        first = await http.get(f"{local}/", headers=headers)
        assert first.text.count("peer") >= LINKED
        while len(times) < ROUNDS or sum(times) < seconds:
            start = perf_counter()
            (await http.get(f"{local}/", headers=headers)).raise_for_status()
            times.append(perf_counter() - start)
    return _measured(f"messenger: inbox, {LINKED} links, {LINKED * EACH:,} messages", times, aim=0.200)


async def _news() -> Measurement:
    times: list[float] = []
    async with _opened() as (scene, http, headers, local):
        team = await scene.world.team()
        await team.send(scene.alice.name, "before")
        async with http.stream("GET", f"{local}/events", headers=headers, timeout=60) as told:
            lines = told.aiter_lines()
            await _line(lines)
            await scene.alice.allow(team.name)
            for number in range(ROUNDS):
                await asyncio.sleep(1.0)  # what was told of the one before is over
                text = f"news {number}"
                start = perf_counter()
                await team.send(scene.alice.name, text)
                while True:
                    await _line(lines)
                    page = await http.get(f"{local}/list", headers=headers)
                    if text in page.text:
                        break
                times.append(perf_counter() - start)
    return _measured(f"messenger: news, beside {LINKED * EACH:,} messages", times, aim=0.300)


async def _line(lines: AsyncIterator[str]) -> None:
    async for line in lines:
        if line.startswith("data:") and json.loads(line.partition(":")[2]) is not None:
            return


@asynccontextmanager
async def _opened() -> AsyncIterator[tuple[MessengerScene, httpx.AsyncClient, dict[str, str], str]]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        world: World = await stack.enter_async_context(world_in(folder / "sites"))
        scene = await stack.enter_async_context(messenger_in(world, folder))
        await _fill(scene.server.desk.client.context.vault, scene.alice.identity.name)
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=60))
        yield scene, http, await signed_in(scene, http), scene.local


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
            add_place(change, section, message)
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
