"""The search in texts: all that is kept is found, however long; a damaged conversation hides no other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import update

from dm3.client import Conversation, Direction, StoredMessage
from dm3.client.messaging.conversations import message_key
from dm3.client.messaging.peer_names import conversation_key
from dm3.client.state.records import CONVERSATIONS, MESSAGES
from dm3.messenger import search_index
from dm3.model import MessageType
from dm3.store.vault.tables import item
from tests.e2e.messenger_scene import MessengerScene, messenger_in
from tests.e2e.sdk_scene import World
from tests.kit import eventually
from tests.kit.inside import context_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

LONG = 12


@pytest_asyncio.fixture(loop_scope="module")
async def scene(world: World, tmp_path: Path) -> AsyncIterator[MessengerScene]:
    async with messenger_in(world, tmp_path) as opened:
        yield opened


async def test_long_and_short_conversations_are_found_and_a_damaged_one_hides_no_other(
    scene: MessengerScene, monkeypatch: pytest.MonkeyPatch
):
    for name, value in {"WHOLE": LONG - 1, "READ_AT_ONCE": 5, "KEPT_AT_ONCE": 3}.items():
        monkeypatch.setattr(search_index, name, value)
    search, vault = scene.server.desk.search, context_of(scene.server.desk.client).vault
    await keep(scene, "long.eth", 0, LONG)
    await keep(scene, "short.eth", 0, 3)
    await taken_in(scene)
    places = [(scene.alice.identity.name, peer) for peer in ("long.eth", "short.eth")]

    def found(words: str) -> list[tuple[str, str]]:
        return [(hit.peer, hit.text) for hit in search.find(words, places)]

    expected = {("long.eth", f"said {number} times") for number in range(LONG)}
    assert set(found("said times")) == expected | {("short.eth", f"said {n} times") for n in range(3)}
    assert found("11") == [("long.eth", "said 11 times")]
    await keep(scene, "long.eth", LONG, LONG + 1)
    await taken_in(scene)
    assert found("12") == [("long.eth", "said 12 times")]

    section = vault._cipher.blind("section", MESSAGES.name, conversation_key(*places[0]))
    spoiled = update(item).where(item.c.section == section).values(sealed=b"altered".ljust(60))
    await vault.database.write(lambda connection: connection.execute(spoiled))
    search.forget(*places[0])
    await keep(scene, "short.eth", 3, 4)
    await taken_in(scene)
    assert search.unreadable == 1, "what cannot be read is not passed over in silence"
    assert ("short.eth", "said 3 times") in found("said 3")


async def taken_in(scene: MessengerScene) -> None:
    async def settled() -> None:
        while not await scene.server.desk.search.settle(1):
            pass

    await eventually(settled(), "everything is taken in")


async def keep(scene: MessengerScene, peer: str, first: int, end: int) -> None:
    """Messages of a conversation, from number ``first`` until before ``end``, as they would be kept."""
    vault, profile = context_of(scene.server.desk.client).vault, scene.alice.identity.name
    change, section = vault.change(), conversation_key(profile, peer)
    for number in range(first, end):
        message = StoredMessage(
            profile=profile,
            peer=peer,
            direction=Direction.IN,
            hash=f"0x{peer.encode().hex():>032}{number:032x}",
            type=MessageType.NEW,
            content=f"said {number} times",
            text="{}",
            at=1_700_000_000_000 + number,
        )
        change.put(MESSAGES, message_key(profile, message.hash), message, section=section, expect=0)
    head = Conversation(profile=profile, peer=peer, last_at=1_700_000_000_000 + end, messages=end, unread=0)
    change.put(CONVERSATIONS, section, head, section=profile)
    await vault.commit(change)
