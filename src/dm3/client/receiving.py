"""Taking an envelope in: opened, verified, and told for whom it is."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct

from dm3.base import whole_characters
from dm3.base.errors import (
    BadSignature,
    CannotOpen,
    Dm3Error,
    MalformedData,
    NotFound,
    ServiceRefused,
    StoreError,
    Unreachable,
)
from dm3.crypto import ProfileKeys
from dm3.model import Envelope, Message
from dm3.protocol.composing import OpenedEnvelope, check_message, open_envelope, postmark_is_valid
from dm3.protocol.linking import LinkRefused
from dm3.protocol.resolving import ResolvedProfile
from dm3.store.vault import Conflict

from .context import Context
from .mailboxes import Incoming, refusal_key
from .records import REFUSED, Direction, RefusedMessage

CLOCKS_DIFFER: Final = 86_400_000
"""How far ahead of ours another clock may be, in milliseconds; messages are never from further ahead."""
TOO_MANY: Final = 429
"""Where looking a sender up is answered so or worse, it may be answered otherwise the next time."""


class Place(StrEnum):
    """Whose message it is, seen from the mailbox in which it lay."""

    TO_US = "to-us"
    FROM_US = "from-us"
    OF_LINKED = "of-linked"


class Opened(Struct, frozen=True):
    """A verified message; ``at`` is its time in milliseconds, the delivery service's where it has one.

    ``carrier`` is who handed it in, as the delivery service saw it; None where it does not say. ``sender``
    is the profile with which it was verified.
    """

    message: Message
    at: int
    carrier: str | None = None
    sender: ResolvedProfile | None = None

    def is_copy(self, direction: Direction, own: tuple[str, ...]) -> bool:
        """Whether one of our own profiles forwarded it, rather than its author sending it here."""
        forwarded = self.carrier in own and self.message.from_ not in own
        return direction is Direction.OUT or forwarded

    def time(self, copied: bool, now: int) -> int:
        """The time to order by, in milliseconds.

        A copy's postmark tells when it was forwarded, which may be much later. A time that cannot be – a
        service's clock is wrong, or it says anything – is brought to where it can.
        """
        at = min(self.message.timestamp, self.at) if copied else self.at
        return max(0, min(at, now + CLOCKS_DIFFER))


async def open_incoming(context: Context, incoming: Incoming, *keys: ProfileKeys) -> Opened:
    """Open an envelope with the first of ``keys`` that fits, and verify who wrote the message.

    Raises `Unreachable` when its sender cannot be looked up now, and another `Dm3Error` when the message
    is not to be believed.
    """
    if incoming.envelope is None:
        raise MalformedData("the delivery service sent something that is not an envelope")
    opened = _open(incoming.envelope, keys)
    sender = await verify_sender(context, opened.message)
    postmark = opened.postmark
    if postmark is not None and postmark_is_valid(postmark, incoming.envelope, incoming.service_key):
        information = postmark.information
        carrier = information.from_ if information else None
        return Opened(opened.message, postmark.incoming_timestamp, carrier, sender)
    return Opened(opened.message, opened.message.timestamp, None, sender)


def _open(envelope: Envelope, keys: tuple[ProfileKeys, ...]) -> OpenedEnvelope:
    *earlier, last = keys
    for candidate in earlier:
        try:
            return open_envelope(envelope, candidate)
        except CannotOpen:
            continue
    return open_envelope(envelope, last)


async def verify_sender(context: Context, message: Message) -> ResolvedProfile:
    """Check the message's signature against its sender's profile; a stale one is looked up again.

    Returns the profile whose key it is. Raises `BadSignature`, `NotFound`, `MalformedData` or `Unreachable`.
    """
    try:
        sender = await context.directory.profile(message.from_)
        check_message(message, sender.signed.profile)
    except (BadSignature, NotFound):
        sender = await context.directory.profile(message.from_, fresh=True)
        check_message(message, sender.signed.profile)
    return sender


def place_of(
    message: Message, own: tuple[str, ...], linked: tuple[str, ...] = ()
) -> tuple[Place, str, Direction]:
    """Whose conversation a message belongs to: (place, profile name, direction).

    ``own`` are the names of the mailbox's profile, ``linked`` those of profiles linked to it. Raises
    `MalformedData` for a message between others.
    """
    if message.to in own and message.from_ not in own:
        return Place.TO_US, own[0], Direction.IN
    if message.from_ in own:
        return Place.FROM_US, own[0], Direction.OUT
    if message.from_ in linked:
        return Place.OF_LINKED, message.from_, Direction.OUT
    if message.to in linked:
        return Place.OF_LINKED, message.to, Direction.IN
    raise MalformedData(f"the message is for {message.to}, not for {own[0]}")


async def note_refusal(
    context: Context, account: str, incoming: Incoming, error: Dm3Error, message: Message | None = None
) -> None:
    """Keep the reason why a message was not taken in, so that nothing disappears silently."""
    if isinstance(error, Unreachable | StoreError | Conflict):
        raise error  # no fault of the message: the delivery service keeps it until the next time
    if isinstance(error, ServiceRefused) and error.status >= TOO_MANY:
        raise Unreachable(str(error))
    refused = RefusedMessage(
        account=account,
        hash=incoming.hash,
        sender=message.from_ if message else "",
        type=whole_characters(message.type) if message else "",
        reason=error.reason if isinstance(error, LinkRefused) else error.code,
        sentence=whole_characters(str(error)),
        at=context.seconds(),
    )
    await context.vault.put(REFUSED, refusal_key(account, incoming, error), refused, section=account)
