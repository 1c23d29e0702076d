"""The profiles that are linked to a main profile, as all of its parts see them."""

from __future__ import annotations

from collections.abc import Iterable

from dm3.protocol.linking import Link, LinkState
from dm3.store.vault import Vault

from .records import LINKS


class LinkedProfiles:
    """What is kept of the links to the main profile ``account``; other profiles have none.

    What comes in one sync is taken in by links that were read once for it (`of_round`), and anew where this
    program has changed one. What other programs do counts from the next sync on, or where it is asked `all`.
    """

    def __init__(self, vault: Vault, account: str) -> None:
        self._vault = vault
        self._account = account
        self._read: tuple[int, list[Link]] | None = None

    def begin_round(self) -> None:
        """Have the links be read anew: a sync begins."""
        self._read = None

    async def all(self) -> list[Link]:
        """Every link as it is kept now, whatever its state."""
        commits = self._vault.commits_of(LINKS)
        links = [kept.record for kept in await self._vault.entries(LINKS, section=self._account)]
        self._read = (commits, links)
        return list(links)

    async def of_round(self) -> list[Link]:
        """Every link as this sync has read them."""
        if self._read is None or self._read[0] != self._vault.commits_of(LINKS):
            return await self.all()
        return list(self._read[1])


def active(links: Iterable[Link]) -> list[Link]:
    """Those in force whose keys are held."""
    return [link for link in links if link.state is LinkState.LINKED and link.profile_key is not None]


def names_of_linked(links: Iterable[Link]) -> tuple[str, ...]:
    """The names of those whose messages belong to the main profile."""
    # With the keys still to come, too: what is forwarded may overtake them.
    taken = (LinkState.LINKED, LinkState.AWAITING_KEYS)
    return tuple(link.profile_name for link in links if link.state in taken)
