"""Looking up whom a message is for, and telling nobody from somebody who cannot be found now."""

from __future__ import annotations

from dm3.base.errors import NotFound
from dm3.model import RecordKey
from dm3.protocol.names import ResolvedProfile

from ..reading.seen_profiles import require_in_force
from ..state.context import Context
from ..state.outbox_entry import NOBODY_THERE


class NobodyThere(NotFound):
    """Nobody is published under that name."""

    code = NOBODY_THERE
    hint = "Check how the name is spelled; its owner may also publish a profile later."


async def find_receiver(context: Context, name: str) -> ResolvedProfile:
    """The profile of the receiver ``name``.

    Raises `EarlierProfile` for one that was replaced, `NobodyThere` when the source of the name knows no
    profile, `NobodyAsked` when none is configured that could; as `Directory.profile` for one that is
    published and cannot be read or verified.
    """
    try:
        return await require_in_force(context, await context.directory.profile(name))
    except NotFound:
        if await context.names.text(name, RecordKey.PROFILE):
            raise
        raise NobodyThere(name) from None
