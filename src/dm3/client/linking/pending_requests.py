"""The requests that wait for a main profile's user: which is meant, and what belongs together."""

from __future__ import annotations

from dm3.base import normalize
from dm3.base.errors import LocalProtocolError, NotFound
from dm3.model import LinkKind
from dm3.protocol.linking import CheckedRequest, Link, Request, RequestState, Waiting, waiting_beside

from .store import LinkSnapshot, LinkStore
from .views import RequestView


class PendingRequests:
    """What waits in one main profile's `LinkStore`."""

    def __init__(self, book: LinkStore) -> None:
        self._book = book

    async def all(self) -> list[Request]:
        """The requests on which the user has to decide, oldest first."""
        return [request for request in await self._book.requests() if request.state is RequestState.PENDING]

    async def meant(
        self, asked: str | RequestView, *, rejecting: bool = False
    ) -> tuple[LinkSnapshot, Request]:
        """The request that is meant, as it waits now.

        A name alone means the profile that wants to be linked. That keys are given back is said by the
        request itself, so that none is approved that the user has not seen. Raises `NotFound`, and
        `LocalProtocolError` for the name of a profile whose keys are asked for, unless ``rejecting``.
        """
        if isinstance(asked, RequestView):
            held = await self._book.held(asked.profile_name, asked.kind)
            if held.request is not None and held.request.message_hash != asked.message_hash:
                raise NotFound(
                    f"that request of {held.profile} does not wait any more; a later one does",
                    hint="Look at the one that waits now before you decide.",
                )
        else:
            held = await self._book.held(normalize(asked))
            recovering = await self._book.held(held.profile, LinkKind.RECOVER)
            if _waits(recovering) and not _waits(held):
                if not rejecting:
                    raise LocalProtocolError(
                        f"what waits is a device that asks for the keys of {held.profile}",
                        hint="Look at where the keys would go, and approve exactly that request.",
                    )
                held = recovering
        if held.request is None or not _waits(held):
            raise NotFound(f"no request of {held.profile} waits for a decision")
        return held, held.request

    async def of_same_message(self, request: Request) -> list[LinkSnapshot]:
        """The other profiles that the message of ``request`` may be about, and that wait for it."""
        return [
            await self._book.held(other.profile_name, other.payload.kind)
            for other in await self.all()
            if other.message_hash == request.message_hash and other.profile_name != request.profile_name
        ]

    async def counted(self, checked: CheckedRequest, link: Link | None) -> Waiting:
        """How many wait in the room of this one; ``link`` is what is held of its profile."""
        return waiting_beside(checked, link, await self.all())


def _waits(held: LinkSnapshot) -> bool:
    return held.request is not None and held.request.state is RequestState.PENDING
