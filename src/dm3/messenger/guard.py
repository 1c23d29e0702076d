"""What stands in front of every page: another host, port, page or program gets nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final

from .sessions import Sessions

App = Callable[[Any, Any, Any], Awaitable[None]]

POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Final = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
OPEN_TO_ALL: Final = ("/open", "/session")
"""What is answered without a session: the page that hands the one-time token over, and where it goes."""
HTTP_METHODS: Final = ("GET", "POST")


class Guard:
    """An ASGI application around another. ``origin`` is the only one, ``http://host:port``."""

    def __init__(self, app: App, origin: str, sessions: Sessions) -> None:
        self._app = app
        self._origin = origin
        self._host = origin.partition("://")[2]
        self._sessions = sessions

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request, or follow the server's life."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope["headers"])
        refusal = self._refusal(scope, headers)
        guarded = _with_headers(send)
        if refusal is not None:
            await _refuse(guarded, *refusal)
            return
        await self._app(scope, receive, guarded)

    def _refusal(self, scope: Any, headers: Headers) -> tuple[int, str] | None:
        method, path = scope["method"], scope["path"]
        if headers.all("host") != [self._host]:
            return 421, "This is a messenger of its user's own. It answers under its own address only."
        if method not in HTTP_METHODS:
            return 405, "This is asked with GET or POST."
        allowed = ("same-origin", "none") if method == "GET" else ("same-origin",)
        site = headers.one("sec-fetch-site")
        if site is not None and site not in allowed:
            return 403, "Another page asked for this. Open the messenger's address yourself."
        if method == "POST" and headers.all("origin") != [self._origin]:
            return 403, "Another page sent this. Use the messenger's own pages."
        if path in OPEN_TO_ALL or path.startswith("/assets/"):
            return None
        session = session_of(headers, self._sessions)
        if session is None:
            return 401, "Open the messenger with its one-time address, which the program shows."
        given = headers.one("x-dm3-form") or ""
        if method == "POST" and not self._sessions.is_form_token(session, given):
            return 403, "This page is of an earlier start. Load it again."
        return None


class Headers:
    """The headers of a request, of which there may be several of a name."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def all(self, name: str) -> list[str]:
        """All values of the header ``name`` (lower case)."""
        return [value.decode("latin-1") for key, value in self._raw if key.decode("latin-1").lower() == name]

    def one(self, name: str) -> str | None:
        """Its only value; None where there is none. Several count as one that fits nothing."""
        found = self.all(name)
        return None if not found else ", ".join(found)


def session_of(headers: Headers, sessions: Sessions) -> str | None:
    """The session that the request's cookie names, if it is one."""
    for value in headers.all("cookie"):
        try:
            cookie = SimpleCookie(value).get(sessions.cookie)
        except CookieError:
            continue
        if cookie is not None and sessions.is_open(cookie.value):
            return cookie.value
    return None


def _with_headers(send: Any) -> Any:
    async def guarded(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            own = {key.decode("latin-1").lower() for key, _ in message.get("headers", ())}
            added = [(key.encode(), value.encode()) for key, value in HEADERS.items() if key not in own]
            message = {**message, "headers": [*message.get("headers", ()), *added]}
        await send(message)

    return guarded


async def _refuse(send: Any, status: int, sentence: str) -> None:
    body = sentence.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
