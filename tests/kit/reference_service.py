"""A small delivery service that answers as the reference's were measured to (specification 2.5.1).

It stores what it is handed, refuses what the reference's schema refuses, and knows nothing of our
extensions: neither readers nor cursors nor profile extensions of its own.
"""

from __future__ import annotations

import json
from typing import Any, Final

from dm3.base import canonical_json
from dm3.crypto import ProfileKeys, Seed
from dm3.service import Server

EXTENSION: Final = {"encryptionScheme": ["x25519-chacha20-poly1305"], "notSupportedMessageTypes": ["NEW"]}
"""The reference's default, the same for everybody: the trap."""
METADATA: Final = {"deliveryInformation", "encryptionScheme", "signature", "version"}
MONTH_MS: Final = 30 * 86_400_000


class ReferenceService:
    """A running service. ``hash_member``: which hash its schema wants, as the two states of it do.

    ``stored`` are the envelopes that it has taken, ``asked`` the methods that were called.
    """

    def __init__(self, hash_member: str = "messageHash", size_limit: int = 100_000) -> None:
        self.keys = ProfileKeys.from_seed(Seed(b"a reference service of the tests"))
        self.stored: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self._members = METADATA | {hash_member}
        self._limit = size_limit

    async def __aenter__(self) -> ReferenceService:
        self._server = Server(self._answer)
        await self._server.__aenter__()
        self.url = self._server.url
        return self

    async def __aexit__(self, *raised: Any) -> None:
        await self._server.__aexit__(*raised)

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while True:
            part = await receive()
            body += part.get("body", b"")
            if not part.get("more_body"):
                break
        if (scope["method"], scope["path"]) != ("POST", "/rpc"):
            page = f"<!DOCTYPE html><pre>Cannot {scope['method']} {scope['path']}</pre>"
            await _says(send, 404, page, "text/html; charset=utf-8")
            return
        call = json.loads(body)
        self.asked.append(call["method"])
        match call["method"]:
            case "dm3_submitMessage":
                await self._submit(call["params"][0], send)
            case "dm3_getDeliveryServiceProperties":
                told = {"messageTTL": MONTH_MS, "sizeLimit": self._limit}
                await _says(send, 200, canonical_json({"jsonrpc": "2.0", "result": json.dumps(told)}))
            case "dm3_getProfileExtension":
                await _says(send, 200, canonical_json({"jsonrpc": "2.0", "result": json.dumps(EXTENSION)}))
            case _:
                await _says(send, 400, "Bad Request", "text/plain; charset=utf-8")

    async def _submit(self, text: str, send: Any) -> None:
        envelope = json.loads(text)
        fits = set(envelope) == {"message", "metadata"} and set(envelope["metadata"]) == self._members
        if not fits or len(text) > self._limit:
            await _says(send, 400, "Bad Request", "text/plain; charset=utf-8")
            return
        self.stored.append(envelope)
        await _says(send, 200, "OK", "text/html; charset=utf-8")


async def _says(send: Any, status: int, text: str, kind: str = "application/json; charset=utf-8") -> None:
    headers = [(b"content-type", kind.encode()), (b"content-length", str(len(text.encode())).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})
