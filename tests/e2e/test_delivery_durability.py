"""What was answered with success is there after ``kill -9``, every time."""

import asyncio
import os
import signal
import sys
import time
from contextlib import asynccontextmanager

import httpx
import pytest

from dm3.base import sha256_hex
from dm3.crypto import ProfileKeys, Seed
from dm3.model import DeliveryServiceProfile
from tests.e2e.delivery_scene import Client, Person, digest, envelope, serving
from tests.habits.files import ROOT
from tests.kit import eventually, open_client

ALICE, BOB = Person("alice"), Person("bob")
KEYS = ProfileKeys.from_seed(Seed(digest("service")))
SERVICE = DeliveryServiceProfile(KEYS.signing_public, KEYS.encryption_public, "")


@asynccontextmanager
async def process(url):
    """A service in its own process; whatever happens, it is killed with SIGKILL in the end."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.e2e.delivery_process",
        url,
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
    )
    output = running.stdout
    assert output is not None
    try:
        base = (await eventually(output.readline())).decode().strip()
        async with open_client(base_url=base) as http:
            yield running, Client(http)
    finally:
        if running.returncode is None:
            running.kill()
        await running.wait()
        # Or the pipe's transport is closed only when the loop is gone.
        await output.read()


@pytest.mark.slow
async def test_accepted_messages_survive_kill_9_under_load(disk_path):
    url = f"sqlite:///{disk_path}/ds.sqlite"
    accepted: set[str] = set()

    async def keep_sending(client, sender, started):
        for n in range(10_000):
            text = f"{started}/{sender}/{n}"
            try:
                answer = await client.submit(envelope(ALICE, BOB.name, SERVICE, text))
            except httpx.HTTPError:
                return
            assert answer["result"] == "success"
            accepted.add(sha256_hex(text))

    for started in range(3):
        async with process(url) as (running, client):
            assert (await client.register(BOB)).status_code == 200
            senders = [asyncio.create_task(keep_sending(client, n, started)) for n in range(8)]
            enough = len(accepted) + 40
            while len(accepted) < enough:
                await asyncio.wait(senders, timeout=0.005)
            running.send_signal(signal.SIGKILL)
            await asyncio.gather(*senders)
    assert len(accepted) >= 120

    async with serving(url, clock=time.time) as scene:
        token = await scene.client.log_in(BOB)
        found, cursor = [], "0"
        while messages := (page := await scene.client.fetch(BOB, token, after=cursor, limit=200))["messages"]:
            found += [message["hash"] for message in messages]
            cursor = page["cursor"]
    assert len(found) == len(set(found))
    # A message whose answer was lost may be there; one that was answered must be.
    assert accepted <= set(found)
