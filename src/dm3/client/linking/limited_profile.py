"""A limited scope profile in use: a profile for one application (specification 3)."""

from __future__ import annotations

from dm3.base import checked
from dm3.base.errors import Dm3Error
from dm3.crypto import RecoveryCode

from ..state.context import Context
from ..state.identity import Identity
from ..state.open_profile import OpenProfile
from .linkable_profile import LinkableProfile
from .wiring import wire_limited


@checked
class LimitedScopeProfile(LinkableProfile):
    """A profile for one application. Made by `Client.create_lsp` and `Client.embed_lsp`."""

    def __init__(self, context: Context, identity: Identity, errors: tuple[Dm3Error, ...] = ()) -> None:
        wired = wire_limited(OpenProfile(context, identity, errors))
        super().__init__(wired.parts, wired.requester)
        self._escrow = wired.escrow
        self._rotation = wired.rotation

    async def rotate_keys(self) -> None:
        """Give the profile new keys under its old names, after a leak.

        The profile's own wallet authorises the new ones, so this helps only as long as that wallet has
        not leaked as well. A link does not carry over by itself: ask again with `request_link`, and the
        user approves the new keys. Raises `InvalidInput` when the wallet is not here.
        """
        await self._rotation.run()

    async def protect_with_code(self) -> RecoveryCode:
        """Put the keys in escrow under a new recovery code, in place of any earlier escrow.

        Show the code once (`dm3.print_recovery_code`) and forget it: with it and the owner's wallet the
        profile can be opened on another device. Raises `LocalProtocolError` for an anonymous profile, and
        what the delivery services answer when none of them takes the copy.
        """
        return await self._escrow.protect_with_code()

    async def protected_at(self) -> int | None:
        """When the recovery code that counts was made or used here (UNIX seconds); None where none is known.

        `protect_with_code` voids it.
        """
        return await self._escrow.protected_at()

    async def unprotect(self) -> None:
        """Have every delivery service forget its copy. Raises what the first one answers that cannot."""
        await self._escrow.unprotect()
