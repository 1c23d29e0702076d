"""A main profile with what its devices have in common: links and their mailboxes (specification 5.2)."""

from __future__ import annotations

from msgspec.structs import asdict

from dm3.base.errors import Dm3Error, InvalidInput, MalformedData
from dm3.model import DEVICE_SYNC, LinkKind, LinkPayload, Message
from dm3.protocol.linking import LinkPolicy, LinkState
from dm3.store.vault import Change

from ..devices.devices import Devices
from ..devices.sync import DeviceSync
from ..reading.receiving import Opened
from ..state.context import Context
from ..state.look_ups import Aftermath
from ..state.outbox_entry import OutboxEntry
from ..state.records import Direction, Identity
from ..state.settings_record import (
    SETTINGS,
    ProfileSettings,
    checked_settings,
    sends_receipts,
    settings_of,
)
from .approver import LinkApprover
from .linked_mailboxes import LinkedMailboxes
from .requester import LinkableProfile


class SyncedProfile(LinkableProfile):
    """The part of a main profile that keeps it in step with the profile's other devices."""

    def __init__(self, context: Context, identity: Identity) -> None:
        super().__init__(context, identity)
        self._linked = LinkedMailboxes(context, identity)
        self._desk = LinkApprover(context, identity, self._linked, self._note)
        self._device_sync = DeviceSync(context, identity)

    @property
    def devices(self) -> Devices:
        """The devices that this profile is used on, kept in step with each other (specification 5.2)."""
        return Devices(
            self._context,
            self._identity,
            self._device_sync,
            (self._busy, self._mailbox),
            self._keep_sent,
            self._hand_over,
        )

    # --- what the user has set ----------------------------------------------------------------

    async def settings(self) -> ProfileSettings:
        """What is set for this profile on all its devices; None where what `connect` was given counts."""
        return await settings_of(self._context, self._identity.name)

    async def change_settings(self, **changes: object) -> ProfileSettings:
        """Set fields of `ProfileSettings` for this profile, None for what `connect` was given.

        They count before ``policy`` and ``send_receipts`` of `connect`, in every program with this vault and
        on the profile's other devices. Returns all that is set. Raises `InvalidInput` for what cannot be.
        """
        unknown = changes.keys() - set(ProfileSettings.__struct_fields__)
        if unknown:
            raise InvalidInput(f"there is no setting {', '.join(sorted(unknown))}")

        async def prepare(change: Change) -> ProfileSettings:
            kept = await self._context.vault.find(SETTINGS, self._identity.name)
            held = kept.record if kept else ProfileSettings()
            after = checked_settings(asdict(held) | changes)
            change.put(SETTINGS, self._identity.name, after, expect=kept.revision if kept else 0)
            return after

        return await self._commit(prepare)

    async def policy(self) -> LinkPolicy:
        """The rules of linking that are in force: what is set, else what `connect` was given."""
        return await self._desk.policy()

    async def sends_receipts(self) -> bool:
        """Whether senders are told that their messages have come and were read, as `policy`."""
        return await sends_receipts(self._context, self._identity.name)

    def _rename(self, identity: Identity) -> None:
        self._take_over(identity)
        self._desk = LinkApprover(self._context, identity, self._linked, self._note)
        self._device_sync = DeviceSync(self._context, identity)

    def _note(self, error: Dm3Error) -> None:
        self.errors.append(error)

    # --- other devices of this profile --------------------------------------------------------

    async def deliver(self) -> list[OutboxEntry]:
        """Try what is due in the outbox; returns what could not be sent (yet)."""
        await self._device_sync.prepare()
        return await super().deliver()

    async def _copy_sent(self, change: Change, message: Message) -> None:
        await super()._copy_sent(change, message)
        if await self._device_sync.book.own() is not None:
            self._device_sync.note_sent(change, message)

    async def _take_opened(self, opened: Opened) -> Aftermath:
        message = opened.message
        if message.type != DEVICE_SYNC:
            return await super()._take_opened(opened)
        own = self._identity.names
        if message.from_ not in own or message.to not in own:
            raise MalformedData("only a profile's own devices tell it such things")
        before = {link.profile_name: link for link in await self._desk.active()}
        await self._device_sync.take(message, self._keep_sent)
        after = {link.profile_name: link for link in await self._desk.active()}

        async def open_or_leave() -> None:
            for profile in before.keys() - after.keys():
                await self._linked.leave(profile)
            for profile in after.keys() - before.keys():
                await self._linked.open(after[profile], self.errors.append)

        return open_or_leave

    async def _keep_sent(self, message: Message) -> None:
        told = Opened(message, message.timestamp)
        await self._take_message(told, self._identity.name, Direction.OUT, copied=True)

    async def _afterwards(self) -> None:
        await super()._afterwards()
        await self._device_sync.marks.settle((self._identity.name, *await self._linked_names()))

    # --- linked mailboxes ---------------------------------------------------------------------

    async def _is_decided(self, link: LinkPayload) -> bool:
        """Whether another device of this profile has decided on this request before it came here."""
        if link.kind is not LinkKind.REQUEST:
            return False
        return await self._device_sync.decisions.is_decided(
            link.profile_name, link.link_message, with_keys=link.profile_key is not None
        )

    async def _linked_names(self) -> tuple[str, ...]:
        # With the keys still to come, too: what is forwarded may overtake them.
        taken = (LinkState.LINKED, LinkState.AWAITING_KEYS)
        return tuple(link.profile_name for link in await self._desk.links() if link.state in taken)
