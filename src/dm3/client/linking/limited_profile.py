"""A limited scope profile in use: a profile for one application (specification 3)."""

from __future__ import annotations

from msgspec.structs import replace

from dm3.protocol.linking import AskingState

from ..profiles.activation import complete
from ..profiles.escrow import EscrowAccount
from ..profiles.keys import with_new_keys
from ..state.records import ASKINGS
from .requester import LinkableProfile


class LimitedScopeProfile(EscrowAccount, LinkableProfile):
    """A profile for one application. Made by `Client.create_lsp` and `Client.embed_lsp`."""

    async def rotate_keys(self) -> None:
        """Give the profile new keys under its old names, after a leak.

        The profile's own wallet authorises the new ones, so this helps only as long as that wallet has
        not leaked as well. A link does not carry over by itself: ask again with `request_link`, and the
        user approves the new keys. Raises `InvalidInput` when the wallet is not here.
        """
        await self._context.making.run(("new keys", self._identity.name), self._rotate)

    async def _rotate(self) -> None:
        # Services are asked before the lock, so that nothing else waits for them.
        identity = await complete(self._context, with_new_keys(self._context, self._identity))
        async with self._busy:
            self._take_over(identity)
            asking, revision = await self._asked()
            if asking is not None and asking.state is not AskingState.UNLINKED:
                unlinked = replace(asking, state=AskingState.UNLINKED)
                await self._context.vault.put(ASKINGS, self._identity.name, unlinked, expect=revision)
