"""``dm3 up`` as its own process, with its usual limits, and somebody who is published there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx

from bench.http_load import ServerProcess
from bench.people import Person, make_people, register
from dm3.net.clients.resolver import ResolverClient

DOMAIN: Final = "bench.eth"
_PROCESS: Final = "bench.stress.up_process"
_STOPPING: Final = 30.0


class Site:
    """A folder with the data of ``dm3 up``, which is started as often as a case wants it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.resolver = ""

    @contextmanager
    def up(self, days: int = 0) -> Iterator[ServerProcess]:
        """Serve, with a clock that is so many days off; gives the delivery service's URL, and the process."""
        data = ("--data-dir", str(self._folder / "data"), "--domain", DOMAIN)
        ports = ("--resolver-port", "0", "--delivery-port", "0", "--log-level", "error", "--json")
        command = [sys.executable, "-m", _PROCESS, str(days), "up", *data, *ports]
        surroundings = {key: value for key, value in os.environ.items() if not key.startswith("DM3_")}
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=surroundings
        ) as process:
            assert process.stdout is not None
            try:
                told = process.stdout.readline()
                if not told:
                    raise RuntimeError("dm3 up did not start")
                urls = json.loads(told)
                self.resolver = urls["resolver"]
                yield ServerProcess(urls["deliveryService"], process.pid)
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(timeout=_STOPPING)

    async def arrive(self, server: ServerProcess) -> Person:
        """Somebody new: claimed at the resolver, registered at the delivery service."""
        with tempfile.TemporaryDirectory() as folder:
            [person] = make_people(Path(folder), 1)
        async with httpx.AsyncClient(timeout=60) as http:
            await ResolverClient(http, self.resolver).claim_address(person.signed, person.address, DOMAIN)
        await register(server.url, [person])
        return person
