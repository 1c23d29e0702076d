"""A messenger over real services: Alice's vault behind pages, and those who write to her."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from dm3.client import Client, Messenger, connect
from dm3.crypto import Passphrase
from dm3.messenger import MessengerServer, MessengerSettings
from tests.e2e.sdk_scene import MAIN, World

SECRET = Passphrase(b"of the messenger's vault")


@dataclass
class MessengerScene:
    """A running messenger, the addresses that it has told, and its user."""

    world: World
    server: MessengerServer
    address: str
    told: list[str] = field(default_factory=list)

    @property
    def alice(self) -> Messenger:
        """The open main profile."""
        assert self.server.desk.messenger is not None
        return self.server.desk.messenger

    @property
    def host(self) -> str:
        return self.server.origin.partition("://")[2]

    @property
    def local(self) -> str:
        """Its address for programs that do not look names up as browsers do."""
        return self.server.origin.replace("messenger.localhost", "127.0.0.1")


@asynccontextmanager
async def messenger_in(
    world: World, folder: Path, *, idle_seconds: int = 0, empty: bool = False
) -> AsyncIterator[MessengerScene]:
    """A messenger for Alice, whose profile is made before it starts, if it is not to be ``empty``."""
    vault = folder / f"messenger-{world.number}{'-empty' if empty else ''}.sqlite"

    async def open_client(passphrase: Passphrase) -> Client:
        return await connect(world.resolvers, vault=vault, passphrase=passphrase, allow_private=True)

    if not empty:
        async with await open_client(SECRET) as client:
            await client.create_profile(MAIN, world.wallet, alias=world.alice_name)
    told: list[str] = []
    settings = MessengerSettings(
        open_client=open_client, vault=vault, idle_seconds=idle_seconds, announce=told.append
    )
    async with MessengerServer(settings) as server:
        address = await server.start(SECRET)
        yield MessengerScene(world, server, address, told)


async def signed_in(scene: MessengerScene, http: httpx.AsyncClient) -> dict[str, str]:
    """Use the newest one-time address; returns the headers of the user's own browser."""
    token = (scene.told[-1] if scene.told else scene.address).partition("#")[2]
    headers = {"Host": scene.host, "Sec-Fetch-Site": "same-origin", "Origin": scene.server.origin}
    answer = await http.post(f"{scene.local}/session", content=token, headers=headers)
    assert answer.status_code == 204
    cookie = answer.headers["set-cookie"].partition(";")[0]
    return {**headers, "Cookie": cookie}
