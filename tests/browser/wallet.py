"""A wallet that injects itself into pages, frames or windows, and whose user clicks as the test says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from playwright.async_api import Page

from dm3.crypto import KeyWallet
from tests.browser.scene import Visitor

ALWAYS: Final = "true"
IN_FRAMES: Final = "window.parent !== window"
NOWHERE: Final = "false"
IN_PAGES: Final = "window.parent === window && !location.hash.startsWith('#sign')"

_SCRIPT: Final = """
if (WHERE) window.ethereum = {
  async request({ method, params }) {
    if (method === 'eth_requestAccounts') return [await window.walletAddress()];
    if (method === 'personal_sign') return window.walletSigns(params[0]);
    throw new Error('unknown method');
  },
};
"""

_ANNOUNCED: Final = """
dispatchEvent(new CustomEvent('eip6963:announceProvider',
  { detail: { info: { name: 'Ethereum' }, provider: window.ethereum } }));
"""


@dataclass
class InjectedWallet:
    """What the wallet was asked to sign; ``agrees``: its user says yes. ``signer`` may be another account."""

    wallet: KeyWallet
    agrees: bool = True
    signer: KeyWallet | None = None
    asked: list[str] = field(default_factory=list)

    async def sign(self, data: str) -> Any:
        """Answer ``personal_sign``."""
        text = bytes.fromhex(data[2:]).decode()
        self.asked.append(text)
        if not self.agrees:
            raise PermissionError("the user says no")
        return await (self.signer or self.wallet).sign_message(text)

    async def announce(self, window: Page) -> None:
        """Come late, as wallets may (EIP-6963)."""
        await window.evaluate(_SCRIPT.replace("WHERE", ALWAYS) + _ANNOUNCED)

    async def into(self, visitor: Visitor, where: str = ALWAYS, path: str | None = None) -> None:
        """Come into the visitor's pages where ``where`` (JavaScript) holds, and load the page anew."""
        await visitor.context.expose_function("walletAddress", lambda: self.wallet.address.lower())
        await visitor.context.expose_function("walletSigns", self.sign)
        await visitor.context.add_init_script(_SCRIPT.replace("WHERE", where))
        await (visitor.page.reload() if path is None else visitor.page.goto(path))
        await visitor.open()
