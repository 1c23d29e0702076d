"""Who may open a mailbox: whoever signs a fresh challenge with the key of its registered profile."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Final

from litestar import Request

from dm3.base import normalize
from dm3.base.errors import BadSignature, Dm3Error, NotFound, StoreError
from dm3.crypto import is_signed
from dm3.service import RateLimiter, Unauthorized
from dm3.store import Database
from dm3.store.delivery import Registered, raise_epoch, registered, registered_all, use_nonce
from dm3.wire import read_signed_profile

from .settings import DeliverySettings
from .tokens import ChallengeClaims, TokenClaims, Tokens

FOR_EVER: Final = 10.0**9


class NotYourMailbox(BadSignature):
    """This access token is for another mailbox."""

    code = "forbidden"
    hint = "Authenticate for the mailbox that you want to open."


class NotRegistered(NotFound):
    """No profile is registered here under that name."""

    code = "not-registered"
    hint = "Register the profile first, with POST /profile/{name}."


class Authenticator:
    """Gives out access tokens and checks them."""

    def __init__(self, settings: DeliverySettings, tokens: Tokens, database: Database) -> None:
        self._settings = settings
        self._tokens = tokens
        self._database = database
        self._unwritten = RateLimiter(1, time.monotonic, seconds=FOR_EVER)

    async def mailbox(self, name: str) -> Registered:
        """The mailbox of ``name`` (in any form). Raises `NotRegistered` or `InvalidName`."""
        normal = normalize(name)
        found = await self._database.read(lambda connection: registered(connection, normal))
        if found is None:
            raise NotRegistered(normal)
        return found

    async def challenge(self, name: str) -> str:
        """A text to be signed by the owner of ``name``. Raises `NotRegistered` or `InvalidName`."""
        await self.mailbox(name)
        return self._tokens.new_challenge(normalize(name), self._settings.challenge_seconds)

    async def token(self, name: str, challenge: str, signature: str) -> str:
        """An access token, for a challenge signed (Ed25519) by the registered profile's key.

        A challenge counts once, for its name, at this service. Raises `Unauthorized`, `NotRegistered`
        or `InvalidName`.
        """
        box = await self.mailbox(name)
        claims = self._tokens.read_challenge(challenge)
        if claims.name != normalize(name):
            raise Unauthorized("the challenge was made for another name")
        key = read_signed_profile(box.profile).profile.signing_key
        if not is_signed(key, challenge, signature):
            raise Unauthorized("the challenge is not signed by the key of the registered profile")
        if not await self._use_up(box.mailbox, claims):
            raise Unauthorized("the challenge was answered before")
        return self._tokens.new_token(box.mailbox, box.token_epoch, self._settings.token_seconds)

    async def _use_up(self, box: str, claims: ChallengeClaims) -> bool:
        """Note that a challenge was answered; False when it was before."""
        unused = self._unwritten.allow(f"{box} {claims.nonce}")
        try:
            stored = await self._database.write_unless_held(
                lambda connection: use_nonce(connection, box, claims.nonce, claims.exp)
            )
        except StoreError:
            # A full or held store must not keep owners out: they are the ones who make room. Then this
            # process remembers the challenges alone, until they have expired long since.
            return unused
        return stored and unused

    async def authorize(self, request: Request[Any, Any, Any], name: str) -> Registered:
        """The mailbox of ``name``, for a request that carries a valid token for it.

        Raises `Unauthorized`, `NotYourMailbox`, `NotRegistered` or `InvalidName`.
        """
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not text:
            raise Unauthorized("send an access token as `Authorization: Bearer <token>`")
        claims = self._tokens.read_token(text.strip())
        return _opened(await self.mailbox(name), claims)

    async def authorize_all(self, asked: Sequence[tuple[str, str]]) -> list[Registered | Dm3Error]:
        """The mailboxes of names with an access token for each; in place of one why it stays closed."""
        claimed = [self._claims(name, token) for name, token in asked]
        names = {found[0] for found in claimed if not isinstance(found, Dm3Error)}
        boxes = await self._database.read(lambda connection: registered_all(connection, names))

        def opened(found: tuple[str, TokenClaims] | Dm3Error) -> Registered | Dm3Error:
            if isinstance(found, Dm3Error):
                return found
            name, claims = found
            try:
                return _opened(boxes[name], claims) if name in boxes else NotRegistered(name)
            except Dm3Error as error:
                return error

        return [opened(found) for found in claimed]

    def _claims(self, name: str, token: str) -> tuple[str, TokenClaims] | Dm3Error:
        try:
            return normalize(name), self._tokens.read_token(token)
        except Dm3Error as error:
            return error

    async def revoke(self, box: Registered) -> None:
        """Revoke every access token of the mailbox."""
        await self._database.write(lambda connection: raise_epoch(connection, box.mailbox))


def _opened(box: Registered, claims: TokenClaims) -> Registered:
    if claims.sub != box.mailbox:
        raise NotYourMailbox()
    if claims.epoch != box.token_epoch:
        raise Unauthorized("the access token was revoked")
    return box
