"""A delivery service that is hostile where a test wants it, and else takes everything and has nothing."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

from dm3.crypto import ProfileKeys, Seed
from dm3.model import DeliveryServiceProfile, RecordKey
from dm3.wire import data_uri, delivery_service_json

from .behaviours import Answer, Heard, page_of, says, takes_all
from .server import HostileServer

_CHALLENGE = "an-opaque-challenge-of-the-hostile-one"


class HostileDelivery(HostileServer):
    """Publish it with `names_file` for a client; profiles that list ``name`` have their mailbox here.

    ``page`` answers fetches of one mailbox or several, ``rpc`` submissions and questions about profiles,
    ``auth`` log-ins, ``register`` registrations, ``acknowledge`` acknowledgements, ``several`` fetches of
    several mailboxes where they are to be answered otherwise.
    """

    def __init__(self, name: str = "ds.evil.eth") -> None:
        super().__init__()
        self.name = name
        self.keys = ProfileKeys.from_seed(Seed(os.urandom(32)))
        self.page: Answer = page_of()
        self.several: Answer | None = None
        self.rpc: Answer = says({"jsonrpc": "2.0", "id": 1, "result": {}})
        self.auth: Answer | None = None
        self.register: Answer = takes_all
        self.acknowledge: Answer = says({"acknowledged": 0})

    async def __aenter__(self) -> HostileDelivery:
        await super().__aenter__()
        return self

    @property
    def record(self) -> dict[str, Any]:
        """What is published under its name, as a names file has it."""
        profile = DeliveryServiceProfile(self.keys.signing_public, self.keys.encryption_public, self.url)
        return {"texts": {RecordKey.DELIVERY_SERVICE: data_uri(delivery_service_json(profile))}}

    def fetched(self) -> list[Heard]:
        """The fetches that came in."""
        return [heard for heard in self.heard if _is_fetch(heard)]

    async def _answer(self, heard: Heard, writer: asyncio.StreamWriter) -> None:
        await self._behaviour(heard)(heard, writer)

    def _behaviour(self, heard: Heard) -> Answer:
        if _is_fetch(heard):
            return self.several or self.page if heard.path == "/mailboxes/fetch" else self.page
        if heard.path == "/rpc":
            return self.rpc
        if heard.path.startswith("/auth/"):
            return self.auth or says(_CHALLENGE if heard.method == "GET" else "a-token-of-the-hostile-one")
        if heard.path.endswith("/syncAcknowledgements"):
            return self.acknowledge
        return self.register


def names_file(path: Path, *services: HostileDelivery, **names: Any) -> Path:
    """A names file with these services, and further names, for `connect(names_file=…)`."""
    listed = {service.name: service.record for service in services}
    path.write_text(json.dumps({**listed, **names}))
    return path


def junk(number: int) -> dict[str, Any]:
    """An entry that is no envelope."""
    return {"hash": f"0x{number:064x}", "cursor": str(number), "envelope": {"nothing": "of it"}}


def _is_fetch(heard: Heard) -> bool:
    several = heard.path == "/mailboxes/fetch"
    return several or (heard.method == "GET" and heard.path.startswith("/mailbox/"))
