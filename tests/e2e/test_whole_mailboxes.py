"""One `sync` brings all that is there, however a service cuts its pages (specification 5.4)."""

import os

import pytest

from dm3.client import attach
from tests.e2e.sdk_scene import texts

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_large_messages_that_end_a_page_early_all_come_with_one_sync(pair):
    alice, team = pair
    wanted = [f"large {number}" for number in range(4)]
    for text in wanted:
        await team.send(alice.name, text, attachments=(attach(os.urandom(800_000), name="a.bin"),))
    assert await team.waiting() == []
    assert texts(await alice.sync()) == wanted
    assert await alice.sync() == []
