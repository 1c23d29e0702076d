"""A hostile page: what it has a visitor's wallet sign, and what it does to the chat that it embeds.

It shows texts with its own honest address; that a page may lie in that, nobody but its visitor can find out.
"""

from __future__ import annotations

from typing import Any, Final

from dm3.base import sha256_hex
from dm3.crypto import KeyWallet

HOSTILE_PAGE: Final = "https://evil.example"
"""The address of a page that no application has."""


class BlindWallet:
    """A wallet that is led to sign the hash of what it does not see; it says so of the text itself."""

    def __init__(self, inner: KeyWallet) -> None:
        self._inner = inner

    @property
    def address(self) -> str:
        """The account."""
        return self._inner.address

    async def sign_message(self, text: str) -> str:
        """The signature over the text's hash."""
        return self.sign_now(text)

    def sign_now(self, text: str) -> str:
        """The signature over the text's hash."""
        return self._inner.sign_now(sha256_hex(text))


_LISTENS: Final = """window.seen = [];
const post = MessagePort.prototype.postMessage;
MessagePort.prototype.postMessage = function (...all) {
  seen.push(all[0]); return post.apply(this, all); };
window.MessageChannel = class extends MessageChannel { constructor() { super();
  this.port1.addEventListener('message', ({data}) => seen.push(data)); window.stolen = this.port1; } };"""
_FLOODS: Final = """() => { for (let count = 0; count < 2000; count++)
  for (const data of [null, {type: 'signature', id: count, signature: '0x00'}, {type: 'store'},
    {type: 'startConversation', name: 7},
    {type: 'settings', settings: {style: {'--dm3-accent': 'url(x)'}}}])
    stolen.postMessage(data); }"""


async def listens(page: Any) -> None:
    """Have a page of Playwright's listen to all that passes between it and the chat, from its next load."""
    await page.add_init_script(_LISTENS)


async def floods(page: Any) -> None:
    """Have a page that `listens` send ten thousand forged messages into the chat."""
    await page.evaluate(_FLOODS)


async def learned(page: Any) -> str:
    """All that a page that `listens` has heard, and what lies in its storage."""
    heard = await page.evaluate("JSON.stringify(seen)")
    return str(heard) + str(await page.evaluate("Object.values(localStorage).join('')"))
