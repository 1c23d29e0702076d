"""The tests' own database works where it is asked: two threads would share its one connection."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import Connection

from dm3.store import Database
from tests.kit.at_once import AtOnce

WAYS: dict[str, Callable[[Database, Callable[[Connection], Any]], Awaitable[Any]]] = {
    "write": lambda database, work: database.write(work),
    "write_timed": lambda database, work: database.write_timed(work),
    "read": lambda database, work: database.read(work),
}


def _where(_: Connection) -> str:
    return threading.current_thread().name


@pytest.mark.parametrize("way", WAYS)
async def test_every_way_to_it_stays_in_the_thread_that_asks(way: str) -> None:
    database = AtOnce.open("sqlite://", "delivery")
    try:
        found = await WAYS[way](database, _where)
        assert threading.current_thread().name in (found, found[0])
    finally:
        await database.close()


async def test_what_fails_is_told_as_by_the_real_one_and_undone() -> None:
    database = AtOnce.open("sqlite://", "delivery")

    def fails(_: Connection) -> None:
        raise ValueError("no")

    try:
        for way in WAYS.values():
            with pytest.raises(ValueError, match="no"):
                await way(database, fails)
        assert await database.write(_where) == threading.current_thread().name
    finally:
        await database.close()
