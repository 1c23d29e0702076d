"""What the user of a main profile has set for it."""

from __future__ import annotations

from msgspec.structs import asdict

from dm3.base.errors import InvalidInput
from dm3.store.vault import Change

from ..state.commits import commit_anew
from ..state.open_profile import OpenProfile
from ..state.settings_record import SETTINGS, ProfileSettings, checked_settings


class MainSettings:
    """Changes the settings of a main profile."""

    def __init__(self, own: OpenProfile) -> None:
        self._own = own

    async def change(self, changes: dict[str, object]) -> ProfileSettings:
        """Set these fields; returns all that is set. Raises `InvalidInput` for what cannot be."""
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
