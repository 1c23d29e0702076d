"""The wallet of the user's browser: its address is told once, and each text is shown before it signs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from litestar import Response

from dm3.base.errors import LocalProtocolError, NotFound
from dm3.crypto import is_key_creation_text

from .desk import Desk, Locked
from .pages import Asked, Pages


class PageWallet:
    """A `Wallet` whose signatures come from a page, one text after another."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.asks = asyncio.Event()
        self.text = ""
        self._answer: asyncio.Future[str] | None = None

    async def sign_message(self, text: str) -> str:
        """Wait for the page's signature of ``text``."""
        self.text, self._answer = text, asyncio.get_running_loop().create_future()
        self.asks.set()
        return await self._answer

    def give(self, signature: str) -> None:
        """Hand over the signature of the text that is shown. Raises `LocalProtocolError` where none is."""
        if self._answer is None or self._answer.done():
            raise LocalProtocolError("nothing is to be signed now", hint="Load the page again.")
        self.asks.clear()
        self._answer.set_result(signature)


class Signing:
    """Something that is made while a page's wallet signs for it; it ends when the vault is locked."""

    def __init__(self, desk: Desk, wallet: PageWallet, make: Callable[[PageWallet], Awaitable[None]]) -> None:
        self.wallet = wallet

        async def work() -> None:
            await make(wallet)

        self._task = desk.begin(work())

    async def next_text(self) -> str | None:
        """The text that is to be signed next; None once all is made. Raises what has gone wrong."""
        asks = asyncio.create_task(self.wallet.asks.wait())
        try:
            await asyncio.wait({asks, self._task}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            asks.cancel()
        if not self._task.done():
            return self.wallet.text
        if self._task.cancelled():
            raise Locked
        self._task.result()
        return None

    def give_up(self) -> None:
        """End it: another one begins."""
        self._task.cancel()


class Signings:
    """What a page's wallet signs for now: one thing at a time, the newest."""

    def __init__(self) -> None:
        self._now: list[Signing] = []

    def begin(self, desk: Desk, address: str, make: Callable[[PageWallet], Awaitable[None]]) -> None:
        """Have ``make`` go on with the wallet of this address, and give up what was begun before."""
        for before in self._now:
            before.give_up()
        self._now[:] = [Signing(desk, PageWallet(address), make)]

    def give(self, signature: str) -> None:
        """Hand a signature over. Raises `NotFound` where nothing is to be signed."""
        if not self._now:
            raise NotFound("nothing is to be signed now", hint="Choose the wallet again.")
        self._now[0].wallet.give(signature)

    async def next_text(self) -> tuple[str, str] | None:
        """The text that is to be signed next, and by which address; None once all is made.

        Raises what has gone wrong.
        """
        try:
            text = await self._now[0].next_text()
        except BaseException:
            self._now.clear()
            raise
        address = self._now[0].wallet.address
        if text is None:
            self._now.clear()
            return None
        return text, address

    async def next_page(
        self, pages: Pages, request: Asked, finished: Callable[[], Response[str]]
    ) -> Response[str]:
        """The page with the text that is to be signed next, what it gives away said; then ``finished``'s."""
        asked = await self.next_text()
        if asked is None:
            return finished()
        text, address = asked
        gives_keys = is_key_creation_text(text)
        return pages.page(request, "signing.html", text=text, address=address, gives_keys=gives_keys)
