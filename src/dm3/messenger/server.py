"""A messenger on its own: its port, its pages, its vault, and an orderly end."""

from __future__ import annotations

import asyncio
from typing import Final

from litestar import Litestar
from litestar.exceptions import HTTPException

from dm3.base import load_name_tables
from dm3.base.errors import ConfigurationError, Dm3Error
from dm3.crypto import Passphrase
from dm3.service import Server

from .conversation_files import conversation_file_routes
from .conversation_pages import conversation_routes
from .desk import Desk, Locked
from .entrance_pages import entrance_routes
from .first_run_pages import first_run_routes
from .guard import Guard
from .inbox_pages import inbox_routes
from .joining_pages import joining_routes
from .key_pages import key_routes
from .link_pages import link_routes
from .page_files import HTMX
from .pages import NoProfile, Pages
from .service_pages import service_routes
from .sessions import Sessions
from .settings import MessengerSettings
from .settings_pages import settings_routes
from .unverified_pages import unverified_routes

HOST: Final = "messenger.localhost"
MAX_BODY: Final = 24 * 1024 * 1024
"""Bytes of a request: what an attachment may have, as a form sends it."""


class MessengerServer:
    """A messenger for one vault, on ``http://messenger.localhost:PORT``, for its user alone."""

    def __init__(self, settings: MessengerSettings) -> None:
        self._settings = settings
        self._server = Server(host="127.0.0.1", port=settings.port)
        self._sessions = Sessions()
        self.desk = Desk(settings)
        self.origin = ""

    async def start(self, passphrase: Passphrase | None = None) -> str:
        """Serve, with the vault open if there is a ``passphrase``; returns the first one-time address.

        Raises `ConfigurationError` where the port is in use or the browser's part has not been built, and
        `VaultLocked` for a wrong passphrase.
        """
        if not HTMX.exists():
            raise ConfigurationError(
                "the messenger's part for the browser has not been built", hint="Build it: make web"
            )
        await asyncio.to_thread(load_name_tables)  # nobody's first page waits for them
        self._server.bind()
        self.origin = f"http://{HOST}:{self._server.url.rpartition(':')[2]}"
        try:
            if passphrase is not None:
                await self.desk.unlock(passphrase)
            pages = Pages(self.desk, self._sessions, self._tell_next)
            app = Litestar(
                [
                    *entrance_routes(pages),
                    *first_run_routes(pages),
                    *joining_routes(pages),
                    *inbox_routes(pages),
                    *conversation_routes(pages),
                    *conversation_file_routes(pages),
                    *link_routes(pages),
                    *settings_routes(pages),
                    *key_routes(pages),
                    *service_routes(pages),
                    *unverified_routes(pages),
                ],
                openapi_config=None,
                before_request=pages.note_user,
                exception_handlers={
                    Locked: pages.answer_locked,
                    NoProfile: pages.answer_no_profile,
                    Dm3Error: pages.answer_dm3_error,
                    HTTPException: pages.answer_http_error,
                    Exception: pages.answer_defect,
                },
                request_max_body_size=MAX_BODY,
                logging_config=None,
            )
            self._server.app = Guard(app, self.origin, self._sessions)
            await self._server.start()
        except BaseException:
            await self.stop()
            raise
        return self.new_address()

    def new_address(self) -> str:
        """A new address that opens the messenger once; the one before counts no more."""
        return f"{self.origin}/open#{self._sessions.new_token()}"

    async def stop(self) -> None:
        """Lock the vault and close."""
        await self.desk.close()
        await self._server.stop()

    def _tell_next(self) -> None:
        address = self.new_address()
        if self._settings.announce is not None:
            self._settings.announce(address)

    async def __aenter__(self) -> MessengerServer:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
