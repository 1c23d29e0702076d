"""Clients that crash and come back over the same vault: the people of the linking state machine."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from typing import Any

from sqlalchemy import delete

from dm3.base.errors import Dm3Error
from dm3.client import Account, Client
from dm3.client.linking.recovering_device import RecoveringDevice
from dm3.client.messaging.dispatcher import dispatch
from dm3.client.state.context import Context
from dm3.client.state.identity import IdentityKind
from dm3.client.state.outbox_entry import OutboxEntry, OutboxState
from dm3.client.state.records import CONVERSATIONS, MESSAGES, OUTBOX, RECOVERIES, StoredMessage
from dm3.crypto import StorageKey
from dm3.net import Directory
from dm3.net.clients.resolver_names import ResolverNames
from dm3.store import Database
from dm3.store.vault.change import Change
from dm3.store.vault.keys import DataKey
from dm3.store.vault.tables import item
from dm3.store.vault.vault import FIRST, Vault
from tests.e2e.linking_network import RESOLVERS, Line, Mishap, Network, PartyTransport, Trouble
from tests.kit import open_client
from tests.kit.at_once import AtOnce
from tests.kit.inside import context_of, identities_of


class FragileVault(Vault):
    """A vault whose owner may crash just before or just after a commit."""

    line: Line

    async def commit(self, change: Change) -> None:
        """Commit, or have its mishap happen: a commit cannot be lost on the way, so all are crashes."""
        mishap = self.line.next_mishap()
        if mishap in (Mishap.LOST, Mishap.DELAYED, Mishap.CRASH_BEFORE):
            raise self.line.end()
        await super().commit(change)
        if mishap is not None:
            raise self.line.end()


class Vaults:
    """Vault databases in memory, used again: making one takes longer than a whole story."""

    def __init__(self) -> None:
        self._free: list[Database] = []
        self._all: list[Database] = []

    async def take(self) -> Database:
        """An empty one."""
        if not self._free:
            self._free.append(AtOnce.open("sqlite://", "vault"))
            self._all.append(self._free[-1])
        database = self._free.pop()
        await database.write(lambda connection: connection.execute(delete(item)))
        return database

    def give_back(self, database: Database) -> None:
        """Done with it."""
        self._free.append(database)

    async def close(self) -> None:
        """Close all."""
        for database in self._all:
            await database.close()


class Party:
    """Somebody with a vault, a clock that is ``skew`` seconds ahead, and an account while it is open.

    ``right`` is the skew of the clock as long as it is not wrong.
    """

    def __init__(self, label: str, network: Network, database: Database, skew: int = 0) -> None:
        self.label = label
        self.network = network
        self.database = database
        self.skew, self.right = skew, skew
        self._key = DataKey(StorageKey(os.urandom(32)))
        self.account: Account | RecoveringDevice | None = None
        self.reopen: Callable[[Client], object] | None = None
        self.client = self._open()

    def __repr__(self) -> str:
        return self.label

    def _open(self) -> Client:
        self.line = Line(self.network)
        vault = FragileVault(self.database, self._key, FIRST, os.urandom)
        vault.line = self.line
        http = open_client(transport=PartyTransport(self.line))
        names = ResolverNames(http, RESOLVERS, clock=lambda: self.network.now)
        context = Context(
            http=http,
            directory=Directory(names, clock=lambda: self.network.now),
            resolvers=RESOLVERS,
            names=names,
            vault=vault,
            now=lambda: self.network.now + self.skew,
        )
        return Client(context)

    async def come_back(self) -> None:
        """Start anew after a crash: all that is left is the vault."""
        self.line.cut = True
        self.client, self.account = self._open(), None
        await self.wake()

    async def wake(self) -> None:
        """Open the profile that is in the vault, as far as services can be reached."""
        identities = await identities_of(self.client)
        kinds = {identity.kind: identity for identity in identities}
        try:
            if IdentityKind.MAIN in kinds:
                self.account = await self.client.messenger(kinds[IdentityKind.MAIN].name)
            elif IdentityKind.LIMITED in kinds:
                self.account = await self.client.lsp(kinds[IdentityKind.LIMITED].name)
            elif IdentityKind.TEMPORARY in kinds:
                temporary = kinds[IdentityKind.TEMPORARY]
                if await context_of(self.client).vault.get(RECOVERIES, temporary.name) is not None:
                    self.account = RecoveringDevice(context_of(self.client), temporary)
        except Dm3Error:
            self.account = None  # a service is down; the next time

    def meets(self, trouble: Trouble | None) -> None:
        """What is to happen during the next action."""
        self.line.trouble = trouble

    # --- what is kept ------------------------------------------------------------------------------

    async def conversation(self, profile: str) -> list[StoredMessage]:
        """Every message of ``profile`` that is kept here."""
        found = [kept.record for kept in await context_of(self.client).vault.entries(MESSAGES)]
        return [message for message in found if message.profile == profile and message.text]

    async def counted(self, profile: str) -> int:
        """How many messages the heads of the profile's conversations count."""
        heads = await context_of(self.client).vault.entries(CONVERSATIONS, section=profile)
        return sum(head.record.messages for head in heads)

    async def outbox(self) -> list[OutboxEntry]:
        """What has not been handed over."""
        return [kept.record for kept in await context_of(self.client).vault.entries(OUTBOX)]

    async def send_all(self) -> None:
        """Try everything that waits, due or not."""
        for account in {entry.account for entry in await self.outbox()}:
            await dispatch(context_of(self.client), account, due_only=False)

    async def waiting(self) -> list[OutboxEntry]:
        """What is tried again."""
        return [entry for entry in await self.outbox() if entry.state is OutboxState.WAITING]


class Ground:
    """What all stories share: the event loop, the services, and the databases of vaults."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        self.network = Network()
        self.vaults = Vaults()
        self.run(self.network.start())

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Run one step of a story to its end."""
        return self.runner.run(coroutine)

    def close(self) -> None:
        """Stop the services."""
        self.run(self.vaults.close())
        self.run(self.network.stop())
        self.runner.close()
