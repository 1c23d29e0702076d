"""Copies that a site's entropy has sealed, released to a fresh login of their owner (specification 3.8)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final

from dm3.base import normalize
from dm3.base.errors import NotFound
from dm3.crypto import checksum_address
from dm3.net import Directory
from dm3.protocol.escrow import SealedBy, kept_sealing
from dm3.protocol.wallets import CLOCK_SKEW, check_siwe, parse_siwe
from dm3.service import TooManyRequests, Unauthorized
from dm3.store import Database
from dm3.store.delivery import Escrowed, EscrowRelease, Login, release_to_login, releases_of

from .escrow import Escrow, NoEscrow, NotTheOwner
from .settings import DeliverySettings

LOGIN_SECONDS: Final = 600
"""How long ago a login may have been issued."""
LOGINS_PER_DAY: Final = 3
"""How often one owner's copy is given out to logins within a day."""


class NoEscrowLogin(NotFound):
    """No site's login opens a copy of that application here."""

    code = "no-escrow-login"
    hint = "Have the owner's wallet sign the service's challenge instead."


class EscrowLogin:
    """Releases copies to logins at the configured sites; ``clock`` gives UNIX seconds."""

    def __init__(
        self,
        escrow: Escrow,
        settings: DeliverySettings,
        directory: Directory,
        database: Database,
        *,
        clock: Callable[[], float],
    ) -> None:
        self._escrow = escrow
        self._directory = directory
        self._database = database
        self._clock = clock
        self._sites: dict[str, tuple[str, ...]] = {}
        for app, site in settings.escrow_logins:
            self._sites[normalize(app)] = (*self._sites.get(normalize(app), ()), site)

    async def release(self, app: str, owner: str, message: str, signature: str) -> Escrowed:
        """The copy, for a sign-in of ``owner`` at a site of the application; each login counts once.

        Raises `EscrowOff`, `NoEscrowLogin`, a `SiweRefused`, `Unauthorized`, `NotTheOwner`, `NoEscrow`,
        `TooManyRequests`, `MalformedData`, `InvalidName` or `InvalidInput`.
        """
        self._escrow.require_on()
        application, account, now = normalize(app), checksum_address(owner), int(self._clock())
        sites = self._sites.get(application)
        if sites is None:
            raise NoEscrowLogin(application)
        login = parse_siwe(message)
        check_siwe(login, now=now, domains=sites, address=account, max_age=LOGIN_SECONDS)
        if login.issued_at < now - LOGIN_SECONDS - CLOCK_SKEW:
            raise Unauthorized("the login was issued more than ten minutes ago")
        if not await self._directory.verifier.signed(account, message, signature):
            raise NotTheOwner()
        asks = Login(
            app=application,
            owner=account.lower(),
            nonce=hashlib.sha256(login.nonce.encode("utf-8")).hexdigest(),
            page=login.uri,
            at=now,
        )
        released = await self._database.write(
            lambda connection: release_to_login(connection, asks, LOGINS_PER_DAY, _opens_by_login)
        )
        if not released.fresh:
            raise Unauthorized("the login was used here before")
        if not released.allowed:
            raise TooManyRequests()
        if released.found is None:
            raise NoEscrow()
        return released.found

    async def releases(self, name: str) -> list[EscrowRelease]:
        """When the copy of the profile ``name`` was given out to a login, the newest first."""
        normal = normalize(name)
        return await self._database.read(lambda connection: releases_of(connection, normal))


def _opens_by_login(held: Escrowed) -> bool:
    """Only what the site could open anyway: never what a code or a passkey has sealed."""
    sealing = kept_sealing(held.sealed, held.blob)
    return sealing is not None and sealing.sealed_by is SealedBy.ENTROPY
