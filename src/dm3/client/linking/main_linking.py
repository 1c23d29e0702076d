"""Linking as a main profile has it: as the one that is asked, for itself, and for its other devices."""

from __future__ import annotations

from dm3.base.errors import Dm3Error, MalformedData
from dm3.model import LinkKind, LinkPayload

from ..devices.new_keys import KeysWereRenewed, is_stranger_to
from ..devices.parts import DeviceParts
from ..messaging.arrivals import Arrivals
from ..messaging.service_messages import note_handled
from ..reading.receiving import OpenedMessage
from ..state.linked_profiles import LinkedProfiles, active, names_of_linked
from ..state.look_ups import Aftermath, nothing_more
from ..state.open_profile import OpenProfile
from .approver import LinkApprover
from .linked_mailboxes import LinkedMailboxes
from .requester import LinkRequester


class MainLinking:
    """Gives what has come to the part that it is for."""

    def __init__(
        self,
        own: OpenProfile,
        linked: LinkedProfiles,
        desk: LinkApprover,
        requester: LinkRequester,
        devices: DeviceParts,
        mailboxes: LinkedMailboxes,
        arrivals: Arrivals,
    ) -> None:
        self._own = own
        self._linked = linked
        self._desk = desk
        self._requester = requester
        self._devices = devices
        self._mailboxes = mailboxes
        self._arrivals = arrivals

    async def handle_link(self, opened: OpenedMessage) -> Aftermath:
        """Take in a link message, as a step of `dm3.client.state.look_ups`."""
        link = opened.message.link
        ours = link is not None and link.profile_name in self._own.identity.names
        if ours or (link is not None and link.kind in (LinkKind.ACCEPT, LinkKind.REJECT)):
            return await self._requester.handle_link(opened)  # about this profile's own link to another
        change = self._own.context.vault.change()
        note_handled(self._own, change, opened.message)
        if link is not None and await self._is_decided(link):
            await self._own.context.vault.commit(change)
            return nothing_more
        later = await self._desk.handle(opened.message, change)

        async def join_or_leave() -> None:
            await later()

        return join_or_leave

    async def pass_time(self) -> Aftermath:
        """Let requests lapse and links expire, as a step of `dm3.client.state.look_ups`."""
        later = await self._desk.pass_time()

        async def leave() -> None:
            await later()

        return leave

    async def handle_sync(self, opened: OpenedMessage) -> Aftermath:
        """Take in what another device of this profile tells. Raises `MalformedData` for anybody else."""
        message, own = opened.message, self._own.identity.names
        if message.from_ not in own or message.to not in own:
            raise MalformedData("only a profile's own devices tell it such things")
        before = {link.profile_name: link for link in active(await self._linked.all())}
        await self._devices.sync.handle(message, self._arrivals.keep_sent)
        after = {link.profile_name: link for link in active(await self._linked.all())}

        async def open_or_leave() -> None:
            for profile in before.keys() - after.keys():
                await self._mailboxes.leave(profile)
            for profile in after.keys() - before.keys():
                await self._mailboxes.open(after[profile], self._own.note)

        return open_or_leave

    async def settle_marks(self) -> None:
        """Mark as read what was read on another device."""
        linked = names_of_linked(await self._linked.of_round())
        await self._devices.stores.marks.settle((self._own.account, *linked))

    async def adopt_keys(self) -> None:
        """Go on with the keys that another device of this profile has made, once they are published."""
        try:
            renewed = await self._devices.stores.new_keys.adopt()
            if renewed is None and (await self._is_removed() or any(map(is_stranger_to, self._own.errors))):
                await self._devices.stores.new_keys.require_current()
        except KeysWereRenewed as error:
            self._own.errors[:] = [error, *(one for one in self._own.errors if not is_stranger_to(one))]
            return
        except Dm3Error as error:
            self._own.note(error)
            return
        if renewed is not None:
            async with self._own.busy:
                self._own.identity = renewed

    async def _is_removed(self) -> bool:
        """Whether another device has removed this one: its token may count for a while with former keys."""
        own = await self._devices.stores.book.own()
        return own is not None and own.removed

    async def _is_decided(self, link: LinkPayload) -> bool:
        """Whether another device of this profile has decided on this request before it came here."""
        if link.kind is not LinkKind.REQUEST:
            return False
        return await self._devices.stores.decisions.is_decided(
            link.profile_name, link.link_message, with_keys=link.profile_key is not None
        )
