"""What every part of a client works with: names, services, vault, clock and entropy."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import httpx

from dm3.base import is_below, normalize
from dm3.base.errors import CannotTell, ConfigurationError, Dm3Error, NotFound, ServiceRefused, Unreachable
from dm3.crypto import ProfileKeys, RandomBytes
from dm3.model import ProfileExtension
from dm3.net import Directory
from dm3.net.clients import DeliveryClient, ResolverClient
from dm3.net.names import NameSource
from dm3.protocol.linking import LinkPolicy
from dm3.store.vault import Vault

from .background import Background
from .capabilities import Peers
from .look_ups import looked_up
from .once import Once
from .records import IDENTITIES, LINKS, link_key
from .wallets import Wallet

NO_SUCH_PAGE: Final = 404
SEND_WAIT: float = 0.0
"""Sending returns when the message is kept, where nobody says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Shared by all accounts of one client. ``now`` gives UNIX seconds as a float.

    ``takes_back``: whether a replaced profile that is served again is taken back without asking.
    ``send_receipts``: whether senders are told that their messages have come and were read. ``chain_id``:
    the chain that signed texts name unless the wallet says another. ``http_for`` gives the HTTP client for
    the service that is published under a name, where that is not ``http`` for all. ``completing`` are the
    names of the profiles that are on their way into use right now, for which nobody else is to go on;
    ``making`` are those that are being made, ``sending`` the entries of outboxes that are on their way.
    ``send_wait``: how many seconds a call that sends waits for the handing over at most. ``longest_message``:
    how many characters of JSON a message may have that is taken in; None: as many as the protocol allows.
    """

    http: httpx.AsyncClient
    directory: Directory
    resolvers: dict[str, str]
    names: NameSource
    vault: Vault
    policy: LinkPolicy = field(default_factory=LinkPolicy)
    peers: Peers = field(default_factory=Peers)
    send_receipts: bool = False
    takes_back: bool = False
    longest_message: int | None = None
    chain_id: int = 1
    http_for: Callable[[str], httpx.AsyncClient] | None = None
    completing: set[str] = field(default_factory=set)
    making: Once = field(default_factory=Once)
    sending: Once = field(default_factory=Once)
    background: Background = field(default_factory=Background)
    send_wait: float = field(default_factory=lambda: SEND_WAIT)
    now: Callable[[], float] = time.time
    random: RandomBytes = os.urandom

    def seconds(self) -> int:
        """The time in UNIX seconds."""
        return int(self.now())

    def milliseconds(self) -> int:
        """The time in UNIX milliseconds."""
        return int(self.now() * 1000)

    def chain_of(self, wallet: Wallet) -> int:
        """The chain on which a contract wallet is to be asked: its own ``chain_id``, else the default."""
        return getattr(wallet, "chain_id", None) or self.chain_id

    def resolver_for(self, name: str) -> ResolverClient:
        """The resolver that serves ``name``. Raises `ConfigurationError` when none is configured."""
        below = [domain for domain in self.resolvers if is_below(name, domain)]
        if not below:
            raise ConfigurationError(f"no resolver is configured for {normalize(name)}")
        return ResolverClient(self.http, self.resolvers[max(below, key=len)])

    async def services_of(self, domain: str) -> tuple[str, ...]:
        """The delivery services for new profiles of ``domain``: those that its resolver names.

        Where it names none there is one, ``ds.<domain>``. Raises `Unreachable`, `ConfigurationError`.
        """
        try:
            told = await self.resolver_for(domain).delivery_services(domain)
        except (NotFound, ServiceRefused):
            told = ()
        except CannotTell as error:
            if error.status != NO_SUCH_PAGE:  # resolvers of others do not tell, each in its own words
                raise
            told = ()
        return told or (f"ds.{normalize(domain)}",)

    async def service(self, name: str) -> DeliveryClient:
        """A client of the delivery service published under ``name``."""
        profile = await self.directory.delivery_service(name)
        http = self.http if self.http_for is None else self.http_for(name)
        return DeliveryClient(http, profile.url, name)

    async def extension_of(self, name: str) -> ProfileExtension | None:
        """What the profile of ``name`` says of itself; None if nothing, or if nobody can be asked now.

        Its delivery services are asked in their order until one of them can say it. Raises what looking the
        profile up raises.
        """
        return (await self.asked_extension(name))[0]

    async def lists_as_supported(self, name: str, message_type: str) -> bool:
        """Whether a profile says that it takes messages of this type; saying nothing counts as no.

        Where nobody can be asked now it counts as yes: the outbox asks again before it sends.
        """
        try:
            extension, away = await self.asked_extension(name)
        except Unreachable:
            return True
        except Dm3Error:
            return False
        return away is not None if extension is None else extension.supports(message_type) is True

    async def asked_extension(self, name: str) -> tuple[ProfileExtension | None, Unreachable | None]:
        """As `extension_of`, and why a service is away that might have told."""
        return await looked_up(("extension", normalize(name)), lambda: self._ask_extension(name))

    async def _ask_extension(self, name: str) -> tuple[ProfileExtension | None, Unreachable | None]:
        profile = await self.directory.profile(name)
        away: Unreachable | None = None
        for service in profile.signed.profile.delivery_services:
            try:
                extension = await (await self.service(service)).extension(name)
            except Dm3Error as error:
                away = error if isinstance(error, Unreachable) else away
            else:
                if extension is not None:
                    return extension, None
        return None, away

    async def keys_of(self, account: str, name: str) -> ProfileKeys:
        """The keys with which ``account`` acts as ``name``: its own, or a linked profile's.

        Raises `NotFound`.
        """
        identity = await self.vault.get(IDENTITIES, account)
        if identity is not None and name in identity.names:
            return identity.keys
        link = await self.vault.get(LINKS, link_key(account, name))
        if link is not None and link.profile_key is not None:
            return ProfileKeys.from_seed(link.profile_key)
        raise NotFound(f"no keys of {name} are held here")
