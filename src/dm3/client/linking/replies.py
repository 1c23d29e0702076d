"""The messages that a decision about linking causes: put into the outbox within the decision's own commit."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from dm3.crypto import Seed
from dm3.model import LinkKind, LinkPayload, MessageType
from dm3.protocol.linking import Link, RejectCode, acceptance, ending_payload
from dm3.store.vault import Change

from ..messaging import conversations as history
from ..messaging.outbox import enqueue
from ..state.open_profile import OpenProfile
from ..state.records import OUTBOX
from .link_messages import enqueue_link

HELD_MESSAGES: Final = 500
HELD_CHARS: Final = 4_000_000


class Answer(Struct, frozen=True):
    """Whom a decision answers: the payload in whose words, the profile's name, and its exact hash.

    ``paired`` is what proves to whom asked that this main profile knows the code.
    """

    payload: LinkPayload
    to: str
    profile_hash: str
    reason: str | None = None
    code: RejectCode = RejectCode.REJECTED
    paired: str | None = None


class LinkReplies:
    """Writes a main profile's answers.

    Where the linked profile's keys are held it is named as sender, so that the application's delivery
    service does not learn who the main profile is (specification 3.6).
    """

    def __init__(self, own: OpenProfile) -> None:
        self._own = own
        self._context = own.context

    def accept(self, change: Change, link: Link, answer: Answer, *, with_keys: bool) -> None:
        """LINK_ACCEPT; with keys it is for exactly the profile that the wallet has named."""
        signing_key = self._own.identity.keys.signing_private
        payload = acceptance(
            link, signing_key, answers=answer.payload, with_keys=with_keys, paired=answer.paired
        )
        pinned = answer.profile_hash if with_keys else None
        sender = link.profile_name if link.profile_key else None
        self._send(change, link.main_name, answer.to, payload, sender=sender, receiver_hash=pinned)

    async def reject(self, change: Change, main_name: str, answer: Answer, link: Link | None) -> None:
        """LINK_REJECT, to a profile that lists it as supported; ``link`` is held for it all the same."""
        if not await self._context.lists_as_supported(answer.to, MessageType.LINK_REJECT):
            return
        payload = self._rejection(answer, link)
        # Its keys are dropped with this decision, so this message takes them along until it is sent.
        seed = answer.payload.profile_key
        # Keys of an older profile do not sign for the present one.
        current = link is not None and link.profile_hash == answer.payload.profile_hash
        held = seed or (link.profile_key if link is not None and current else None)
        sender = answer.payload.profile_name if held else None
        self._send(change, main_name, answer.to, payload, sender=sender, seed=seed)

    async def revoke(self, change: Change, link: Link) -> None:
        """LINK_REVOKE to the linked profile, once for every Link Message that one of its devices knows."""
        if not await self._context.lists_as_supported(link.profile_name, MessageType.LINK_REVOKE):
            return
        sender = link.profile_name if link.profile_key else None
        for text in reversed(link.messages):  # the newest first: to whom knows it, it ends all
            payload = ending_payload(
                LinkKind.REVOKE,
                profile_name=link.profile_name,
                profile_hash=link.profile_hash,
                link_message=text,
                signing_key=self._own.identity.keys.signing_private,
            )
            self._send(
                change, link.main_name, link.profile_name, payload, sender=sender, seed=link.profile_key
            )

    async def forward_held(self, change: Change, profile: str) -> None:
        """What is held of a profile's conversations goes to its own mailbox, for a recovered device."""
        for stored in await history.newest(
            self._context.vault, profile, count=HELD_MESSAGES, size=HELD_CHARS
        ):
            enqueue(
                change,
                self._context,
                account=self._own.account,
                to=profile,
                sender=profile,
                text=stored.text,
            )

    async def withhold_keys(self, change: Change, profile: str) -> None:
        """Keys of ``profile`` that are on their way to a device do not go out any more.

        What is kept here goes with the link's record; only acceptances with keys are for one exact profile.
        """
        for kept in await self._context.vault.entries(OUTBOX, section=self._own.account):
            if kept.record.sender == profile and kept.record.receiver_hash is not None:
                change.remove(OUTBOX, kept.record.id)

    def _rejection(self, answer: Answer, link: Link | None) -> LinkPayload:
        about = answer.payload
        # A device that recovers gets no keys, and does not learn how long the link holds either.
        stays = link.valid_until if link is not None and about.kind is LinkKind.REQUEST else 0
        return ending_payload(
            LinkKind.REJECT,
            profile_name=about.profile_name,
            profile_hash=about.profile_hash,
            link_message=about.link_message,
            signing_key=self._own.identity.keys.signing_private,
            reason=answer.reason,
            code=answer.code,
            valid_until=stays,
        )

    def _send(
        self,
        change: Change,
        main_name: str,
        to: str,
        payload: LinkPayload,
        *,
        sender: str | None,
        receiver_hash: str | None = None,
        seed: Seed | None = None,
    ) -> None:
        enqueue_link(
            change,
            self._own,
            payload,
            to=to,
            from_=main_name,
            sender=sender or self._own.identity.shown_name,
            receiver_hash=receiver_hash,
            seed=seed,
            # Ours alone, and dropped where the other side turns out not to read it; given up and kept, a
            # rejection would keep the keys that are to be gone.
            optional=payload.kind in (LinkKind.REJECT, LinkKind.REVOKE),
        )
