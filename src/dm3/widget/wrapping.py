"""The half of a visitor's key that the service keeps (specification 5.6).

The cookie locks its key, and only the cookie's hash is kept: a stolen database opens nothing. The key is
given to the widget's own frame alone, which `Sec-Fetch-Site` tells.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any, Final
from urllib.parse import quote

from litestar import Request, Response, delete, get, post
from litestar.params import FromPath

from dm3.base import from_hex, to_base64
from dm3.base.errors import CannotOpen, Dm3Error, MalformedData, NotFound
from dm3.crypto import RandomBytes, StorageKey, lock, unlock
from dm3.service import TooManyRequests, source_of
from dm3.store.widget import KEPT_DAYS, WrappingKeys

from .applications import Applications
from .limits import VisitorLimits

COOKIE: Final = "dm3-wrap"
DAY: Final = 86_400
TAG_BYTES: Final = 16
_PLACE: Final = b"dm3lpp/v1/wrapping-key"


class NotFromTheFrame(Dm3Error):
    """This is for the chat's own frame alone."""

    code = "not-from-the-frame"


class Wrapping:
    """Makes, gives out and forgets wrapping keys; ``clock`` gives UNIX seconds."""

    def __init__(
        self,
        applications: Applications,
        keys: WrappingKeys,
        limits: VisitorLimits,
        random: RandomBytes,
        clock: Any,
    ) -> None:
        self._applications = applications
        self._keys = keys
        self._limits = limits
        self._random = random
        self._clock = clock
        self._tag_key = random(32)

    def routes(self) -> list[Any]:
        """``/{app}/wrap`` with its three methods."""

        @post("/{app:str}/wrap", status_code=204, summary="Make this browser's half of a key")
        async def make(request: Request[Any, Any, Any], app: FromPath[str]) -> Response[None]:
            name = self._frame_of(request, app)
            source = source_of(request.client.host if request.client else "")
            if not self._limits.allow(name, source):
                raise TooManyRequests("this address has made many keys within a minute")
            secret, key = self._random(32), self._random(32)
            locked = lock(StorageKey(secret), key, _PLACE, self._random)
            await self._keys.put(name, _hash(secret), locked, self._today(), self._tag_of(source))
            return Response(None, status_code=204, headers=_cookie(app, secret.hex(), KEPT_DAYS * DAY))

        @get("/{app:str}/wrap", summary="This browser's half of a key")
        async def give(request: Request[Any, Any, Any], app: FromPath[str]) -> Response[dict[str, str]]:
            name = self._frame_of(request, app)
            secret = _secret(request)
            locked = await self._keys.get(name, _hash(secret), self._today())
            if locked is None:
                raise NotFound("no key is kept for this browser", verbatim=True)
            try:
                key = unlock(StorageKey(secret), locked, _PLACE)
            except CannotOpen:
                raise NotFound("no key is kept for this browser", verbatim=True) from None
            return Response({"key": to_base64(key)}, headers=_cookie(app, secret.hex(), KEPT_DAYS * DAY))

        @delete("/{app:str}/wrap", status_code=204, summary="Forget this browser's half of a key")
        async def forget(request: Request[Any, Any, Any], app: FromPath[str]) -> Response[None]:
            name = self._frame_of(request, app)
            await self._keys.remove(name, _hash(_secret(request)))
            return Response(None, status_code=204, headers=_cookie(app, "", 0))

        return [make, give, forget]

    def _tag_of(self, source: str) -> bytes:
        """What tells the keys of one source from others', and nobody whose they are once this host stops."""
        return hmac.digest(self._tag_key, source.encode("utf-8"), "sha256")[:TAG_BYTES]

    def _frame_of(self, request: Request[Any, Any, Any], app: str) -> str:
        """The application's name; the request comes from its own frame. Raises `NotFromTheFrame`."""
        if request.headers.get("sec-fetch-site") != "same-origin":
            raise NotFromTheFrame("a page of another origin asks for it")
        return self._applications.find(app).name

    def _today(self) -> int:
        return int(self._clock()) // DAY


def _hash(secret: bytes) -> bytes:
    return hashlib.sha256(secret).digest()


def _secret(request: Request[Any, Any, Any]) -> bytes:
    try:
        return from_hex("0x" + (request.cookies.get(COOKIE) or ""), what="the cookie", length=32)
    except MalformedData:
        raise NotFound("this browser has no half of a key", verbatim=True) from None


def _cookie(app: str, value: str, seconds: int) -> dict[str, str]:
    # Partitioned: a browser sends it only under the top-level site where it was set. Python's own cookies
    # know of that from 3.14 on.
    path = quote(app, safe="")
    told = f"{COOKIE}={value}; Path=/{path}/; Max-Age={seconds}; Secure; HttpOnly; SameSite=None; Partitioned"
    return {"Set-Cookie": told, "Cache-Control": "no-store"}
