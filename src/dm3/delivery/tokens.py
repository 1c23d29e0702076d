"""Challenges and access tokens: signed by the service, so that nothing is kept for those never used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import jwt
from msgspec import Struct

from dm3.crypto import RandomBytes, StorageKey
from dm3.service import Unauthorized

ALGORITHM: Final = "HS256"
NONCE_BYTES: Final = 32
MAX_TOKEN_CHARS: Final = 4_000


class ChallengeClaims(Struct, frozen=True):
    """What a challenge says: for which name, once (``nonce``), until when (UNIX seconds)."""

    name: str
    nonce: str
    exp: int


class TokenClaims(Struct, frozen=True):
    """What an access token says: for which mailbox, and in which of its epochs it was given out."""

    sub: str
    epoch: int
    exp: int


class Tokens:
    """Makes and reads the service's own tokens; ``audience`` is its ENS name, ``clock`` UNIX seconds.

    ``secret`` signs them. It comes from the service's own keys, so all its processes share it and a
    copied database does not hold it.
    """

    def __init__(
        self,
        secret: StorageKey,
        audience: str,
        *,
        clock: Callable[[], float],
        random: RandomBytes,
    ) -> None:
        self._secret = secret
        self._audience = audience
        self._clock = clock
        self._random = random

    def new_challenge(self, name: str, seconds: int) -> str:
        """A challenge for the owner of ``name``, to be answered within ``seconds``."""
        nonce = self._random(NONCE_BYTES).hex()
        return self._write("challenge", seconds, {"name": name, "nonce": nonce})

    def new_token(self, box: str, epoch: int, seconds: int) -> str:
        """An access token for a mailbox."""
        claims = {"sub": box, "epoch": epoch, "jti": self._random(16).hex()}
        return self._write("token", seconds, claims)

    def read_challenge(self, text: str) -> ChallengeClaims:
        """Read a challenge of ours. Raises `Unauthorized`."""
        claims = self._read("challenge", text)
        return ChallengeClaims(claims["name"], claims["nonce"], claims["exp"])

    def read_token(self, text: str) -> TokenClaims:
        """Read an access token of ours. Raises `Unauthorized`."""
        claims = self._read("token", text)
        return TokenClaims(claims["sub"], claims["epoch"], claims["exp"])

    def _write(self, purpose: str, seconds: int, claims: dict[str, Any]) -> str:
        common = {"purpose": purpose, "aud": self._audience, "exp": int(self._clock()) + seconds}
        return jwt.encode(claims | common, self._secret.reveal(), ALGORITHM)

    def _read(self, purpose: str, text: str) -> dict[str, Any]:
        what = "the " + purpose
        if len(text) > MAX_TOKEN_CHARS or not text.isascii():
            raise Unauthorized(f"{what} is not one of this service")
        try:
            claims = jwt.decode(
                text,
                self._secret.reveal(),
                [ALGORITHM],
                audience=self._audience,
                # Times are compared below, by our own clock.
                options={"verify_exp": False, "verify_iat": False, "require": ["exp", "aud"]},
            )
        except jwt.InvalidTokenError:
            raise Unauthorized(f"{what} is not one of this service") from None
        if claims.get("purpose") != purpose:
            raise Unauthorized(f"this is a {claims.get('purpose')}, not a {purpose}")
        if claims["exp"] <= self._clock():
            raise Unauthorized(f"{what} has expired")
        return dict(claims)
