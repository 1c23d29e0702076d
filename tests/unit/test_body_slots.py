"""A body in memory counts for what has come of it, and waiting for room is not its client's time."""

import asyncio

from dm3.service.body_reader import BIG_BYTES, SMALL, BodyReader, BodySlot
from dm3.service.budget import ByteBudget

SCOPE = {"headers": [], "client": ("127.0.0.1", 1)}


async def test_a_body_counts_for_what_has_come_or_was_announced_and_gives_it_back():
    small, big = ByteBudget(SMALL, SMALL), ByteBudget(BIG_BYTES, BIG_BYTES)
    with BodySlot(small, big) as slot:
        slot.open("somebody", lambda: None)
        for come, announced, counted in (
            (100, 0, (100, 0)),
            (SMALL, 0, (SMALL, 0)),
            (SMALL + 1, SMALL + 50, (0, SMALL + 50)),
            (SMALL + 40, SMALL + 50, (0, SMALL + 50)),
            (SMALL + 90, SMALL + 50, (0, SMALL + 90)),
        ):
            await slot.acquire(come, announced)
            assert (small.held, big.held) == counted
    assert (small.held, big.held) == (0, 0)


async def test_what_a_big_body_waits_for_room_is_not_its_clients_time(monkeypatch):
    loop = asyncio.get_running_loop()
    real, later = loop.time, [0.0]
    monkeypatch.setattr(loop, "time", lambda: real() + later[0])
    reader = BodyReader(1_000_000)
    pieces = [b"x" * (SMALL + 1), b"y" * 10, b"z"]
    other = reader.slot()
    other.open("another", lambda: None)
    await other.acquire(BIG_BYTES, 0)

    async def receive():
        piece = pieces.pop(0)
        if (
            len(piece) == 10
        ):  # the room was waited for, and the time that is over would have ended the reading
            for _ in range(10):
                await asyncio.sleep(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    reading = asyncio.create_task(reader.read(SCOPE, receive, slot := reader.slot()))
    while not slot.is_big:  # noqa: ASYNC110 - nothing tells
        await asyncio.sleep(0)
    later[0] += 20  # above what a client has for so much, and below what is waited for room
    with other:
        pass
    assert len(await reading) == SMALL + 12
    assert slot.waited >= 20
