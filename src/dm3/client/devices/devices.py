"""The devices of a main profile as its user sees them: listed, admitted, removed (specification 5.2)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from msgspec import Struct

from dm3.base import checked
from dm3.base.errors import BadSignature, CannotTell, LocalProtocolError, NotFound, ServiceRefused
from dm3.net.clients import UNAUTHORIZED, DeliveryClient
from dm3.protocol.devices import (
    Device,
    Item,
    JoinCode,
    Standing,
    Vouched,
    admitted,
    asks,
    is_join_code,
    parse_join_code,
    removal_item,
    removed,
    vouch_item,
)
from dm3.protocol.linking import LinkState
from dm3.store.vault import Change

from ..reading.profile_inbox import ProfileInbox
from ..state.commits import commit_anew
from ..state.device_records import OWN_DEVICES, OwnDevice
from ..state.open_profile import OpenProfile
from ..state.records import LINKS
from .handing_over import hand_over
from .parts import DeviceParts
from .sync import KeepSent

LABEL = "a device without a name"
NO_SUCH_PAGE = 404


class NoReaders(LocalProtocolError):
    """A delivery service keeps messages for one device only, so that several cannot be kept in step."""

    code = "no-readers"
    hint = "Each device gets only what comes to it first. Have the profile at a service with readers."


class DeviceView(Struct, frozen=True, kw_only=True):
    """A device of a main profile.

    ``id``: what tells it from the others.
    ``label``: the name that its user gave it.
    ``standing``: whether it belongs to the profile.
    ``heard_at``: when it last told something here, in UNIX seconds; 0 for this device, and before it has
    told anything.
    ``is_this``: it is the one that this client runs on.
    ``is_behind``: something that it has told has not come here yet.
    """

    id: str
    label: str
    standing: Standing
    heard_at: int = 0
    is_this: bool = False
    is_behind: bool = False


class Removal(Struct, frozen=True):
    """What came of removing a device.

    ``device``: the one that was removed.
    ``links``: the linked profiles whose keys it may still have.
    """

    device: DeviceView
    links: tuple[str, ...]


@checked
class Devices:
    """What `Messenger.devices` gives."""

    def __init__(
        self,
        own: OpenProfile,
        parts: DeviceParts,
        inbox: ProfileInbox,
        keep_sent: KeepSent,
        hand_over: Callable[[], Awaitable[None]],
    ) -> None:
        self._own = own
        self._context = own.context
        self._parts = parts
        self._book = parts.stores.book
        self._items = parts.stores.items
        self._inbox = inbox
        self._keep_sent = keep_sent
        self._hand_over = hand_over

    async def begin(self, label: str = "") -> DeviceView:
        """Have this device kept in step with others of the same profile; safe to repeat.

        ``label`` is how the user knows it. In a copy of another device's vault it is a device of its own, for
        which the other one's key vouches. A further device that has the profile's keys by another way is
        admitted on one of the others by `invite`. Raises `NoReaders` where a delivery service cannot keep
        messages for several devices, `KeysWereRenewed` for a device that was removed and whose profile has
        new keys since, and what else the services answer.
        """
        own = await self._book.own()
        if own is not None and own.removed:
            await self._parts.stores.new_keys.require_current()
        if own is None or own.removed:
            await self.require_readers()
            async with self._own.busy:
                own = await self._make(label or LABEL)
                await self._parts.sync.handle_held(self._keep_sent)
            await self._parts.telling.tell_all()
        await self._hand_over()
        return _own_view(own)

    async def require_readers(self) -> None:
        """Raise `NoReaders` unless every delivery service of the profile keeps messages for each device.

        Raises `CannotTell` where something else answers in a service's place, and what else it answers.
        """
        for service in self._inbox.mailbox.services:
            client = await self._context.service(service)
            try:
                await self._add_reader(service, client)
            except (NotFound, ServiceRefused) as error:
                if getattr(error, "status", 0) in UNAUTHORIZED:
                    raise
                raise NoReaders(f"{service} keeps messages for one device only ({error.detail})") from None
            except CannotTell as error:
                # The reference's have no such page, and say so as anything in between does.
                is_page = error.status == NO_SUCH_PAGE
                if not is_page or not (await self._context.peers.facts(service, client)).plain:
                    raise
                raise NoReaders(service) from None

    async def _add_reader(self, service: str, client: DeliveryClient) -> None:
        """Have the service keep messages for this device; a token that no longer holds is renewed once."""
        name, reader = self._own.account, self._own.identity.reader
        try:
            await client.add_reader(name, await self._inbox.mailbox.token(service, client), reader)
        except ServiceRefused as error:
            if error.status not in UNAUTHORIZED:
                raise
            self._inbox.mailbox.forget_token(service)
            await client.add_reader(name, await self._inbox.mailbox.token(service, client), reader)

    async def _make(self, label: str) -> OwnDevice:
        copied = await self._context.vault.get(OWN_DEVICES, self._own.account)
        change = self._context.vault.change()
        own = self._book.make(change, label)
        if copied is not None and copied.reader != self._own.identity.reader:
            self._vouch_for_copy(change, copied, own)
        else:
            self._items.tell(change, self._word(own, own))
        await self._context.vault.commit(change)
        return own

    def _vouch_for_copy(self, change: Change, copied: OwnDevice, own: OwnDevice) -> None:
        """This vault is a copy of another device's: its key, which lies in here, admits this device."""
        other = asks(copied.id, copied.keys.signing_public, copied.label, 0)
        self._book.put(change, admitted(other))
        self._items.tell(change, self._word(own, copied))
        self._items.tell(change, self._word(copied, own))

    def _word(self, of: OwnDevice, by: OwnDevice) -> Item:
        vouched = Vouched(of.id, of.keys.signing_public, of.label, by.id)
        return vouch_item(self._own.account, vouched, by.keys.signing_private)

    async def list(self) -> list[DeviceView]:
        """This device, where it is kept in step, and all others that were heard of."""
        own = await self._book.own()
        others = [_view(device) for device in await self._book.all()]
        return ([_own_view(own)] if own is not None else []) + others

    async def invite(self, device: str) -> DeviceView:
        """Admit a device: by the code that it shows, or one that asks by the beginning of its id.

        It gets everything that is known here, with the profile's keys and those of linked profiles; what is
        handed over to the code of a device that joins is sealed for it alone. Raises `NotFound`,
        `MistypedJoinCode`, `BadSignature` where the code is for another profile than is published,
        and `LocalProtocolError` for a device that was removed.
        """
        await self.begin()
        if is_join_code(device):
            return await self._hand_to(parse_join_code(device))
        async with self._own.busy:
            found = await self._meant(device)
            if found.standing is Standing.REMOVED:
                raise LocalProtocolError(
                    f"{found.label} ({found.id[:8]}) was removed, and a removal is final",
                    hint="Have it join again: dm3 device join. It gets a new key then.",
                )
            await self._parts.admission.admit(found)
            await self._parts.sync.handle_held(self._keep_sent)
        await self._hand_over()
        return _view(await self._meant(device))

    async def _hand_to(self, code: JoinCode) -> DeviceView:
        found = (await self._context.directory.profile(code.name, fresh=True)).signed
        if found.hash != code.profile_hash:
            raise BadSignature(f"the code is for another profile than the one of {code.name}")
        own = await self._book.own()
        if own is None:
            raise NotFound("this device is no longer kept in step")
        async with self._own.busy:
            device = await hand_over(self._context, self._own.identity, self._parts.stores, own, code, found)
        await self._hand_over()
        return _view(device)

    async def remove(self, device: str) -> Removal:
        """Remove a device for good, by its id or the beginning of it: what it tells counts no more.

        It keeps what it has, the keys among it: `Messenger.renew_keys` gives this profile others.
        `Removal.links` names the linked profiles whose keys it may have. Their applications renew them
        (``rotate_keys``), and ask to be linked again. Raises `NotFound`.
        """
        await self.begin()
        async with self._own.busy:
            found = await self._meant(device)
            gone = removed(found, found.seen)
            item = removal_item(found.id, gone.through)

            async def prepare(change: Change) -> None:
                self._book.put(change, gone)
                await self._items.say(change, item)

            await commit_anew(self._context.vault, prepare)
        await self._hand_over()
        links = await self._context.vault.entries(LINKS, section=self._own.account)
        held = [kept.record for kept in links if kept.record.profile_key is not None]
        named = tuple(link.profile_name for link in held if link.state is not LinkState.NONE)
        return Removal(_view(gone), named)

    async def _meant(self, device: str) -> Device:
        found = [one for one in await self._book.all() if device and one.id.startswith(device.lower())]
        if len(found) != 1:
            several = "several devices begin" if found else "no other device begins"
            raise NotFound(f"{several} with {device[:40]}", hint="List them: dm3 device list")
        return found[0]


def _view(device: Device) -> DeviceView:
    return DeviceView(
        id=device.id,
        label=device.label,
        standing=device.standing,
        heard_at=device.heard_at,
        is_behind=bool(device.missing),
    )


def _own_view(own: OwnDevice) -> DeviceView:
    standing = Standing.REMOVED if own.removed else Standing.KNOWN
    return DeviceView(id=own.id, label=own.label, standing=standing, is_this=True)
