"""A copy of a service's folder is a backup: what was written is soon in the database's own file."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from dm3.delivery import expiry
from dm3.hosting import folding
from dm3.store.widget.wrapping_keys import WrappingKeys
from tests.e2e.board_scene import board_of, visitor
from tests.e2e.sdk_scene import MAIN, world_in
from tests.e2e.widget_scene import widget_app, widget_host
from tests.kit import happens


async def comes_into_the_file(real: Path, query: str) -> None:
    """Wait until a copy of the database's file alone has what ``query`` counts."""

    def is_in_a_copy() -> bool:
        copy = shutil.copy(real, real.with_suffix(".copy"))
        with closing(sqlite3.connect(copy)) as connection:
            try:
                return bool(connection.execute(query).fetchone()[0])
            except sqlite3.DatabaseError:  # it was being written
                return False

    await happens(is_in_a_copy, "a copy of the file alone has what was written")


@pytest.mark.parametrize(
    ("file", "query"),
    [("delivery", "SELECT count(*) FROM mailbox_name"), ("resolver", "SELECT count(*) FROM alias")],
)
async def test_the_write_ahead_log_is_folded_in_while_a_service_runs(tmp_path, monkeypatch, file, query):
    monkeypatch.setattr(folding, "FOLD_SECONDS", 0.05)
    monkeypatch.setattr(expiry, "INTERVAL_SECONDS", 0.05)
    async with world_in(tmp_path) as world:
        await world.alice()
        await comes_into_the_file(world.place.folder / MAIN / f"{file}.sqlite", query)


async def test_and_while_a_widget_host_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(folding, "FOLD_SECONDS", 0.05)
    async with (
        world_in(tmp_path) as world,
        widget_host(world.place, tmp_path, widget_app("desk.eth")) as host,
    ):
        assert host._database is not None
        await WrappingKeys(host._database).put("myapp.eth", b"\x01" * 32, b"locked", 20_700)
        await comes_into_the_file(tmp_path / "widget.sqlite", "SELECT count(*) FROM wrapping_key")


async def test_and_while_a_board_serves(tmp_path, monkeypatch):
    monkeypatch.setattr(folding, "FOLD_SECONDS", 0.05)
    async with world_in(tmp_path) as world, board_of(world, tmp_path / "board") as board:
        await (await visitor(world)).make_statement(board.name, "hello")
        await comes_into_the_file(tmp_path / "board" / "board.sqlite", "SELECT count(*) FROM statement")
