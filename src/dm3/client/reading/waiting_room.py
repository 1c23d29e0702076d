"""What nobody can verify now is kept, sealed as it came, and looked at again (specification 4).

The room is bounded: in all, in bytes, and for the names of one domain. What does not fit stays at the
delivery service, unacknowledged. Nothing of what is kept here stands in a conversation or is answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from msgspec.structs import replace

from dm3.base import domain_of, whole_characters
from dm3.base.errors import (
    ConfigurationError,
    Dm3Error,
    ForbiddenAddress,
    MalformedData,
    ServiceRefused,
    StoreError,
    TooLarge,
    Unreachable,
)
from dm3.crypto import ProfileKeys
from dm3.model import Envelope, Message
from dm3.protocol.linking import LinkRefused
from dm3.protocol.names import WrongAtLink
from dm3.store.vault import Conflict
from dm3.wire import envelope_text

from ..state.context import Context
from ..state.kept_records import KeptEnvelope, KeptState, SealedEnvelope
from ..state.records import REFUSED, RefusedMessage
from .domain_pauses import DomainPauses, pause_after
from .kept_envelopes import KeptEnvelopes, envelope_of
from .mailbox import ReceivedEnvelope, is_junk, refusal_key
from .receiving import NotVerifiable, OpenedMessage, SenderUnknownNow, unseal
from .senders import SenderLookup

LIFE: Final = 30 * 86_400
"""Seconds for which something is looked at again: as long as messages live."""
SAID_NO: Final = 86_400
"""Seconds until what was said not to be is looked for again."""
DOMAINS_AT_ONCE: Final = 8
ENTRIES_AT_ONCE: Final = 200
NEVER: Final = 2**53
MAX_SENTENCE: Final = 1_000
"""Characters of a sentence that is kept of what a stranger has sent: it may repeat what that says."""

Act = Callable[[OpenedMessage], Awaitable[None]]
"""What is done with a verified message."""


class WaitingRoom:
    """The waiting room of ``account``, whose own and linked mailboxes are read."""

    def __init__(self, context: Context, account: str) -> None:
        self._context = context
        self._account = account
        self._kept = KeptEnvelopes(context.vault, account)
        self._pauses = DomainPauses(context)
        self._senders = SenderLookup(context, self._pauses)

    def begin_round(self) -> None:
        """Have senders be verified anew: a sync begins."""
        self._senders.begin_round()

    async def handle(
        self, mailbox: str, incoming: ReceivedEnvelope, keys: tuple[ProfileKeys, ...], act: Act
    ) -> bool:
        """Take in an envelope from ``mailbox``: verified and acted on, refused, or kept here.

        False for what cannot even be opened.
        Raises `Unreachable`, `StoreError` or `Conflict` when it has to stay at the delivery service.
        """
        return await self._attempt(mailbox, incoming, keys, act, None)

    async def look_again(self, handler: Callable[[str], tuple[tuple[ProfileKeys, ...], Act] | None]) -> None:
        """Look again at what is due; ``handler`` gives keys and act for a mailbox, None for one left since.

        Domains are looked up side by side, each with its own pauses: one that hangs holds up itself.
        """
        now = self._context.seconds()
        by_domain: dict[str, list[KeptEnvelope]] = {}
        for entry in await self._kept.due(now, ENTRIES_AT_ONCE):
            by_domain.setdefault(domain_of(entry.sender), []).append(entry)
        free = [domain for domain in by_domain if not await self._pauses.is_paused(domain)]
        await asyncio.gather(*(self._again(by_domain[one], handler) for one in free[:DOMAINS_AT_ONCE]))

    async def _again(
        self,
        entries: list[KeptEnvelope],
        handler: Callable[[str], tuple[tuple[ProfileKeys, ...], Act] | None],
    ) -> None:
        for entry in entries:
            found, sealed = handler(entry.mailbox), await self._kept.sealed(entry)
            if sealed is None:
                await self._kept.remove(entry)
            elif found is None:
                over = _judged(entry, "left", "its mailbox is no longer read here", self._context.seconds())
                await self._kept.change(entry, replace(over, next_at=over.until))
            else:
                incoming = ReceivedEnvelope(entry.hash, envelope_of(sealed), sealed.service_key)
                try:
                    await self._attempt(entry.mailbox, incoming, *found, entry)
                except (Unreachable, StoreError, Conflict):
                    return  # it stays as it is
            if await self._pauses.is_paused(domain_of(entry.sender)):
                return

    async def _attempt(
        self,
        mailbox: str,
        incoming: ReceivedEnvelope,
        keys: tuple[ProfileKeys, ...],
        act: Act,
        entry: KeptEnvelope | None,
    ) -> bool:
        opened: OpenedMessage | None = None
        try:
            opened = unseal(incoming, *keys)
            self._require_short(opened.message)
            await act(await self._senders.verified(opened, again=entry is not None))
        except (StoreError, Conflict):
            raise  # no fault of the message: it stays where it is until the next time
        except Dm3Error as error:
            await self._settle(mailbox, incoming, error, opened, entry)
            return not is_junk(incoming, error)
        if entry is not None:
            await self._kept.remove(entry)
        return True

    def _require_short(self, message: Message) -> None:
        """Raises `TooLarge` for what this program takes no message of."""
        most = self._context.longest_message
        if most is not None and len(message.text) > most:
            raise TooLarge(f"it has more than {most} characters, the most that are taken here")

    async def _settle(
        self,
        mailbox: str,
        incoming: ReceivedEnvelope,
        error: Dm3Error,
        opened: OpenedMessage | None,
        entry: KeptEnvelope | None,
    ) -> None:
        """Decide what becomes of a message that was not taken in."""
        now = self._context.seconds()
        if opened is None or not _is_kept_for(error):
            await self._refuse(incoming, error, opened)
            if entry is not None:
                await self._kept.remove(entry)
            return
        before = entry or self._new(mailbox, incoming, opened, now)
        if isinstance(error, NotVerifiable):
            after = _judged(before, error.reason, str(error), now)
        elif now >= before.until:
            after = _judged(before, "time-over", "its sender could not be looked up in all the time", now)
            after = replace(after, next_at=NEVER)
        else:
            after = _waiting(before, error, now)
        if entry is not None:
            await self._kept.change(entry, after)
            return
        if not self._context.vault.is_durable and after.state is KeptState.WAITING:
            raise Unreachable(str(error), hint="It stays at the delivery service: this vault forgets all.")
        text = SealedEnvelope(envelope_text(_given(incoming)), incoming.service_key)
        if not await self._kept.add(after, text):
            raise Unreachable(
                f"the waiting room for messages of unknown senders is full ({error})",
                hint="It stays at the delivery service until there is room.",
            )

    def _new(self, mailbox: str, incoming: ReceivedEnvelope, opened: OpenedMessage, now: int) -> KeptEnvelope:
        message = opened.message
        return KeptEnvelope(
            account=self._account,
            mailbox=mailbox,
            hash=message.hash,
            sender=message.from_,
            type=whole_characters(message.type)[:100],
            at=opened.time(False, self._context.milliseconds()),
            kept_at=now,
            until=now + LIFE,
            size=len(envelope_text(_given(incoming)).encode("utf-8", "surrogatepass")),
            state=KeptState.WAITING,
            reason="",
            sentence="",
            attempts=0,
            next_at=now,
        )

    async def _refuse(
        self, incoming: ReceivedEnvelope, error: Dm3Error, opened: OpenedMessage | None
    ) -> None:
        """Keep the reason why a message was not taken in, so that nothing disappears silently."""
        message = opened.message if opened else None
        refused = RefusedMessage(
            account=self._account,
            hash=incoming.hash,
            sender=message.from_ if message else "",
            type=whole_characters(message.type)[:100] if message else "",
            reason=error.reason if isinstance(error, LinkRefused) else error.code,
            sentence=whole_characters(str(error))[:MAX_SENTENCE],
            at=self._context.seconds(),
        )
        key = refusal_key(self._account, incoming, error)
        await self._context.vault.put(REFUSED, key, refused, section=self._account)


def _is_kept_for(error: Dm3Error) -> bool:
    """Whether a message is kept for this error: it is not the message's own fault."""
    kinds = (Unreachable, ServiceRefused, ConfigurationError, ForbiddenAddress, WrongAtLink, NotVerifiable)
    return isinstance(error, kinds)


def _judged(entry: KeptEnvelope, reason: str, sentence: str, now: int) -> KeptEnvelope:
    return replace(
        entry,
        state=KeptState.UNVERIFIED,
        reason=reason,
        sentence=whole_characters(sentence)[:MAX_SENTENCE],
        attempts=0,
        next_at=now + SAID_NO if now + SAID_NO < entry.until else NEVER,
    )


def _waiting(entry: KeptEnvelope, error: Dm3Error, now: int) -> KeptEnvelope:
    if entry.state is KeptState.UNVERIFIED:  # what was said of it once stays until something else is said
        return replace(entry, next_at=now + SAID_NO if now + SAID_NO < entry.until else NEVER)
    attempts = entry.attempts + 1
    return replace(
        entry,
        reason=error.code,
        sentence=whole_characters(str(error))[:MAX_SENTENCE],
        attempts=attempts,
        # What waits for its sender's domain alone is due with that.
        next_at=now if isinstance(error, SenderUnknownNow) else now + pause_after(attempts),
    )


def _given(incoming: ReceivedEnvelope) -> Envelope:
    if incoming.envelope is None:
        raise MalformedData("the delivery service sent something that is not an envelope")
    return incoming.envelope
