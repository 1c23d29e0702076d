"""Opening an envelope, verifying who wrote the message in it, and telling for whom it is."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from dm3.base import one_spelling
from dm3.base.errors import BadSignature, CannotOpen, CannotTell, Dm3Error, MalformedData, NotAuthentic
from dm3.crypto import ProfileKeys
from dm3.model import Envelope, Message
from dm3.net import Directory
from dm3.protocol.messages import OpenedEnvelope, check_message, open_envelope, postmark_is_valid
from dm3.protocol.names import ResolvedProfile

from ..state.records import Direction
from . import seen_profiles
from .mailbox import ReceivedEnvelope
from .seen_profiles import SeesProfiles

CLOCKS_DIFFER: Final = 86_400_000
"""How far ahead of ours another clock may be, in milliseconds; messages are never from further ahead."""


class NotVerifiable(NotAuthentic):
    """The sender of this message cannot be verified."""

    code = "not-verifiable"
    hint = "Do not take it for a message of that name. It is kept: dm3 unverified"

    def __init__(self, detail: str = "", *, reason: str = "not-verifiable") -> None:
        """``reason``: the code of why that is so, such as `EARLIER_KEYS`."""
        super().__init__(detail)
        self.reason = reason


class SenderUnknownNow(CannotTell):
    """The sender of this message cannot be looked up now."""

    code = "sender-unknown-now"
    hint = "The message is kept, and its sender looked up again."


class Ownership(StrEnum):
    """Whose message it is, seen from the mailbox in which it lay."""

    TO_US = "to-us"
    FROM_US = "from-us"
    OF_LINKED = "of-linked"


class OpenedMessage(Struct, frozen=True):
    """An opened message; ``at`` is its time in milliseconds, the delivery service's where it has one.

    ``carrier`` is who handed it in, as the delivery service saw it; None where it does not say. ``sender``
    is the profile with which it was verified; None before that.
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


def unseal(incoming: ReceivedEnvelope, *keys: ProfileKeys) -> OpenedMessage:
    """Open an envelope with the first of ``keys`` that fits; nobody is asked who wrote it.

    Raises `MalformedData`, `InvalidName`, `CannotOpen` or `BadSignature`.
    """
    if incoming.envelope is None:
        raise MalformedData("the delivery service sent something that is not an envelope")
    opened = _open(incoming.envelope, keys)
    postmark = opened.postmark
    if postmark is not None and postmark_is_valid(postmark, incoming.envelope, incoming.service_key):
        information = postmark.information
        carrier = information.from_ if information else None
        return OpenedMessage(opened.message, postmark.incoming_timestamp, carrier)
    return OpenedMessage(opened.message, opened.message.timestamp)


def _open(envelope: Envelope, keys: tuple[ProfileKeys, ...]) -> OpenedEnvelope:
    *earlier, last = keys
    for candidate in earlier:
        try:
            return open_envelope(envelope, candidate)
        except CannotOpen:
            continue
    return open_envelope(envelope, last)


async def verified(context: SeesProfiles, opened: OpenedMessage) -> OpenedMessage:
    """``opened`` with the profile by whose key its message is signed (specification 4).

    Raises `SenderUnknownNow` when nobody can tell now, `NotVerifiable` when it is said that there is no such
    profile or when it is signed with earlier keys, and `BadSignature`.
    """
    return replace(opened, sender=await verify_sender(context, opened.message))


async def verify_sender(context: SeesProfiles, message: Message) -> ResolvedProfile:
    """Check the message's signature against its sender's profile; a stale one is looked up again.

    Returns the profile whose key it is. Raises as `verified`.
    """
    sender = await _profile(context.directory, message.from_, fresh=False)
    if sender is None or not is_signed_by(message, sender):
        sender = await _profile(context.directory, message.from_, fresh=True)
    if sender is None:
        raise NotVerifiable(f"{message.from_} has no profile that can be verified", reason="no-profile")
    if not is_signed_by(message, sender):
        if await seen_profiles.signed_earlier(context.vault, message):
            raise NotVerifiable(
                f"it is signed with earlier keys of {message.from_}", reason=seen_profiles.EARLIER_KEYS
            )
        check_message(message, sender.signed.profile)
    if not await seen_profiles.is_in_force(context, sender):
        raise NotVerifiable(
            f"it is signed with earlier keys of {message.from_}, which are served again",
            reason=seen_profiles.EARLIER_KEYS,
        )
    return sender


def is_signed_by(message: Message, sender: ResolvedProfile) -> bool:
    """Whether the key of this profile has signed the message."""
    try:
        check_message(message, sender.signed.profile)
    except BadSignature:
        return False
    return True


async def _profile(directory: Directory, name: str, *, fresh: bool) -> ResolvedProfile | None:
    """The profile of ``name``; None where it is said that there is none, or none that can be verified."""
    try:
        return await directory.profile(name, fresh=fresh)
    except Dm3Error as error:
        if error.definite:
            return None
        raise SenderUnknownNow(str(error)) from None


def ownership_of(
    message: Message, own: tuple[str, ...], linked: tuple[str, ...] = ()
) -> tuple[Ownership, str, Direction]:
    """Whose conversation a message belongs to: (place, profile name, direction).

    ``own`` are the names of the mailbox's profile, ``linked`` those of profiles linked to it. Raises
    `MalformedData` for a message between others.
    """
    if one_spelling(message.to) in map(one_spelling, own) and message.from_ not in own:
        return Ownership.TO_US, own[0], Direction.IN
    if message.from_ in own:
        return Ownership.FROM_US, own[0], Direction.OUT
    if message.from_ in linked:
        return Ownership.OF_LINKED, message.from_, Direction.OUT
    if message.to in linked:
        return Ownership.OF_LINKED, message.to, Direction.IN
    raise MalformedData(f"the message is for {message.to}, not for {own[0]}")
