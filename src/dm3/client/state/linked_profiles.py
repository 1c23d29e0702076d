"""The profiles that are linked to a main profile, as all of its parts see them."""

from __future__ import annotations

from dm3.protocol.linking import Link, LinkState
from dm3.store.vault import Vault

from .records import LINKS


class LinkedProfiles:
    """What is kept of the links to the main profile ``account``; other profiles have none."""

    def __init__(self, vault: Vault, account: str) -> None:
        self._vault = vault
        self._account = account

    async def all(self) -> list[Link]:
        """Every link, whatever its state."""
        return [kept.record for kept in await self._vault.entries(LINKS, section=self._account)]

    async def active(self) -> list[Link]:
        """The links in force whose keys are held."""
        return [
            link
            for link in await self.all()
            if link.state is LinkState.LINKED and link.profile_key is not None
        ]

    async def names(self) -> tuple[str, ...]:
        """The names of those whose messages belong here."""
        # With the keys still to come, too: what is forwarded may overtake them.
        taken = (LinkState.LINKED, LinkState.AWAITING_KEYS)
        return tuple(link.profile_name for link in await self.all() if link.state in taken)
