"""What a messenger is started with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from msgspec import Struct

from dm3.client import Client
from dm3.crypto import Passphrase

OpenClient = Callable[[Passphrase], Awaitable[Client]]
"""Opens the vault with a passphrase. Raises `VaultLocked` for a wrong one."""


class MessengerSettings(Struct, frozen=True, kw_only=True):
    """What a messenger is started with.

    ``open_client``: opens the vault, at the start and after each lock.
    ``vault``: its file, into which a vault file may be taken at the first start; None: it cannot.
    ``domains``: below which main profiles may be made here.
    ``profile``: the main profile to show, None for the only or first one.
    ``port``: the port on 127.0.0.1, 0 for a free one.
    ``idle_seconds``: after how long without a request of the user the vault is locked, 0 for never.
    ``announce``: is told each new one-time address, as soon as the last one has been used.
    """

    open_client: OpenClient
    vault: Path | None = None
    domains: tuple[str, ...] = ()
    profile: str | None = None
    port: int = 0
    idle_seconds: int = 900
    announce: Callable[[str], None] | None = None
