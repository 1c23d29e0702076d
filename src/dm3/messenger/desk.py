"""The vault behind the pages: open or locked, and what goes on while it is open."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final

import structlog

from dm3.base.errors import ConfigurationError, Dm3Error
from dm3.client import (
    Client,
    IdentityKind,
    KeysWereRenewed,
    ListedConversation,
    Messenger,
    StoredMessage,
    import_vault,
)
from dm3.crypto import Passphrase
from dm3.protocol.messages import is_entry

from .live import Live
from .previews import Previews
from .search_index import SearchIndex
from .settings import MessengerSettings

PAUSE: Final = 5.0
LOOK: Final = 0.5
"""Seconds between two looks at what changes without a message: requests, and what is on its way."""

log = structlog.get_logger("dm3.messenger")


class Locked(Exception):
    """The vault is locked."""


class Desk:
    """One vault. While it is open, its main profile's mailboxes are read and the tabs are told."""

    def __init__(self, settings: MessengerSettings) -> None:
        self._settings = settings
        self._client: Client | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._reading: list[asyncio.Task[None]] = []
        self._changing = asyncio.Lock()
        self._used = time.monotonic()
        self._deeds = 0
        self._shown = 0
        self.messenger: Messenger | None = None
        self.is_left_behind = False
        """Whether the profile was seen to have got new keys without this machine: it has to join again."""
        self.live = Live()
        self.search = SearchIndex()
        self.previews = Previews()

    @property
    def is_locked(self) -> bool:
        """Whether a passphrase is needed before anything is shown."""
        return self._client is None

    @property
    def client(self) -> Client:
        """The open client. Raises `Locked`."""
        if self._client is None:
            raise Locked
        return self._client

    @property
    def first_steps(self) -> tuple[str, str]:
        """Whom a new user may write to, and a page whose chat they may link; empty where there is none."""
        return self._settings.first_peer, self._settings.first_page

    def touch(self) -> None:
        """Note that the user is there."""
        self._used = time.monotonic()

    async def unlock(self, passphrase: Passphrase) -> None:
        """Open the vault. Raises `VaultLocked` for a wrong passphrase, and what opening a profile raises."""
        async with self._changing:
            client = await self._settings.open_client(passphrase)
            if self._client is not None:
                await client.close()  # it was right, and the vault is open already
                return
            self._client = client
            self.touch()
            self._tasks = [asyncio.create_task(self._lock_when_idle())]
            await self._begin()

    async def use(self, name: str) -> None:
        """Show the main profile ``name``. Raises what `Client.messenger` raises."""
        async with self._changing:
            messenger = await self.client.messenger(name)
            await _ended(self._reading)  # what was opened before it had these keys
            self._show(messenger)

    async def rest(self) -> None:
        """Read no mailboxes until `use` is called."""
        async with self._changing:
            await _ended(self._reading)

    def begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Have ``work`` go on for as long as the vault is open."""
        task = asyncio.create_task(work)
        self._tasks.append(task)
        return task

    async def take_in(self, file: Path, secret: Passphrase, own: Passphrase) -> None:
        """Take an exported vault into this one, which is empty, and open that anew.

        ``secret`` is the file's passphrase, ``own`` this vault's. Raises what `import_vault` raises, and
        `ConfigurationError` where this vault is no file.
        """
        if self._settings.vault is None:
            raise ConfigurationError("this messenger's vault is no file", hint="Use: dm3 vault import")
        await import_vault(file, secret, into=self._settings.vault, into_passphrase=own)
        await self._close()
        await self.unlock(own)

    async def lock(self) -> None:
        """Close the vault and forget what was read from it."""
        await self._close()
        self.live.tell({"locked": True})

    async def _close(self) -> None:
        async with self._changing:
            here = asyncio.current_task()
            tasks, self._tasks = [task for task in self._tasks if task is not here], []
            await _ended([*tasks, *self._reading])
            self._reading = []
            client, self._client, self.messenger = self._client, None, None
            self.search.close()
            self.search = SearchIndex()
            self.previews = Previews()
            if client is not None:
                await client.close()

    async def close(self) -> None:
        """Lock, and end what is told to tabs."""
        self.live.close()
        await self.lock()
        self.search.close()

    async def _begin(self) -> None:
        mains = [one for one in await self.client.profiles() if one.kind is IdentityKind.MAIN]
        wanted = self._settings.profile
        chosen = [one for one in mains if wanted is None or wanted in one.names]
        chosen.sort(key=lambda one: one.is_begun)
        if not chosen:
            return
        try:
            self._show(await self.client.messenger(chosen[0].name))
        except Dm3Error as error:
            log.warning("the profile cannot be taken into use now", reason=error.code)

    def _show(self, messenger: Messenger) -> None:
        self.messenger, self.is_left_behind = messenger, False
        self._reading = [
            asyncio.create_task(self._read(messenger)),
            asyncio.create_task(self._look(messenger)),
            asyncio.create_task(self.search.keep_up(messenger)),
        ]

    # --- what goes on -------------------------------------------------------------------------

    async def _read(self, messenger: Messenger) -> None:
        """Read the mailboxes for as long as the vault is open; a trouble is told and tried again."""
        while True:
            try:
                async for message in messenger.incoming(changes=True):
                    await self._tell_of(messenger, message)
            except Dm3Error as error:
                log.warning("mailboxes cannot be read now", reason=error.code)
            except Exception as error:
                log.warning("reading mailboxes failed by a defect", kind=type(error).__name__)
            await asyncio.sleep(PAUSE)

    async def _tell_of(self, messenger: Messenger, message: StoredMessage) -> None:
        if not is_entry(message.type):
            await self.forget(messenger, message)
        self._shown = messenger.revision
        listed = await messenger.overview()
        news = await self._news_of(messenger, listed)
        told = [
            one for one in listed if one.head.profile == message.profile and message.peer in one.head.names
        ]
        if message.unread and told and not (told[0].marks.muted or told[0].is_request):
            news["from"] = told[0].head.peer
        if message.reference and not is_entry(message.type):
            news["about"] = message.reference
        self.live.tell(news)

    async def forget(self, messenger: Messenger, message: StoredMessage) -> None:
        """Have what was read of the conversation of ``message`` be read anew: that message changes."""
        for name in await messenger.names_of(message.peer, profile=message.profile):
            self.search.forget(message.profile, name)
            self.previews.forget(message.profile, name)

    async def _look(self, messenger: Messenger) -> None:
        before: Any = None
        while True:
            try:
                now = await self._standing(messenger)
                # Sent messages and marks come from the user's other devices without being told.
                is_changed, self._shown = messenger.revision != self._shown, messenger.revision
                if before is not None and (is_changed or now != before):
                    self.live.tell(await self.news())
                before = now
            except Dm3Error as error:
                log.info("what has changed cannot be told now", reason=error.code)
            except Exception as error:
                log.warning("looking at what has changed failed by a defect", kind=type(error).__name__)
            await asyncio.sleep(LOOK)

    async def _standing(self, messenger: Messenger) -> Any:
        """What changes without a message."""
        waiting = [(one.id, one.state, one.attempts) for one in await messenger.waiting()]
        asked = [one.message_hash for one in await messenger.link_requests()]
        links = [(one.profile_name, one.state, one.valid_until) for one in await messenger.links()]
        self.is_left_behind |= any(isinstance(one, KeysWereRenewed) for one in messenger.errors)
        return waiting, asked, links, self._deeds, self.is_left_behind

    async def tell_of_deed(self) -> None:
        """Tell the tabs that the user has done something, now and with the next look at what became of it.

        What is sent may have arrived before anybody looked, and was shown as on its way meanwhile.
        """
        self._deeds += 1
        self.live.tell(await self.news())

    async def news(self) -> dict[str, Any]:
        """How much is unread and asks for a decision."""
        if self.messenger is None:
            return {"locked": self.is_locked}
        return await self._news_of(self.messenger, await self.messenger.overview())

    async def _news_of(self, messenger: Messenger, listed: list[ListedConversation]) -> dict[str, Any]:
        unread = sum(one.head.unread for one in listed if not one.is_request)
        return {"unread": unread, "requests": len(await messenger.link_requests())}

    async def _lock_when_idle(self) -> None:
        idle = self._settings.idle_seconds
        while idle:
            left = self._used + idle - time.monotonic()
            if left <= 0:
                await self.lock()
                return
            await asyncio.sleep(left)


async def _ended(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
