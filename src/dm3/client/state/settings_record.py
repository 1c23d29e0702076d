"""What the user of a main profile has set for it: it counts before what a program was started with."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta, Struct, ValidationError, convert
from msgspec.structs import replace

from dm3.base.errors import InvalidInput
from dm3.protocol.linking import DAY, LinkPolicy, Notices, RecoveryMode, WhoMayAsk
from dm3.store.vault import RecordType

from . import stored_records as stored
from .context import Context
from .context_parts import HasVault


class ProfileSettings(Struct, frozen=True, kw_only=True):
    """What is set for a main profile, on all devices alike; None: what the program was started with counts.

    ``who_may_ask``: whose profiles may ask to be linked.
    ``term_limit``: the longest validity of a link, in seconds, from a day to a hundred years.
    ``recovery``: whether keys are handed back without asking; each link may say otherwise.
    ``recoveries_per_day``: how often a day the keys of one profile are handed back at most, up to 1,000.
    ``notices``: what of linking is told by a notice.
    ``send_receipts``: whether senders are told that their messages have come and were read.
    """

    who_may_ask: WhoMayAsk | None = None
    term_limit: Annotated[int, Meta(ge=DAY, le=100 * 365 * DAY)] | None = None
    recovery: RecoveryMode | None = None
    recoveries_per_day: Annotated[int, Meta(ge=0, le=1_000)] | None = None
    notices: Notices | None = None
    send_receipts: bool | None = None


SETTINGS: Final = RecordType("profile-settings", ProfileSettings, stored.ProfileSettingsV1)
"""By the name of the main profile."""
OF_POLICY: Final = ("who_may_ask", "term_limit", "recovery", "recoveries_per_day", "notices")


def checked_settings(values: dict[str, object]) -> ProfileSettings:
    """These values as settings; texts stand for numbers and words. Raises `InvalidInput`."""
    try:
        return convert(values, ProfileSettings, strict=False)
    except ValidationError as error:
        which = str(error).rpartition("$.")[2].rstrip("`").replace("_", "-")
        raise InvalidInput(
            f"what is to be set for {which}",
            hint="A term has from 1 day to 100 years, and there are from 0 to 1,000 recoveries a day.",
        ) from None


async def settings_of(context: HasVault, account: str) -> ProfileSettings:
    """What is set for the profile ``account``."""
    return await context.vault.get(SETTINGS, account) or ProfileSettings()


async def policy_of(context: Context, account: str) -> LinkPolicy:
    """The rules of linking that are in force for the main profile ``account``."""
    held = await settings_of(context, account)
    wanted = {name: getattr(held, name) for name in OF_POLICY}
    return replace(context.policy, **{name: value for name, value in wanted.items() if value is not None})


async def sends_receipts(context: Context, account: str) -> bool:
    """Whether senders are told that their messages to ``account`` have come and were read."""
    held = (await settings_of(context, account)).send_receipts
    return context.send_receipts if held is None else held
