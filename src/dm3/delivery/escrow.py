"""The escrow: sealed copies of profiles' keys, given out to their owners only (specification 3.8).

Until an owner's signature is verified, every answer is the same whether there is a copy or not.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from dm3.base import address_of, normalize, one_spelling, owner_alias
from dm3.base.errors import BadSignature, InvalidInput, MalformedData, NotFound
from dm3.crypto import RandomBytes, StorageKey, checksum_address
from dm3.net import Directory
from dm3.protocol.escrow import EscrowChallenge, Sealing, parse_escrow_challenge
from dm3.service import RateLimiter, TooManyRequests, Unauthorized
from dm3.store import Database
from dm3.store.delivery import Escrowed, keep_escrow, release_escrow, remove_escrow

from .settings import DeliverySettings

NONCE_DIGITS: Final = 32
CODE_DIGITS: Final = 32
RELEASES_PER_MINUTE: Final = 10
"""How often one owner's copy may be given out; counted only once the signature is verified."""


class NoEscrow(NotFound):
    """Nothing is kept here for that account."""

    code = "no-escrow"
    hint = "Recover the profile through its main profile, or start a fresh one."


class EscrowOff(NotFound):
    """This delivery service keeps no sealed copies."""

    code = "escrow-off"
    hint = "Ask another delivery service of the profile."


class NotTheOwners(BadSignature):
    """The owner has not said that this profile is theirs."""

    code = "not-the-owners"
    hint = "Claim the owner alias lsp.<owner>.<application> for the profile first."


class NotTheOwner(BadSignature):
    """The challenge is not signed by that account."""

    code = "not-the-owner"
    hint = "Sign the challenge with the account that owns the profile."


class Escrow:
    """Keeps and releases sealed copies; ``releases`` are allowed by owner, ``clock`` gives UNIX seconds.

    Challenges carry a code that only this service can make, so that nothing is kept for those that are
    never answered.
    """

    def __init__(
        self,
        settings: DeliverySettings,
        directory: Directory,
        database: Database,
        releases: RateLimiter,
        secret: StorageKey,
        *,
        clock: Callable[[], float],
        random: RandomBytes,
    ) -> None:
        self._settings = settings
        self._directory = directory
        self._database = database
        self._clock = clock
        self._random = random
        self._secret = secret
        self._releases = releases

    async def keep(
        self, name: str, app: str, owner: str, proof: str, blob: bytes, sealing: Sealing | None = None
    ) -> None:
        """Keep ``blob`` of the profile ``name`` for ``owner``, in place of an earlier one.

        ``proof`` is the owner alias, which has to lead to the profile. Raises `EscrowOff`, `InvalidInput`,
        `InvalidName`, `NotTheOwners`, or what the resolver's answer gives.
        """
        self.require_on()
        name, app = normalize(name), normalize(app)
        address = self._address_below(name, app)
        alias = owner_alias(checksum_address(owner), app)
        if one_spelling(proof) != alias:
            raise InvalidInput("ownerProof must be the owner alias of this owner and application")
        found = await self._directory.names.address(normalize(proof))
        if found is None or found.lower() != address:
            raise NotTheOwners(f"{alias} does not lead to it")
        kept = Escrowed(name, blob, sealing.text if sealing else None)
        await self._database.write(lambda connection: keep_escrow(connection, app, owner.lower(), kept))

    async def challenge(self, app: str, owner: str) -> str:
        """A text for ``owner`` to sign, whether there is an escrow or not.

        Raises `EscrowOff`, `InvalidName` or `InvalidInput`.
        """
        self.require_on()
        now = int(self._clock())
        bare = EscrowChallenge(
            service=self._settings.name,
            app=normalize(app),
            owner=checksum_address(owner),
            nonce=self._random(NONCE_DIGITS // 2).hex(),
            issued_at=now,
            expires_at=now + self._settings.challenge_seconds,
        )
        return replace(bare, nonce=bare.nonce + self._code(bare)).text

    async def release(self, app: str, owner: str, text: str, signature: str) -> Escrowed:
        """The copy, for a fresh challenge of ours that ``owner`` has signed; it counts once.

        Raises `EscrowOff`, `Unauthorized`, `NotTheOwner`, `NoEscrow`, `TooManyRequests`, `InvalidName` or
        `InvalidInput`.
        """
        self.require_on()
        app, account = normalize(app), checksum_address(owner)
        challenge = await self._read(text)
        if (challenge.app, challenge.owner) != (app, account):
            raise Unauthorized("the challenge was made for another application or account")
        if challenge.expires_at <= self._clock():
            raise Unauthorized("the challenge has expired")
        if not await self._directory.verifier.signed(account, text, signature):
            raise NotTheOwner()
        if not self._releases.allow(f"{app}/{account}"):
            raise TooManyRequests()
        released = await self._database.write(
            lambda connection: release_escrow(
                connection, app, account.lower(), challenge.nonce, challenge.expires_at
            )
        )
        if not released.fresh:
            raise Unauthorized("the challenge was answered before")
        if released.found is None:
            raise NoEscrow()
        return released.found

    async def remove(self, name: str) -> None:
        """Forget the copy of the profile ``name``; also where no new ones are kept."""
        normal = normalize(name)
        await self._database.write(lambda connection: remove_escrow(connection, normal))

    def require_on(self) -> None:
        """Raise `EscrowOff` where no copies are kept."""
        if not self._settings.escrow:
            raise EscrowOff()

    def _address_below(self, name: str, app: str) -> str:
        own = address_of(name)
        if own is None or own[1] != app:
            raise InvalidInput("the profile's name must be its address name in that application")
        return own[0]

    async def _read(self, text: str) -> EscrowChallenge:
        foreign = Unauthorized("the challenge is not one of this service")
        try:
            challenge = parse_escrow_challenge(text)
        except MalformedData:
            raise foreign from None
        bare = replace(challenge, nonce=challenge.nonce[:NONCE_DIGITS])
        expected = bare.nonce + self._code(bare)
        if challenge.service != self._settings.name or not hmac.compare_digest(challenge.nonce, expected):
            raise foreign
        return challenge

    def _code(self, bare: EscrowChallenge) -> str:
        digest = hmac.new(self._secret.reveal(), bare.text.encode("utf-8"), hashlib.sha256)
        return digest.hexdigest()[:CODE_DIGITS]
