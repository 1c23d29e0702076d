"""After ``kill -9`` a board has lost nothing that was published, doubled nothing, and the queue is whole."""

import asyncio
import json
import os
import signal
import sys
from contextlib import asynccontextmanager

import pytest

from dm3.store.board import StatementState
from tests.e2e.board_process import MANY
from tests.e2e.board_scene import board_name, board_of, operator, page, visitor
from tests.e2e.sdk_scene import World
from tests.habits.files import ROOT
from tests.kit import eventually, happens

pytestmark = pytest.mark.asyncio(loop_scope="module")
LIVES = 2


@asynccontextmanager
async def process(world, folder):
    """A board in its own process; whatever happens, it is killed with SIGKILL in the end."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    arguments = (str(folder), board_name(world), json.dumps(world.resolvers))
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.e2e.board_process", *arguments),
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
    )
    output = running.stdout
    assert output is not None
    try:
        assert (await eventually(output.readline())).decode().startswith("http")
        yield running
    finally:
        if running.returncode is None:
            running.kill()
        await running.wait()
        # Or the pipe's transport is closed only when the loop is gone.
        await output.read()


async def test_nothing_is_lost_or_doubled_when_a_board_is_killed(world: World, disk_path):
    written: list[str] = []
    published: list[str] = []
    authors = [await visitor(world) for _ in range(3)]
    name = board_name(world)

    async def write(author):
        for number in range(4):
            said = await author.make_statement(name, f"number {number}")
            written.append(said.hash)

    for _ in range(LIVES):
        async with process(world, disk_path) as running, operator(disk_path) as statements:
            writing = [asyncio.create_task(write(author)) for author in authors]

            async def some_wait(statements=statements):
                return await statements.of_state(StatementState.WAITING, 100)

            # Killed while it takes statements in, after the operator has published one of them.
            await happens(some_wait)
            first = (await some_wait())[0]
            assert await statements.publish(first.hash)
            published.append(first.hash)
            running.send_signal(signal.SIGKILL)
            await asyncio.gather(*writing)

    async with board_of(world, disk_path, **MANY) as board, operator(disk_path) as statements:

        async def all_there():
            found = [
                one.hash
                for state in (StatementState.WAITING, StatementState.PUBLISHED)
                for one in await statements.of_state(state, 1_000)
            ]
            return found if len(found) >= len(written) else None

        await happens(all_there)
        waiting = [one.hash for one in await statements.of_state(StatementState.WAITING, 1_000)]
        shown = [item["hash"] for item in (await page(board, "?after=0&limit=100"))["items"]]
    assert shown == published
    assert sorted(waiting) == sorted(set(written) - set(published))
    assert len(written) == len(set(written)) == LIVES * 12
