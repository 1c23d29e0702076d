"""The links of a main profile, as its user decides on them (specification 3.3 to 3.5)."""

from __future__ import annotations

from functools import partial

from dm3.base import checked, normalize
from dm3.protocol.linking import Disclosure, PairingOffer, RecoveryMode

from ..messaging.outgoing import Outgoing
from ..state.linked_profiles import LinkedProfiles, active
from ..state.look_ups import step
from ..state.open_profile import OpenProfile
from .approver import LinkApprover
from .linked_mailboxes import LinkedMailboxes
from .views import LinkView, RequestView, link_view, request_view


@checked
class LinkDecisions:
    """Shows what is asked and what is linked, and has what its user decides be done at once."""

    def __init__(
        self,
        own: OpenProfile,
        linked: LinkedProfiles,
        desk: LinkApprover,
        mailboxes: LinkedMailboxes,
        outgoing: Outgoing,
    ) -> None:
        self._own = own
        self._linked = linked
        self._desk = desk
        self._mailboxes = mailboxes
        self._outgoing = outgoing

    async def link_requests(self) -> list[RequestView]:
        """The requests on which the user has to decide, oldest first (specification 3.3)."""
        return list(map(request_view, await self._desk.requests()))

    async def links(self) -> list[LinkView]:
        """Every profile that is or was linked, with its state and validity."""
        return list(map(link_view, await self._desk.links()))

    async def outdated_links(self) -> tuple[str, ...]:
        """Linked profiles with other keys than those held here: unread until they ask again. As last seen."""
        return self._mailboxes.outdated(active(await self._linked.all()))

    async def approve(self, asked: str | RequestView, *, valid_until: int | None = None) -> LinkView | None:
        """Approve a request; ``valid_until`` (UNIX seconds) shortens the term.

        ``asked`` is the profile that wants to be linked, or exactly one of `link_requests`: that keys are
        given back (``is_recovery``) is approved by the request alone, which says to whom. What is decided is
        on its way when this returns. Raises `NotFound` when it does not wait, `LocalProtocolError` for the
        name alone of a recovery, and `LinkRefused` when it has lapsed.
        """
        async with self._own.busy:
            link, join = await self._desk.approve(asked, valid_until)
        # Joined before the application learns of it, which then no longer forwards what it receives. Where
        # that fails, the next `sync` joins first as well, and sends the acceptance after.
        if await join():
            await self._outgoing.hand_over()
        return None if link is None else link_view(link)

    async def set_recovery(self, profile_name: str, mode: RecoveryMode | None) -> LinkView:
        """Whether the user is asked before keys are given back; None: as the policy says. Or `NotFound`."""
        async with self._own.busy:
            return link_view(await self._desk.set_recovery(profile_name, mode))

    async def reject(self, asked: str | RequestView, *, reason: str | None = None) -> None:
        """Reject a request, that of a profile or exactly this one; its keys are dropped.

        Told to a profile that takes LINK_REJECT, with the ``reason``; to others nothing is sent.
        """
        await step(self._own.busy, partial(self._desk.reject, asked, reason))
        await self._outgoing.hand_over()

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
        leave = await step(self._own.busy, partial(self._desk.remove, profile))
        await leave()
        await self._mailboxes.leave(profile)  # that of an expired link may still be known there
        await self._outgoing.hand_over()

    async def disclose(self, profile_name: str) -> Disclosure:
        """What proves to others that ``profile_name`` is linked to this profile; as its `disclosure`.

        Raises `NotFound`, or `LinkRefused` while its keys are still to come.
        """
        return await self._desk.disclosure(profile_name)
