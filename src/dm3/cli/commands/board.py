"""`dm3 board`: public statements on a page, and what their operator decides about them."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Final

import typer

from dm3.base.errors import InvalidInput, NotFound
from dm3.hosting import BoardServer, sqlite_url
from dm3.protocol.board import GoneReason
from dm3.store import Database
from dm3.store.board import Statements, StatementState, StoredStatement
from dm3.wire import read_message

from ..config.config import Config
from ..config.options import BOARD
from ..console.command import Call, command, own_command
from ..console.output import emit
from .configured_services import board_server
from .serving import log_to_stderr, serving, stop_signals

board_app = typer.Typer()
WHERE: Final = ("data-dir",)
SHORTEST: Final = 4

Which = Annotated[str, typer.Argument(help="The statement: its hash, or enough of the beginning.")]


def add_board_command(app: typer.Typer) -> None:
    """Add `dm3 board`."""

    @own_command(board_app, *BOARD)
    @serving
    async def board(call: Call) -> None:
        """Run a board: public statements that visitors write to it, moderated, with proofs for their readers.

        Example: dm3 board --board-name board.user.myapp.eth --domain myapp.eth \
--resolver myapp.eth=http://127.0.0.1:8402
        """
        config = call.config
        server = board_server(config, config.network)
        log_to_stderr(config["log-level"])
        with stop_signals() as stop:
            try:
                await server.start(config.resolvers)
                emit(board_data(server), call.json, *board_lines(server))
                sys.stdout.flush()
                await stop.wait()
            finally:
                await server.stop()

    app.add_typer(board_app, name="board")


def board_data(server: BoardServer) -> dict[str, Any]:
    """Where the board answers, for programs."""
    return {"ok": True, "board": server.url, "boardName": server.name}


def board_lines(server: BoardServer) -> list[str]:
    """Where the board answers, and how to moderate it."""
    return [
        f"board               {server.url}/board/{server.name}",
        "  dm3 board list shows what waits; dm3 board publish HASH shows it to everybody",
    ]


@command(board_app, "list", *WHERE)
async def list_statements(
    call: Call,
    state: Annotated[
        StatementState, typer.Option("--state", help="Which ones: waiting, published, gone or refused.")
    ] = StatementState.WAITING,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1_000, help="How many, the newest.")] = 50,
) -> None:
    """Show the statements that wait to be published, or others.

    Example: dm3 board list --state published
    """
    async with _statements(call.config) as kept:
        found = await kept.of_state(state, limit)
    data = {"ok": True, "state": str(state), "statements": [_json(one) for one in found]}
    emit(data, call.json, *([_line(one) for one in found] or [f"No statement is {state}."]))


@command(board_app, "publish", *WHERE)
async def publish(call: Call, which: Which) -> None:
    """Publish a statement that waits.

    Example: dm3 board publish 0x3fa9
    """
    async with _statements(call.config) as kept:
        one = await _one(kept, which)
        if not await kept.publish(one.hash):
            raise InvalidInput(f"this statement is {one.state}, it does not wait")
    emit({"ok": True, "hash": one.hash}, call.json, f"Published: {_line(one)}")


@command(board_app, "withhold", *WHERE)
async def withhold(call: Call, which: Which) -> None:
    """Take a published statement back, so that it waits again; readers are told that it is gone.

    Example: dm3 board withhold 0x3fa9
    """
    async with _statements(call.config) as kept:
        one = await _one(kept, which)
        if not await kept.withhold(one.hash):
            raise InvalidInput(f"this statement is {one.state}, not published")
    emit({"ok": True, "hash": one.hash}, call.json, f"Withheld: {_line(one)}")


@command(board_app, "remove", *WHERE)
async def remove(call: Call, which: Which) -> None:
    """Remove a statement for good, published or waiting; its text is deleted here.

    Example: dm3 board remove 0x3fa9
    """
    async with _statements(call.config) as kept:
        one = await _one(kept, which)
        if not await kept.remove(one.hash, GoneReason.REMOVED):
            raise InvalidInput(f"this statement is {one.state} already")
    emit({"ok": True, "hash": one.hash}, call.json, f"Removed: {_line(one)}")


@asynccontextmanager
async def _statements(config: Config) -> AsyncIterator[Statements]:
    """The board's statements, also while it serves. Raises `NotFound`."""
    file = config["data-dir"] / "board.sqlite"
    if not file.exists():
        raise NotFound(f"there are no data of a board in {config['data-dir']}", hint="Say --data-dir.")
    database = Database.open(sqlite_url(file), "board")
    try:
        yield Statements(database)
    finally:
        await database.close()


async def _one(kept: Statements, which: str) -> StoredStatement:
    """The statement that is meant. Raises `NotFound` or `InvalidInput`."""
    if len(which) < SHORTEST:
        raise InvalidInput(f"give at least {SHORTEST} characters of the hash")
    found = await kept.beginning(which.lower())
    if not found:
        raise NotFound(f"there is no statement {which[:80]}", hint="See them: dm3 board list")
    if len(found) > 1:
        raise InvalidInput(f"several statements begin with {which[:80]}", hint="Give more of the hash.")
    return found[0]


def _text(one: StoredStatement) -> str:
    return (read_message(one.message).content or "") if one.message else ""


def _json(one: StoredStatement) -> dict[str, Any]:
    return {
        "hash": one.hash,
        "author": one.author,
        "receivedAt": one.received_at,
        "state": str(one.state),
        "gone": one.reason or None,
        "text": _text(one) or None,
    }


def _line(one: StoredStatement) -> str:
    told = " ".join(_text(one).split())
    return f"{one.hash[:12]}  {one.author}  {told[:200] or one.reason}"
