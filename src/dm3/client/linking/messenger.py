"""A main profile in use: the inbox of its own and of all linked profiles (specification 3.3 to 3.6)."""

from __future__ import annotations

from functools import partial

from dm3.base import normalize
from dm3.base.errors import InvalidInput
from dm3.crypto import ProfileKeys
from dm3.model import Attachment, LinkKind, Message, MessageType
from dm3.protocol.linking import (
    Disclosure,
    Link,
    LinkRefused,
    PairingOffer,
    Reason,
    RecoveryMode,
    Request,
)
from dm3.protocol.messages import Timeline
from dm3.store.vault import Change

from ..messaging.timelines import InboxTimeline, inbox_of, timeline_of
from ..profiles.ens_names import known_as, names_in, no_longer_known_as, take_messages_for
from ..reading.inbox import Late
from ..reading.mailbox import Incoming
from ..reading.mailbox_turn import Source
from ..reading.receiving import Opened, place_of
from ..reading.waiting_room import Act
from ..state.look_ups import Aftermath, nothing_more, step
from ..state.records import Conversation, StoredMessage
from .renewing_profile import RenewingProfile


class Messenger(RenewingProfile):
    """A main profile. Made by `Client.create_profile` or opened by `Client.messenger`.

    It may be linked to another one itself, if it has a name below a resolver's domain.
    """

    async def use_name(self, name: str) -> None:
        """Be known as ``name``, an ENS name that resolves to this profile; safe to repeat.

        It is checked against what is published now, and the delivery services are told. From then on
        messages come from this name, and come under it. Raises `NotPublished`, `NotYourName`,
        `InvalidInput`, `ConfigurationError`, `MalformedData`, `BadSignature`, and what the delivery services
        answer: `Unreachable` or `ServiceRefused`.
        """
        wanted = await take_messages_for(self._context, self._identity, name)
        async with self._busy:
            self._rename(await known_as(self._context, self._identity, wanted))

    async def drop_name(self, name: str) -> None:
        """No longer be known as ``name``, which stays published until it is changed. Raises `NotFound`."""
        async with self._busy:
            self._rename(await no_longer_known_as(self._context, self._identity, name))

    async def link_requests(self) -> list[Request]:
        """The requests on which the user has to decide, oldest first (specification 3.3)."""
        return await self._desk.requests()

    async def links(self) -> list[Link]:
        """Every profile that is or was linked, with its state and validity."""
        return await self._desk.links()

    async def outdated_links(self) -> tuple[str, ...]:
        """Linked profiles with other keys than those held here: unread until they ask again. As last seen."""
        return self._linked.outdated(await self._desk.active())

    async def approve(self, asked: str | Request, *, valid_until: int | None = None) -> Link | None:
        """Approve a request; ``valid_until`` (UNIX seconds) shortens the term.

        ``asked`` is the profile that wants to be linked, or exactly one of `link_requests`: that keys are
        given back (``is_recovery``) is approved by the request alone, which says to whom. What is decided is
        on its way when this returns. Raises `NotFound` when it does not wait, `LocalProtocolError` for the
        name alone of a recovery, and `LinkRefused` when it has lapsed.
        """
        async with self._busy:
            link, join = await self._desk.approve(asked, valid_until)
        # Joined before the application learns of it, which then no longer forwards what it receives. Where
        # that fails, the next `sync` joins first as well, and sends the acceptance after.
        if await join():
            await self._hand_over()
        return link

    async def set_recovery(self, profile_name: str, mode: RecoveryMode | None) -> Link:
        """Whether the user is asked before keys are given back; None: as the policy says. Or `NotFound`."""
        async with self._busy:
            return await self._desk.set_recovery(profile_name, mode)

    async def reject(self, asked: str | Request, *, reason: str | None = None) -> None:
        """Reject a request, that of a profile or exactly this one; its keys are dropped.

        Told to a profile that takes LINK_REJECT, with the ``reason``; to others nothing is sent.
        """
        await step(self._busy, partial(self._desk.reject, asked, reason))
        await self._hand_over()

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
        await self._linked.find_to_leave(link)  # while its keys are here
        leave = await step(self._busy, partial(self._desk.remove, profile))
        await leave()
        await self._linked.leave(profile)  # that of an expired link may still be known there
        await self._hand_over()

    async def disclose(self, profile_name: str) -> Disclosure:
        """What proves to others that ``profile_name`` is linked to this profile; as its `disclosure`.

        Raises `NotFound`, or `LinkRefused` while its keys are still to come.
        """
        return await self._desk.disclosure(profile_name)

    async def inbox(self) -> list[Conversation]:
        """The conversations of this and all linked profiles without blocked ones, the latest first."""
        found = await self.conversations()
        for link in await self._desk.links():
            found += await self._shown_conversations(link.profile_name)
        return sorted(found, key=lambda head: -head.last_at)

    async def messages(self, peer: str, *, profile: str | None = None) -> list[StoredMessage]:
        """One conversation, of this profile or of the linked ``profile``; oldest message first."""
        owner = normalize(profile) if profile else self._identity.name
        return await self._messages(owner, peer)

    async def timeline(
        self,
        peer: str,
        *,
        profile: str | None = None,
        newest: int | None = None,
        before: str | None = None,
    ) -> Timeline:
        """One conversation, of this profile or the linked ``profile``; see `LimitedScopeProfile.timeline`."""
        owner = normalize(profile) if profile else self._identity.name
        return await timeline_of(
            self._context, self._identity.name, owner, normalize(peer), newest=newest, before=before
        )

    async def names_of(self, peer: str, *, profile: str | None = None) -> tuple[str, ...]:
        """All names of this peer that this profile or the linked ``profile`` knows, the best known first."""
        return await self._names_of_peer(normalize(profile) if profile else self._identity.name, peer)

    async def inbox_timeline(self, *, newest: int = 50) -> InboxTimeline:
        """The ``newest`` conversations of this profile and all linked ones, as they are to be shown.

        ``.conversations`` has them one by one, ``.entries`` all in one row (specification 3.6).
        """
        return await inbox_of(self._context, self._identity.name, (await self.inbox())[:newest])

    async def mark_read(self, peer: str, *, profile: str | None = None) -> None:
        """Mark a conversation, of this or a linked profile, as read; see `LimitedScopeProfile.mark_read`."""
        await self._mark_read(normalize(profile) if profile else self._identity.name, normalize(peer))

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
        return await self._send_from(
            normalize(profile),
            normalize(to),
            text,
            type=type,
            reference=reference,
            attachments=attachments,
        )

    async def _send_from(
        self,
        profile: str,
        to: str,
        text: str | None,
        *,
        type: str,
        reference: str | None,
        attachments: tuple[Attachment, ...] | None,
    ) -> StoredMessage:
        if profile in self._identity.names:
            return await super()._send_from(
                self._identity.name, to, text, type=type, reference=reference, attachments=attachments
            )
        link = await self._desk.link(profile)
        if link is None or not link.in_force(self._context.seconds()) or link.profile_key is None:
            raise LinkRefused(Reason.NOT_LINKED, profile)
        self._linked.require_usable(link)
        if to == profile:
            raise InvalidInput("a profile does not write to itself")

        async def copy(change: Change, message: Message) -> None:
            # The application on the user's other devices shows what was answered here.
            self._forward(change, profile, profile, message.text)

        draft = self._draft(profile, to, text, type, reference, attachments)
        return await self._post(profile, draft, ProfileKeys.from_seed(link.profile_key), copy)

    # --- linked mailboxes ---------------------------------------------------------------------

    async def _sources(self) -> tuple[list[Source], list[Late]]:
        own, _ = await super()._sources()
        ready, late = self._linked.sources(await self._desk.active(), self._take_linked, self.errors.append)
        return own + ready, late

    async def _take_linked(self, link: Link, incoming: Incoming) -> bool:
        handler = (await self._handlers()).get(link.profile_name)
        # Without one the link has ended meanwhile.
        return handler is None or await self._room.take(link.profile_name, incoming, *handler)

    async def _handlers(self) -> dict[str, tuple[tuple[ProfileKeys, ...], Act]]:
        handlers = await super()._handlers()
        for link in await self._desk.active():
            if link.profile_key is not None:
                keys = (ProfileKeys.from_seed(link.profile_key),)
                handlers[link.profile_name] = (keys, partial(self._act_linked, link))
        return handlers

    async def _act_linked(self, link: Link, opened: Opened) -> None:
        if opened.message.link is not None:
            return  # linking is the business of the application's own device
        _, profile, direction = place_of(opened.message, await names_in(self._context, link, opened.message))
        async with self._busy:
            await self._take_message(opened, profile, direction)

    # --- linking ------------------------------------------------------------------------------

    async def _take_link(self, opened: Opened) -> Aftermath:
        link = opened.message.link
        ours = link is not None and link.profile_name in self._identity.names
        if ours or (link is not None and link.kind in (LinkKind.ACCEPT, LinkKind.REJECT)):
            return await super()._take_link(opened)  # about this profile's own link to another
        change = self._context.vault.change()
        self._remember(change, opened.message)
        if link is not None and await self._is_decided(link):
            await self._context.vault.commit(change)
            return nothing_more
        later = await self._desk.take(opened.message, change)

        async def join_or_leave() -> None:
            await later()

        return join_or_leave

    async def _pass_time(self) -> Aftermath:
        await super()._pass_time()
        later = await self._desk.pass_time()

        async def leave() -> None:
            await later()

        return leave
