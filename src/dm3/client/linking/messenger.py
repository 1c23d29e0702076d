"""A main profile in use: the inbox of its own and of all linked profiles (specification 3.3 to 3.6)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from dm3.base import checked, normalize
from dm3.model import Attachment, MessageType
from dm3.protocol.linking import (
    Disclosure,
    LinkPolicy,
    PairingOffer,
    RecoveryMode,
)

from ..devices.devices import Devices
from ..messaging.overview import ListedConversation
from ..messaging.timelines import InboxTimeline, inbox_of
from ..profiles.ens_names import known_as, no_longer_known_as, take_messages_for
from ..state.context import Context
from ..state.identity import Identity
from ..state.linked_profiles import active
from ..state.look_ups import step
from ..state.open_profile import OpenProfile
from ..state.records import Conversation, StoredMessage
from ..state.settings_record import ProfileSettings, sends_receipts, settings_of
from ..state.wallets import Wallet
from .key_renewal import KeyRenewal, MainKeyRenewal
from .linkable_profile import LinkableProfile
from .main_settings import MainSettings
from .views import LinkView, RequestView, link_view, request_view
from .wiring import wire_main


@checked
class Messenger(LinkableProfile):
    """A main profile. Made by `Client.create_profile` or opened by `Client.messenger`.

    It may be linked to another one itself, if it has a name below a resolver's domain.
    """

    def __init__(self, context: Context, identity: Identity) -> None:
        wired = wire_main(OpenProfile(context, identity))
        super().__init__(wired.parts, wired.requester)
        self._desk = wired.desk
        self._mailboxes = wired.mailboxes
        self._devices = wired.devices

    @property
    def devices(self) -> Devices:
        """The devices that this profile is used on, kept in step with each other (specification 5.2)."""
        parts = self._parts
        return Devices(
            parts.own, self._devices, parts.inbox.mailbox, parts.arrivals.keep_sent, parts.outgoing.hand_over
        )

    async def settings(self) -> ProfileSettings:
        """What is set for this profile on all its devices; None where what `connect` was given counts."""
        return await settings_of(self._parts.own.context, self._parts.own.account)

    async def change_settings(self, **changes: object) -> ProfileSettings:
        """Set fields of `ProfileSettings` for this profile, None for what `connect` was given.

        They count before ``policy`` and ``send_receipts`` of `connect`, in every program with this vault and
        on the profile's other devices. Returns all that is set. Raises `InvalidInput` for what cannot be.
        """
        return await MainSettings(self._parts.own).change(changes)

    async def policy(self) -> LinkPolicy:
        """The rules of linking that are in force: what is set, else what `connect` was given."""
        return await self._desk.policy()

    async def sends_receipts(self) -> bool:
        """Whether senders are told that their messages have come and were read, as `policy`."""
        return await sends_receipts(self._parts.own.context, self._parts.own.account)

    async def use_name(self, name: str) -> None:
        """Be known as ``name``, an ENS name that resolves to this profile; safe to repeat.

        It is checked against what is published now, and the delivery services are told. From then on
        messages come from this name, and come under it. Raises `NotPublished`, `NotYourName`,
        `InvalidInput`, `ConfigurationError`, `MalformedData`, `BadSignature`, and what the delivery services
        answer: `Unreachable` or `ServiceRefused`.
        """
        own = self._parts.own
        wanted = await take_messages_for(own.context, own.identity, name)
        async with own.busy:
            own.identity = await known_as(own.context, own.identity, wanted)

    async def drop_name(self, name: str) -> None:
        """No longer be known as ``name``, which stays published until it is changed. Raises `NotFound`."""
        own = self._parts.own
        async with own.busy:
            own.identity = await no_longer_known_as(own.context, own.identity, name)

    async def renew_keys(self, wallet: Wallet | None = None, *, wait: float = 30) -> KeyRenewal:
        """Give the profile new keys under its old names, as when a device with its keys is lost.

        ``wallet`` is the profile's, and signs twice; None for a profile that holds its own. The other devices
        get the keys first, each sealed for it alone: for ``wait`` seconds at most it is waited for those that
        have not said that they have them. Then the new profile is published, and links are confirmed with it.
        What is on its way is best looked at before: ``in_transit()``.

        The wallet alone no longer gives the keys back: keep a copy of the vault. Raises `InvalidInput` for
        another wallet, and what the services answer; what was begun goes on when the profile is next opened.
        """
        return await MainKeyRenewal(self._parts, self._devices.stores.new_keys).run(wallet, wait)

    async def use_delivery_services(
        self, services: Sequence[str], wallet: Wallet | None = None, *, wait: float = 30
    ) -> KeyRenewal:
        """Have messages wait at ``services``, ENS names of delivery services, first choice first.

        The keys stay as they are; all else is as with `renew_keys`: the wallet signs twice, devices and
        linked profiles are told. Who has looked the profile up before goes on writing to the services of
        before for a while: keep one of them as the last choice until what is on its way has come.
        Raises as `renew_keys`, `InvalidInput` also for no services, and what looking them up raises.
        """
        return await MainKeyRenewal(self._parts, self._devices.stores.new_keys).move(services, wallet, wait)

    async def link_requests(self) -> list[RequestView]:
        """The requests on which the user has to decide, oldest first (specification 3.3)."""
        return list(map(request_view, await self._desk.requests()))

    async def links(self) -> list[LinkView]:
        """Every profile that is or was linked, with its state and validity."""
        return list(map(link_view, await self._desk.links()))

    async def outdated_links(self) -> tuple[str, ...]:
        """Linked profiles with other keys than those held here: unread until they ask again. As last seen."""
        return self._mailboxes.outdated(active(await self._parts.linked.all()))

    async def approve(self, asked: str | RequestView, *, valid_until: int | None = None) -> LinkView | None:
        """Approve a request; ``valid_until`` (UNIX seconds) shortens the term.

        ``asked`` is the profile that wants to be linked, or exactly one of `link_requests`: that keys are
        given back (``is_recovery``) is approved by the request alone, which says to whom. What is decided is
        on its way when this returns. Raises `NotFound` when it does not wait, `LocalProtocolError` for the
        name alone of a recovery, and `LinkRefused` when it has lapsed.
        """
        async with self._parts.own.busy:
            link, join = await self._desk.approve(asked, valid_until)
        # Joined before the application learns of it, which then no longer forwards what it receives. Where
        # that fails, the next `sync` joins first as well, and sends the acceptance after.
        if await join():
            await self._parts.outgoing.hand_over()
        return None if link is None else link_view(link)

    async def set_recovery(self, profile_name: str, mode: RecoveryMode | None) -> LinkView:
        """Whether the user is asked before keys are given back; None: as the policy says. Or `NotFound`."""
        async with self._parts.own.busy:
            return link_view(await self._desk.set_recovery(profile_name, mode))

    async def reject(self, asked: str | RequestView, *, reason: str | None = None) -> None:
        """Reject a request, that of a profile or exactly this one; its keys are dropped.

        Told to a profile that takes LINK_REJECT, with the ``reason``; to others nothing is sent.
        """
        await step(self._parts.own.busy, partial(self._desk.reject, asked, reason))
        await self._parts.outgoing.hand_over()

    async def open_pairing(self) -> PairingOffer:
        """A new one-time code by which a profile of any wallet may ask to be linked (specification 5.1).

        Show it with `dm3.print_pairing_code`; it counts until ``until`` (UNIX seconds).
        """
        return await self._desk.pairing.open()

    async def close_pairing(self) -> None:
        """Have the code that was shown count no more."""
        await self._desk.pairing.close()

    async def remove_link(self, profile_name: str) -> None:
        """End a link: its keys are wiped here, its mailbox is left, the linked profile is told.

        From now on only: what its devices know they keep. Raises `NotFound`.
        """
        profile = normalize(profile_name)
        link = await self._desk.link(profile)
        await self._mailboxes.find_to_leave(link)  # while its keys are here
        leave = await step(self._parts.own.busy, partial(self._desk.remove, profile))
        await leave()
        await self._mailboxes.leave(profile)  # that of an expired link may still be known there
        await self._parts.outgoing.hand_over()

    async def disclose(self, profile_name: str) -> Disclosure:
        """What proves to others that ``profile_name`` is linked to this profile; as its `disclosure`.

        Raises `NotFound`, or `LinkRefused` while its keys are still to come.
        """
        return await self._desk.disclosure(profile_name)

    async def inbox(self) -> list[Conversation]:
        """The conversations of this and all linked profiles without blocked ones, the latest first."""
        return [head for head, _ in await self._parts.marked.inbox()]

    async def overview(self) -> list[ListedConversation]:
        """As `inbox`, each with what was decided about it and whether it is a request; read at one moment."""
        return await self._parts.marked.overview()

    async def inbox_timeline(self, *, newest: int = 50, entries: int | None = 50) -> InboxTimeline:
        """The ``newest`` conversations of this profile and all linked ones, as they are to be shown.

        ``entries``: at most so many of each, the newest; None for all. No others are read.
        ``.conversations`` has them one by one, ``.entries`` all in one row (specification 3.6).
        """
        own, heads = self._parts.own, await self.inbox()
        return await inbox_of(own.context, own.account, heads[:newest], entries)

    async def send_as(
        self,
        profile: str,
        to: str,
        text: str,
        *,
        type: str = MessageType.NEW,
        reference: str | None = None,
        attachments: tuple[Attachment, ...] | None = None,
    ) -> StoredMessage:
        """Write as a linked profile. Raises `LinkRefused` when its link is not in force; `KeysChanged`."""
        return await self._parts.outgoing.send(
            normalize(profile),
            normalize(to),
            text,
            type=type,
            reference=reference,
            attachments=attachments,
        )
