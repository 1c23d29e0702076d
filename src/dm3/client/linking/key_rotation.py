"""New keys for a limited scope profile, after a leak."""

from __future__ import annotations

from msgspec.structs import replace

from dm3.base import checked
from dm3.protocol.linking import OutgoingLinkState

from ..profiles.activation import complete
from ..profiles.keys import with_new_keys
from ..state.open_profile import OpenProfile
from ..state.records import ASKINGS
from .copies import Copies


@checked
class KeyRotation:
    """Gives a profile new keys under its old names; its link does not carry over."""

    def __init__(self, own: OpenProfile, copies: Copies) -> None:
        self._own = own
        self._copies = copies

    async def rotate_keys(self) -> None:
        """Give the profile new keys under its old names, after a leak.

        The profile's own wallet authorises the new ones, so this helps only as long as that wallet has
        not leaked as well. A link does not carry over by itself: ask again with `request_link`, and the
        user approves the new keys. Raises `InvalidInput` when the wallet is not here.
        """
        # Once for all who ask meanwhile.
        await self._own.context.making.run(("new keys", self._own.account), self._rotate)

    async def _rotate(self) -> None:
        # Services are asked before the lock, so that nothing else waits for them.
        context = self._own.context
        identity = await complete(context, with_new_keys(context, self._own.identity))
        async with self._own.busy:
            self._own.identity = identity
            asking, revision = await self._copies.asked()
            if asking is not None and asking.state is not OutgoingLinkState.UNLINKED:
                unlinked = replace(asking, state=OutgoingLinkState.UNLINKED)
                await context.vault.put(ASKINGS, identity.name, unlinked, expect=revision)
