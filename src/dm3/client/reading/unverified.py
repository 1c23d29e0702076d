"""What cannot be verified, for people to look at: a list of its own, with texts where they open."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from dm3.base.errors import Dm3Error, NotFound
from dm3.crypto import ProfileKeys

from ..state.context_parts import HasVaultAndClock
from ..state.kept_records import KeptEnvelope, KeptState
from .kept_envelopes import KeptEnvelopes, envelope_of
from .mailbox import ReceivedEnvelope
from .receiving import unseal


class Unverified(Struct, frozen=True, kw_only=True):
    """A message that is kept because nobody can tell who wrote it, for people to look at.

    ``hash``: the message's hash, 0x-hex.
    ``mailbox``: the profile whose mailbox it lay in.
    ``sender``: the name that it claims to be from.
    ``type``: its type as on the wire.
    ``content``: its text where it opens; None for link messages and where it does not.
    ``at``: its time in milliseconds.
    ``until``: how long it is looked at again, in UNIX seconds.
    ``waits``: nobody could tell yet; else it is said that it cannot be verified, or the time is over.
    ``reason``: what stands in the way, as a code.
    ``sentence``: what stands in the way, for people.
    """

    hash: str
    mailbox: str
    sender: str
    type: str
    content: str | None
    at: int
    until: int
    waits: bool
    reason: str
    sentence: str


class UnverifiedMessages:
    """What the waiting room of ``account`` keeps."""

    def __init__(self, context: HasVaultAndClock, account: str) -> None:
        self._context = context
        self._kept = KeptEnvelopes(context.vault, account)

    async def all(self, keys_of: Callable[[str], tuple[ProfileKeys, ...]]) -> list[Unverified]:
        """What is kept, oldest first; ``keys_of`` gives a mailbox's keys, with which texts are opened."""
        return [await self._shown(entry, keys_of(entry.mailbox)) for entry in await self._kept.all()]

    async def _shown(self, entry: KeptEnvelope, keys: tuple[ProfileKeys, ...]) -> Unverified:
        return Unverified(
            hash=entry.hash,
            mailbox=entry.mailbox,
            sender=entry.sender,
            type=entry.type,
            content=await self._content(entry, keys),
            at=entry.at,
            until=entry.until,
            waits=entry.state is KeptState.WAITING,
            reason=entry.reason,
            sentence=entry.sentence,
        )

    async def _content(self, entry: KeptEnvelope, keys: tuple[ProfileKeys, ...]) -> str | None:
        sealed = await self._kept.sealed(entry)
        if sealed is None or not keys:
            return None
        try:
            incoming = ReceivedEnvelope(entry.hash, envelope_of(sealed), sealed.service_key)
            message = unseal(incoming, *keys).message
        except Dm3Error:
            return None  # sealed for keys that are no longer held
        return message.content if message.link is None else None

    async def discard(self, message: str) -> None:
        """Throw away what is kept under the hash ``message``, or its beginning. Raises `NotFound`."""
        found = [entry for entry in await self._kept.all() if entry.hash.startswith(message)]
        if len(found) != 1:
            raise NotFound(f"{len(found)} kept messages have a hash that begins so", hint="dm3 unverified")
        await self._kept.remove(found[0])

    async def wake(self, sender: str) -> None:
        """Have everything that claims to be of ``sender`` looked at again with the next round."""
        now = self._context.seconds()
        for entry in await self._kept.all():
            if entry.sender == sender:
                await self._kept.change(entry, replace(entry, next_at=now))
