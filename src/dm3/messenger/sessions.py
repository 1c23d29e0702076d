"""Who may ask: whoever has the one-time address gets a session; nobody else gets anything."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

MOST_TRIES: Final = 100
"""After so many wrong tokens the address counts no more, and a new one has to be made."""


class Sessions:
    """The sessions of one running messenger. A session ends with the program; nothing of it is kept."""

    def __init__(self) -> None:
        # Browsers send the cookies of a host to all its ports: each instance has a name of its own.
        self.cookie = f"dm3-messenger-{secrets.token_hex(6)}"
        self._key = secrets.token_bytes(32)
        self._open: set[bytes] = set()
        self._token: bytes | None = None
        self._wrong = 0

    def new_token(self) -> str:
        """A new token for one use; the one before counts no more."""
        token = secrets.token_urlsafe(32)
        self._token, self._wrong = _digest(token), 0
        return token

    def redeem(self, token: str) -> str | None:
        """A new session for the token, which counts no more after this; None for a wrong one."""
        if self._token is None or not hmac.compare_digest(self._token, _digest(token)):
            self._wrong += 1
            if self._wrong >= MOST_TRIES:
                self._token = None
            return None
        self._token = None
        session = secrets.token_urlsafe(32)
        self._open.add(_digest(session))
        return session

    def is_open(self, session: str) -> bool:
        """Whether this is a session."""
        return _digest(session) in self._open

    def form_token(self, session: str) -> str:
        """What every request of this session that changes something carries as a header."""
        return hmac.new(self._key, session.encode(), hashlib.sha256).hexdigest()

    def is_form_token(self, session: str, given: str) -> bool:
        """Whether ``given`` is that of the session."""
        return hmac.compare_digest(self.form_token(session).encode(), given.encode())


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()
