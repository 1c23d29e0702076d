"""New keys of a main profile, with what follows for its devices and links (specification 5.3)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from msgspec import Struct

from dm3.base import checked, is_below
from dm3.model import LinkKind, LinkPayload
from dm3.protocol.linking import Link, LinkState

from ..devices.new_keys import NewKeysSync
from ..messaging.outgoing import Outgoing
from ..profiles.activation import complete
from ..profiles.renewal import with_other_services, with_renewed_keys
from ..reading.profile_inbox import ProfileInbox
from ..state.identity import Identity
from ..state.open_profile import OpenProfile
from ..state.records import LINKS
from ..state.wallets import Wallet
from .replies import Answer, LinkReplies


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


@checked
class MainKeyRenewal:
    """Gives an opened main profile new keys, or other delivery services; once for all who ask meanwhile."""

    def __init__(
        self, own: OpenProfile, inbox: ProfileInbox, outgoing: Outgoing, new_keys: NewKeysSync
    ) -> None:
        self._own = own
        self._context = own.context
        self._inbox = inbox
        self._outgoing = outgoing
        self._new_keys = new_keys

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
        return await self._context.making.run(("new keys", self._own.account), renew)

    async def use_delivery_services(
        self, services: Sequence[str], wallet: Wallet | None = None, *, wait: float = 30
    ) -> KeyRenewal:
        """Have messages wait at ``services``, ENS names of delivery services, first choice first.

        The keys stay as they are; all else is as with `renew_keys`: the wallet signs twice, devices and
        linked profiles are told. Who has looked the profile up before goes on writing to the services of
        before for a while: keep one of them as the last choice until what is on its way has come.
        Raises as `renew_keys`, `InvalidInput` also for no services, and what looking them up raises.
        """
        move = partial(self._move, services, wallet, wait)
        return await self._context.making.run(("services", self._own.account), move)

    async def _renew(self, wallet: Wallet | None, wait: float) -> KeyRenewal:
        renewed = await with_renewed_keys(self._context, self._own.identity, wallet)
        return await self._publish(renewed, wait)

    async def _move(self, services: Sequence[str], wallet: Wallet | None, wait: float) -> KeyRenewal:
        moved = await with_other_services(self._context, self._own.identity, wallet, services)
        return await self._publish(moved, wait)

    async def _publish(self, renewed: Identity, wait: float) -> KeyRenewal:
        await self._exchange(0)  # what the former keys sign goes out, and what waits for them comes
        behind = await self._hand_keys_on(renewed, wait)
        renewed = await complete(self._context, renewed)
        async with self._own.busy:
            self._own.identity = renewed
        links = await self._links()
        await self._confirm([link for link in links if not link.paired])
        await self._outgoing.hand_over()
        return KeyRenewal(
            told=tuple(link.profile_name for link in links if not link.paired),
            paired=tuple(link.profile_name for link in links if link.paired),
            behind=behind,
            to_publish=tuple(name for name in renewed.aliases if not self._is_served(name)),
        )

    async def _exchange(self, wait: float) -> None:
        await self._inbox.fetch(wait, self._own.errors)
        await self._outgoing.hand_over_in_sync()

    async def _hand_keys_on(self, renewed: Identity, wait: float) -> tuple[str, ...]:
        """Hand the keys to the other devices; returns who has not said in time that it has them."""
        until = self._context.now() + wait
        await self._new_keys.tell(renewed)
        await self._outgoing.hand_over_in_sync()
        while missing := await self._new_keys.without(renewed.profile.hash):
            left = until - self._context.now()
            if left <= 0:
                break
            await self._exchange(min(left, 2.0))
        return tuple(device.label for device in missing)

    async def _links(self) -> list[Link]:
        kept = await self._context.vault.entries(LINKS, section=self._own.account)
        links, now = [one.record for one in kept], self._context.seconds()
        return [link for link in links if link.in_force(now) or link.state is LinkState.AWAITING_KEYS]

    async def _confirm(self, links: list[Link]) -> None:
        """Say to each linked profile, with the new keys, that the link is in force."""
        replies, change = LinkReplies(self._own), self._context.vault.change()
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
            answer = Answer(asked, link.profile_name, link.profile_hash)
            replies.accept(change, link, answer, with_keys=False)
        await self._context.vault.commit(change)

    def _is_served(self, name: str) -> bool:
        return any(is_below(name, domain) for domain in self._context.resolvers)
