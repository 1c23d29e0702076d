"""What the user of a main profile has set for it."""

from __future__ import annotations

from msgspec.structs import asdict

from dm3.base import checked
from dm3.base.errors import InvalidInput
from dm3.protocol.linking import LinkPolicy
from dm3.store.vault import Change

from ..state.commits import commit_anew
from ..state.open_profile import OpenProfile
from ..state.settings_record import (
    SETTINGS,
    ProfileSettings,
    checked_settings,
    policy_of,
    sends_receipts,
    settings_of,
)


@checked
class MainSettings:
    """Tells and changes the settings of a main profile."""

    def __init__(self, own: OpenProfile) -> None:
        self._own = own

    async def settings(self) -> ProfileSettings:
        """What is set for this profile on all its devices; None where what `connect` was given counts."""
        return await settings_of(self._own.context, self._own.account)

    async def change_settings(self, /, **changes: object) -> ProfileSettings:
        """Set fields of `ProfileSettings` for this profile, None for what `connect` was given.

        They count before ``policy`` and ``send_receipts`` of `connect`, in every program with this vault and
        on the profile's other devices. Returns all that is set. Raises `InvalidInput` for what cannot be.
        """
        vault, account = self._own.context.vault, self._own.account
        unknown = changes.keys() - set(ProfileSettings.__struct_fields__)
        if unknown:
            raise InvalidInput(f"there is no setting {', '.join(sorted(unknown))}")

        async def prepare(change: Change) -> ProfileSettings:
            kept = await vault.find(SETTINGS, account)
            held = kept.record if kept else ProfileSettings()
            after = checked_settings(asdict(held) | changes)
            change.put(SETTINGS, account, after, expect=kept.revision if kept else 0)
            return after

        return await commit_anew(vault, prepare)

    async def policy(self) -> LinkPolicy:
        """The rules of linking that are in force: what is set, else what `connect` was given."""
        return await policy_of(self._own.context, self._own.account)

    async def sends_receipts(self) -> bool:
        """Whether senders are told that their messages have come and were read, as `policy`."""
        return await sends_receipts(self._own.context, self._own.account)
