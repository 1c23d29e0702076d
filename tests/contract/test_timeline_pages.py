"""Pages of a conversation are read without the rest of it, and are exactly those of its whole timeline."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select

from dm3.base.errors import NotFound
from dm3.client.messaging import outlines
from dm3.client.messaging.outlines import add_place
from dm3.client.messaging.peer_names import conversation_key
from dm3.client.messaging.removal import remove_conversation
from dm3.client.messaging.timeline_pages import last_entries, timeline_page, whole_timeline
from dm3.client.state.outline_records import BLOCKS, MENTIONS, OUTLINES
from dm3.client.state.records import MESSAGES, Direction, StoredMessage
from dm3.crypto import Passphrase
from dm3.model import MessageType
from dm3.protocol.messages import Entry, Timeline, TimelineMessage
from dm3.store.vault import Vault
from dm3.store.vault.keys import RecordCipher
from dm3.store.vault.tables import item

NAMES = ("bob.eth", "bob.example", "0xb0b.addr.example")
PROFILES = count()

Run = Callable[[Coroutine[Any, Any, Any]], Any]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture(scope="module")
def vault(run: Run) -> Iterator[Vault]:
    kept = Vault.in_memory()
    yield kept
    run(kept.close())


@pytest.fixture(autouse=True, scope="module")
def _small_blocks() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outlines, "BLOCK", 5)
        yield


def stored(
    profile: str,
    hash: str,
    at: int,
    *,
    type: str = MessageType.NEW,
    reference: str | None = None,
    peer: str = NAMES[0],
    own: bool = False,
) -> StoredMessage:
    return StoredMessage(
        profile=profile,
        peer=peer,
        direction=Direction.OUT if own else Direction.IN,
        hash=hash,
        type=type,
        content=f"text of {hash}"[: at % 20],
        text="{}",
        at=at,
        reference=reference,
    )


async def keep(vault: Vault, messages: list[StoredMessage], *, noted: bool = True) -> None:
    """Keep messages in one change, as the client does; not ``noted``: as a version of before did."""
    change = vault.change()
    for message in messages:
        section = conversation_key(message.profile, message.peer)
        change.put(MESSAGES, f"{message.profile}|{message.hash}", message, section=section, expect=0)
        if noted:
            add_place(change, section, message)
    await vault.commit(change)


@st.composite
def conversations(draw: st.DrawFn) -> list[tuple[bool, list[StoredMessage]]]:
    """What comes one after the other: messages in any order of time, about each other in any way."""
    profile, size = f"alice{next(PROFILES)}.eth", draw(st.integers(0, 40))
    hashes = [f"h{number:02}" for number in range(size)]
    anywhere = st.sampled_from([*hashes, "elsewhere", ""]) if hashes else st.just("")
    arrived = [
        stored(
            profile,
            hash,
            draw(st.integers(0, 60) if draw(st.booleans()) else st.just(number)),
            type=draw(st.sampled_from([*MessageType, MessageType.NEW, MessageType.EDIT, MessageType.REPLY])),
            reference=draw(st.none() | anywhere),
            peer=draw(st.sampled_from(NAMES)),
            own=draw(st.booleans()),
        )
        for number, hash in enumerate(hashes)
    ]
    came = draw(st.permutations(arrived)) if draw(st.booleans()) else arrived
    pieces, left = [], came
    while left:
        length = draw(st.integers(1, 6))
        pieces.append((draw(st.integers(0, 9)) > 0, left[:length]))
        left = left[length:]
    return pieces


async def page_or_trouble(reading: Coroutine[Any, Any, Timeline]) -> Timeline | type[NotFound]:
    try:
        return await reading
    except NotFound:
        return NotFound


@given(conversations(), st.data())
@settings(max_examples=60, deadline=None)
def test_a_page_is_the_one_of_the_whole_timeline(run: Run, vault: Vault, pieces: Any, data: st.DataObject):
    async def compare() -> None:
        profile, hashes = "nobody.eth", [None, "elsewhere"]
        for noted, messages in pieces:
            await keep(vault, messages, noted=noted)
            profile = messages[0].profile
            hashes += [message.hash for message in messages]
            for _ in range(2):
                newest, before = data.draw(st.integers(1, 12)), data.draw(st.sampled_from(hashes))
                whole = await whole_timeline(vault, profile, NAMES, {})
                try:
                    wanted: Timeline | type[NotFound] = whole.page(newest=newest, before=before)
                except NotFound:
                    wanted = NotFound
                page = timeline_page(vault, profile, NAMES, {}, newest=newest, before=before)
                assert await page_or_trouble(page) == wanted

    run(compare())


def test_pages_one_after_the_other_have_all_of_the_timeline(run: Run, vault: Vault):
    async def turn() -> None:
        profile = "turning.eth"
        for at in range(60):
            kind = {0: MessageType.REACTION, 1: MessageType.READ_OPENED}.get(at % 5, MessageType.NEW)
            about = None if kind == MessageType.NEW else f"m{at - 7:02}"
            await keep(vault, [stored(profile, f"m{at:02}", at, type=kind, reference=about)])
        whole = await whole_timeline(vault, profile, NAMES, {})
        entries: list[Entry] = []
        held: list[TimelineMessage] = []
        ignored: list[TimelineMessage] = []
        before = None
        while before is None or entries[0].hash != whole.entries[0].hash:
            page = await timeline_page(vault, profile, NAMES, {}, newest=7, before=before)
            entries[:0], held[:0], ignored[:0] = page.entries, page.held, page.ignored
            before = entries[0].hash
        assert Timeline(tuple(entries), tuple(held), tuple(ignored)) == whole

    run(turn())


def test_a_page_of_a_long_conversation_opens_a_small_part_of_it(
    run: Run, vault: Vault, monkeypatch: pytest.MonkeyPatch
):
    async def read() -> None:
        monkeypatch.setattr(outlines, "BLOCK", 128)
        open_one = RecordCipher.open
        await keep(vault, [stored("long.eth", f"m{at:04}", at) for at in range(2_000)], noted=False)
        await timeline_page(vault, "long.eth", NAMES, {}, newest=1)
        await keep(vault, [stored("long.eth", f"m{at:04}", at) for at in range(2_000, 2_100)])
        opened: list[bytes] = []

        def counted(cipher: RecordCipher, sealed: bytes, place: bytes) -> bytes:
            opened.append(place)
            return open_one(cipher, sealed, place)

        monkeypatch.setattr(RecordCipher, "open", counted)
        page = await timeline_page(vault, "long.eth", NAMES, {}, newest=10)
        assert [entry.hash for entry in page.entries] == [f"m{at:04}" for at in range(2_090, 2_100)]
        middle = await timeline_page(vault, "long.eth", NAMES, {}, newest=10, before="m1000")
        assert middle.entries[-1].hash == "m0999"
        assert len(opened) < 100

    run(read())


def test_a_conversation_of_before_is_outlined_when_it_is_first_read(run: Run, vault: Vault):
    async def read() -> None:
        await keep(vault, [stored("old.eth", f"m{at:02}", at) for at in range(30)], noted=False)
        section = conversation_key("old.eth", NAMES[0])
        assert await vault.get(OUTLINES, section) is None
        await keep(vault, [stored("old.eth", "new", 99)])
        page = await timeline_page(vault, "old.eth", NAMES, {}, newest=2)
        assert [entry.hash for entry in page.entries] == ["m29", "new"]
        outline = await vault.get(OUTLINES, section)
        assert outline is not None
        assert outline.messages == 31

    run(read())


async def test_two_programs_with_one_vault_see_each_others_messages(tmp_path: Path):
    passphrase = Passphrase(b"two programs")
    one = await Vault.open(tmp_path / "vault.db", passphrase)
    other = await Vault.open(tmp_path / "vault.db", passphrase)
    try:

        async def write(vault: Vault, whose: str) -> None:
            for at in range(40):
                await keep(vault, [stored("alice.eth", f"{whose}{at:02}", at, own=whose == "a")])
                await timeline_page(vault, "alice.eth", NAMES, {}, newest=3)

        await asyncio.gather(write(one, "a"), write(other, "b"))
        for vault in (one, other):
            page = await timeline_page(vault, "alice.eth", NAMES, {}, newest=4)
            assert [entry.hash for entry in page.entries] == ["a38", "b38", "a39", "b39"]
        kept = await one.get(OUTLINES, conversation_key("alice.eth", NAMES[0]))
        assert kept is not None
        assert kept.messages == 80
    finally:
        await one.close()
        await other.close()


def test_last_entries_are_those_of_each_conversation(run: Run, vault: Vault):
    async def read() -> None:
        await keep(vault, [stored("last.eth", f"b{at}", at) for at in range(9)])
        await keep(
            vault, [stored("last.eth", f"c{at}", at, peer="carol.eth") for at in range(9)], noted=False
        )
        wanted = [("last.eth", NAMES), ("last.eth", ("carol.eth",)), ("last.eth", ("nobody.eth",))]
        found = await last_entries(vault, wanted, {})
        assert [entry and entry.hash for entry in found] == ["b8", "c8", None]

    run(read())


def _sections(record_type: str, connection: Connection) -> int:
    query = select(func.count(item.c.section.distinct())).where(item.c.record_type == record_type)
    return connection.execute(query).scalar_one()


def test_what_lies_in_the_file_tells_nothing_of_the_order_or_of_who_changes_what(run: Run, vault: Vault):
    async def look() -> None:
        await keep(vault, [stored("sealed.eth", "target", 1)])
        changes = [
            stored("sealed.eth", f"c{at}", at, type=MessageType.REACTION, reference="target")
            for at in range(2, 9)
        ]
        await keep(vault, changes)
        for record_type in (OUTLINES.name, BLOCKS.name, MENTIONS.name):
            sections = await vault.database.read(partial(_sections, record_type))
            assert sections == 1, "no record says which others it belongs to"

    run(look())


def test_nothing_of_the_order_stays_of_a_deleted_conversation(run: Run, vault: Vault):
    async def delete() -> None:
        record_types = (OUTLINES, BLOCKS, MENTIONS)
        before = [await vault.count(record_type) for record_type in record_types]
        await keep(vault, [stored("gone.eth", f"m{at:02}", at) for at in range(20)])
        await keep(
            vault,
            [
                stored("gone.eth", f"r{at}", at, type=MessageType.REACTION, reference="m03")
                for at in range(20, 25)
            ],
        )
        change = vault.change()
        await remove_conversation(vault, change, "gone.eth", NAMES, 99)
        await vault.commit(change)
        assert [await vault.count(record_type) for record_type in record_types] == before
        await keep(vault, [stored("gone.eth", "new", 50)])
        page = await timeline_page(vault, "gone.eth", NAMES, {}, newest=3)
        assert [entry.hash for entry in page.entries] == ["new"]

    run(delete())
