"""People, a delivery service and its clients, all real: for the tests of the delivery service."""

import json
from collections.abc import Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from dm3.base import sha256_hex
from dm3.crypto import ProfileKeys, Seed, sign
from dm3.delivery import DeliveryService, DeliverySettings
from dm3.net import Directory, WalletVerifier
from dm3.service import Server
from dm3.store import Database
from dm3.testing import StaticNames
from tests.kit import open_client
from tests.kit.senders import APP as APP
from tests.kit.senders import SERVICE as SERVICE
from tests.kit.senders import Person as Person
from tests.kit.senders import Stream as Stream
from tests.kit.senders import digest as digest
from tests.kit.senders import envelope as envelope


class Clock:
    """UNIX seconds that the test moves."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Client:
    """A delivery service seen through HTTP by one person."""

    def __init__(self, http: httpx.AsyncClient, service: Any = None) -> None:
        self.http, self.service = http, service

    async def rpc(self, method: str, params, call_id=1) -> Any:
        body = {"jsonrpc": "2.0", "id": call_id, "method": method, "params": params}
        answer = await self.http.post("/rpc", content=json.dumps(body))
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def submit(self, value) -> Any:
        return await self.rpc("dm3_submitMessage", [value])

    async def send(self, sender: Person, to: str, text: str = "hello") -> str:
        """Submit a message that must be accepted; returns its hash."""
        answer = await self.submit(envelope(sender, to, self.service.profile, text))
        assert answer == {"jsonrpc": "2.0", "id": 1, "result": "success"}
        return sha256_hex(text)

    async def register(self, person: Person, name: str | None = None, **params) -> httpx.Response:
        path = f"/profile/{name or person.name}"
        return await self.http.post(path, content=person.signed.text, params=params)

    async def log_in(self, person: Person, name: str | None = None) -> dict[str, str]:
        """Authenticate; returns the headers that open the mailbox."""
        path = f"/auth/{name or person.name}"
        challenge = (await self.http.get(path)).json()
        body = {"challenge": challenge, "signature": sign(person.keys.signing_private, challenge)}
        answer = await self.http.post(path, json=body)
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.json()}"}

    async def fetch(self, person: Person, token: dict[str, str], **params) -> Any:
        answer = await self.http.get(f"/mailbox/{person.name}", headers=token, params=params, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def acknowledge(self, person: Person, token, hashes, **more) -> httpx.Response:
        body = {"acknowledgements": [{"messageHash": one} for one in hashes], **more}
        path = f"/delivery/messages/{person.name}/syncAcknowledgements"
        return await self.http.post(path, headers=token, json=body)


@dataclass
class Scene:
    """A running delivery service with everything around it."""

    names: StaticNames
    clock: Any
    database: Database
    service: DeliveryService
    url: str
    client: Client
    door: Any = None

    async def pass_days(self, days: int) -> None:
        """Let time go by as it does for a service that runs."""
        for _ in range(days):
            self.clock.now += 86_400
            await self.service.clean_up()

    async def arrive(self, person: Person, **params) -> dict[str, str]:
        """Publish and register a person (``reader=``); returns the headers that open the mailbox."""
        self.names.put_profile(person.name, person.signed, person.wallet.address)
        answer = await self.client.register(person, **params)
        assert answer.status_code == 200, answer.text
        return await self.client.log_in(person)


@asynccontextmanager
async def serving(
    url: str,
    *,
    clock: Callable[[], float] | None = None,
    names: StaticNames | None = None,
    verifier: WalletVerifier | None = None,
    proxies: Sequence[str] = (),
    **options,
):
    """A delivery service on loopback over the database at ``url``, perhaps behind ``proxies``."""
    clock, names = clock or Clock(), names or StaticNames()
    database = Database.open(url, "delivery")
    service = DeliveryService(
        DeliverySettings(**{"name": SERVICE, **options}),
        ProfileKeys.from_seed(Seed(digest("service"))),
        Directory(names, cache_seconds=60, verifier=verifier),
        database,
        clock=clock,
    )
    try:
        server = Server(service.app, proxies=proxies)
        service.url = server.bind()
        async with server, open_client(base_url=server.url) as http:
            yield Scene(names, clock, database, service, server.url, Client(http, service), server.door)
            service.release_waiting()
    finally:
        await database.close()
