"""What a person waits for when opening a conversation or the inbox, in a vault that has many messages."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import Final

from dm3.client.messaging.conversations import message_key
from dm3.client.messaging.peer_names import conversation_key
from dm3.client.messaging.timeline_pages import timeline_page
from dm3.client.state.records import MESSAGES, Direction, StoredMessage
from dm3.crypto import Passphrase
from dm3.model import MessageType
from dm3.store.vault import Vault

from .client_core import CONTENT
from .measuring import Measurement
from .reference import ReferenceRates

PROFILE: Final = "alice.eth"
PAGE: Final = 50
LONG: Final = 10_000
PEERS: Final = 100
EACH: Final = 1_000
FEWEST_ROUNDS: Final = 5


def newest_page(seconds: float, _: ReferenceRates | None) -> Measurement:
    """The newest 50 entries of a conversation of 10,000 messages."""

    async def read(vault: Vault) -> None:
        page = await timeline_page(vault, PROFILE, ("bob0.eth",), {}, newest=PAGE)
        assert len(page.entries) == PAGE

    work = f"timeline: newest {PAGE} of {LONG:,}"
    return asyncio.run(_measured(work, 1, LONG, read, seconds, aim=0.010))


def last_lines(seconds: float, _: ReferenceRates | None) -> Measurement:
    """The last lines of 100 conversations of 1,000 messages each, one after the other."""

    async def read(vault: Vault) -> None:
        for peer in range(PEERS):
            page = await timeline_page(vault, PROFILE, (f"bob{peer}.eth",), {}, newest=1)
            assert len(page.entries) == 1

    work = f"inbox: last lines, {PEERS} × {EACH:,}"
    return asyncio.run(_measured(work, PEERS, EACH, read, seconds, aim=0.200))


async def _measured(
    work: str,
    peers: int,
    each: int,
    read: Callable[[Vault], Awaitable[None]],
    seconds: float,
    *,
    aim: float,
) -> Measurement:
    with tempfile.TemporaryDirectory() as folder:
        vault = await Vault.open(Path(folder) / "vault.db", Passphrase(b"many messages"))
        try:
            for peer in range(peers):
                await _fill(vault, f"bob{peer}.eth", each)
            await read(vault)  # as after the first reading of a vault of before: with outlines
            times: list[float] = []
            while len(times) < FEWEST_ROUNDS or sum(times) < seconds:
                start = perf_counter()
                await read(vault)
                times.append(perf_counter() - start)
        finally:
            await vault.close()
    cuts = quantiles(times, n=100, method="inclusive")
    return Measurement(work=work, ours=1 / cuts[49], aim=1 / aim, p50=cuts[49], p99=cuts[98])


async def _fill(vault: Vault, peer: str, count: int) -> None:
    """One conversation, in which every fifth message is a reaction or receipt."""
    change = vault.change()
    for number in range(count):
        hash = f"0x{number:032x}{_hash_part(peer)}"
        kind = {3: MessageType.REACTION, 4: MessageType.READ_OPENED}.get(number % 10, MessageType.NEW)
        message = StoredMessage(
            profile=PROFILE,
            peer=peer,
            direction=Direction.IN if number % 2 else Direction.OUT,
            hash=hash,
            type=kind,
            content="👍" if kind == MessageType.REACTION else CONTENT[:200],
            text=CONTENT,
            at=1_700_000_000_000 + number * 1_000,
            reference=None if kind == MessageType.NEW else f"0x{number - 2:032x}{_hash_part(peer)}",
        )
        section = conversation_key(PROFILE, peer)
        change.put(MESSAGES, message_key(PROFILE, hash), message, section=section, expect=0)
    await vault.commit(change)


def _hash_part(peer: str) -> str:
    """The second half of a made-up hash, another one for each peer."""
    return peer.encode().hex().ljust(32, "0")[:32]
