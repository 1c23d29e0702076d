"""A main profile that gets new keys, with what follows for its devices and links (specification 5.3)."""

from __future__ import annotations

from functools import partial

from msgspec import Struct

from dm3.base import is_below
from dm3.base.errors import Dm3Error
from dm3.model import LinkKind, LinkPayload
from dm3.protocol.linking import Link, LinkState

from ..profiles.activation import complete
from ..profiles.renewal import with_renewed_keys
from ..state.records import Identity
from ..state.wallets import Wallet
from .replies import Answer, AnswerDesk
from .synced_profile import SyncedProfile


class KeyRenewal(Struct, frozen=True, kw_only=True):
    """What follows from new keys of a main profile.

    ``told``: linked profiles to which the link was confirmed with the new keys, so that it holds on.
    ``paired``: linked profiles whose link was made by a pairing code; only asking again confirms it.
    ``behind``: the labels of devices that did not say in time that they have the new keys. They join again.
    ``to_publish``: names on a chain under which the profile with the former keys is published still.
    """

    told: tuple[str, ...] = ()
    paired: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()
    to_publish: tuple[str, ...] = ()


class RenewingProfile(SyncedProfile):
    """The part of a main profile that gives it new keys."""

    async def renew_keys(self, wallet: Wallet | None = None, *, wait: float = 30) -> KeyRenewal:
        """Give the profile new keys under its old names, as when a device with its keys is lost.

        ``wallet`` is the profile's, and signs twice; None for a profile that holds its own. The other devices
        get the keys first, each sealed for it alone: for ``wait`` seconds at most it is waited for those that
        have not said that they have them. Then the new profile is published, and links are confirmed with it.
        What is on its way is best looked at before: ``in_transit()``.

        The wallet alone no longer gives the keys back: keep a copy of the vault. Raises `InvalidInput` for
        another wallet, and what the services answer; what was begun goes on when the profile is next opened.
        """
        renew = partial(self._renew, wallet, wait)
        return await self._context.making.run(("new keys", self._identity.name), renew)

    async def _renew(self, wallet: Wallet | None, wait: float) -> KeyRenewal:
        renewed = await with_renewed_keys(self._context, self._identity, wallet)
        await self._round(0)  # what the former keys sign goes out, and what waits for them comes
        behind = await self._hand_keys_on(renewed, wait)
        renewed = await complete(self._context, renewed)
        async with self._busy:
            self._rename(renewed)
        links = [link for link in await self._desk.links() if link.in_force(self._context.seconds())]
        links += [link for link in await self._desk.links() if link.state is LinkState.AWAITING_KEYS]
        unpaired = [link for link in links if not link.paired]
        await self._confirm(unpaired)
        await self._hand_over()
        return KeyRenewal(
            told=tuple(link.profile_name for link in unpaired),
            paired=tuple(link.profile_name for link in links if link.paired),
            behind=behind,
            to_publish=tuple(name for name in renewed.aliases if not self._is_served(name)),
        )

    async def _hand_keys_on(self, renewed: Identity, wait: float) -> tuple[str, ...]:
        """Hand the keys to the other devices; returns who has not said in time that it has them."""
        keys, until = self._device_sync.new_keys, self._context.now() + wait
        await keys.tell(renewed)
        await self.deliver()
        while missing := await keys.without(renewed.profile.hash):
            left = until - self._context.now()
            if left <= 0:
                break
            await self._round(min(left, 2.0))
        return tuple(device.label for device in missing)

    async def _confirm(self, links: list[Link]) -> None:
        """Say to each linked profile, with the new keys, that the link is in force."""
        answers, change = AnswerDesk(self._context, self._identity), self._context.vault.change()
        for link in links:
            asked = LinkPayload(
                kind=LinkKind.REQUEST,
                profile_name=link.profile_name,
                profile_hash=link.profile_hash,
                valid_until=link.valid_until,
                link_message=link.messages[-1],
                signature="",
                vocabulary=link.vocabulary,
            )
            answers.accept(change, link, Answer(asked, link.profile_name, link.profile_hash), with_keys=False)
        await self._context.vault.commit(change)

    def _is_served(self, name: str) -> bool:
        return any(is_below(name, domain) for domain in self._context.resolvers)

    async def _round(self, wait: float) -> None:
        trouble: list[Dm3Error] = []
        try:
            renewed = await self._device_sync.new_keys.adopt()
        except Dm3Error as error:
            renewed = None
            trouble.append(error)
        if renewed is not None:
            async with self._busy:
                self._rename(renewed)
        await super()._round(wait)
        self.errors += trouble
