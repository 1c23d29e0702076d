"""What the user of a main profile is told of linking, in notices (specification 3.3, 3.5)."""

from __future__ import annotations

from typing import Final

from dm3.protocol.linking import Notices, Request, parse_link_message
from dm3.protocol.wallets import time_text
from dm3.store.vault import Change

from ..state.open_profile import OpenProfile
from ..state.records import NOTICES, Notice
from ..state.settings_record import policy_of
from .replies import Answer

RECOVERY: Final = "recovery"
RECOVERY_REQUEST: Final = "recovery-request"


class LinkNotices:
    """Writes the notices of one main profile, each within the commit of what it tells."""

    def __init__(self, own: OpenProfile) -> None:
        self._context = own.context
        self._account = own.account

    async def ask(self, change: Change, request: Request) -> None:
        """A request waits for the user's decision."""
        profile = request.profile_name
        if request.is_recovery:
            where = f" (it was linked from {request.link_uri})" if request.link_uri else ""
            sentence = (
                f"A device asks for the keys of {profile} from {request.uri}{where}; they would go to "
                f"{request.reply_to}. Not you? Reject it."
            )
            await self._put(change, RECOVERY_REQUEST, sentence, about=profile)
        else:
            # One for each profile: whoever asks again and again fills nothing.
            await self._put(change, "link-request", f"{profile} asks to be linked.", about=profile)

    async def tell_of_end(self, change: Change, profile: str) -> None:
        """The other side has ended a link or taken a request back."""
        await self._put(change, "link-ended", f"{profile} has ended its link or taken its request back.")

    async def tell_of_recovery(self, change: Change, profile: str, answer: Answer) -> None:
        """Keys were given back, without the user having been asked or after that."""
        page = parse_link_message(answer.payload.link_message).uri
        when = time_text(self._context.seconds())
        sentence = (
            f"The keys of {profile} were given back to a device: asked from {page}, at {when}, "
            f"received by {answer.to}. Not you? Remove the link."
        )
        await self._put(change, RECOVERY, sentence)

    def settle(self, change: Change, profile: str) -> None:
        """Take back what was told of a request that no longer waits for a decision."""
        for kind in ("link-request", RECOVERY_REQUEST):
            change.remove(NOTICES, self._key(kind, profile))

    def _key(self, kind: str, about: str) -> str:
        return f"{self._account}|{kind}|{about}"

    async def _put(self, change: Change, kind: str, sentence: str, *, about: str | None = None) -> None:
        """Tell the user; the latest notice of a kind ``about`` a profile replaces the one before."""
        about_keys = kind in (RECOVERY, RECOVERY_REQUEST)
        policy = await policy_of(self._context, self._account)
        if not about_keys and policy.notices is Notices.RECOVERIES:
            return
        notice = Notice(self._account, kind, sentence, self._context.seconds())
        key = self._context.random(8).hex() if about is None else self._key(kind, about)
        change.put(NOTICES, key, notice, section=self._account)
