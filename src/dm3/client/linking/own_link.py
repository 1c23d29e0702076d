"""The link of a profile to a main one, as its user asks for it, renews and ends it (specification 3)."""

from __future__ import annotations

from typing import Protocol

from dm3.base import Shown, checked
from dm3.base.errors import LocalProtocolError
from dm3.crypto import PairingCode
from dm3.protocol.linking import DEFAULT_TERM, Disclosure, OutgoingLinkState, disclosure_of

from ..state.open_profile import OpenProfile
from ..state.wallets import Wallet
from .addressee import means
from .requester import LinkRequester
from .views import OutgoingLinkView, outgoing_view


@checked
class OwnLink:
    """What any profile can do for being linked to another: one for an application, or a main one."""

    def __init__(self, own: OpenProfile, requester: LinkRequester) -> None:
        self._own = own
        self._requester = requester

    async def link_status(self) -> OutgoingLinkView | None:
        """What is known of the link to a main profile; None when none was asked for."""
        asked = await self._requester.asked()
        return None if asked is None else outgoing_view(asked)

    async def request_link(
        self,
        main_name: str,
        wallet: Wallet | None,
        *,
        term: int = DEFAULT_TERM,
        public: bool = False,
        hand_over_after_accept: bool = False,
        pairing: PairingCode | str | None = None,
        other_owner: bool = False,
        allow_unknown: bool = False,
    ) -> OutgoingLinkView:
        """Ask the main profile ``main_name`` to take this profile in (specification 3.3).

        ``wallet`` is the owner's and signs the Link Message; None: the profile's own. ``term`` in seconds. On
        a link that is there already this renews its validity. ``public`` has the published record name the
        main profile; ``hand_over_after_accept`` sends the keys only after the acceptance.

        A main profile of another account than the one that signs is asked with the ``pairing`` code that its
        messenger shows, and the keys go only once its acceptance has proved that code; for programs
        ``other_owner`` says that it is meant. ``allow_unknown``: ask it, though nothing is known of what it
        reads, with the keys only after the acceptance. Each is said once, and holds for renewals.

        Raises `AnotherOwner`, `MistypedPairingCode`, `UnsupportedByPeer` when the main profile takes no
        links, `NothingKnown` where it does not say so, `BadSignature` when the wallet is not the owner's,
        `NotFound` or `Unreachable` when the main profile cannot be looked up, `LocalProtocolError` for a
        profile that no resolver keeps a link record of, and `Conflict` when another program with this vault
        takes such a step meanwhile.
        """
        asked = await self._requester.request(
            main_name,
            wallet,
            term=term,
            public=public,
            after_accept=hand_over_after_accept,
            said=means(pairing, other_owner, allow_unknown),
        )
        return outgoing_view(asked)

    async def renew_link(self, wallet: Wallet | None, *, term: int = DEFAULT_TERM) -> OutgoingLinkView:
        """Move the validity of the link; raises `LocalProtocolError` when there is none."""
        asking = await self.link_status()
        if asking is None or asking.state is not OutgoingLinkState.LINKED:
            raise LocalProtocolError("there is no link to renew", hint="Ask for one with request_link.")
        return await self.request_link(asking.main_name, wallet, term=term, public=asking.public_record)

    async def disclosure(self) -> Disclosure:
        """What proves the link to somebody to whom the private record alone tells nothing."""
        asked = await self._requester.asked()
        if asked is None:
            raise LocalProtocolError("there is no link to disclose")
        return disclosure_of(asked, self._own.identity.keys)

    async def end_link(self) -> None:
        """End the link, or take the request back: the record is withdrawn, the main profile is told.

        From now on only: keys that were handed over cannot be taken back. Raises `LocalProtocolError`
        when there is neither.
        """
        await self._requester.end()


class CanBeLinked(Protocol):
    """A profile that has such a part."""

    @property
    def _link(self) -> OwnLink: ...


from_link: Shown[CanBeLinked, OwnLink] = Shown(lambda profile: profile._link)
