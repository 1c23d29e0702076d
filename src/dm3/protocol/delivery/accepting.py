"""What a delivery service does with a submitted envelope, decided without any I/O (specification 2.4).

`accept` is a generator: it yields a question (who is the receiver, what is the sender's key, is there
room for one more) and is sent the answer; what it returns is to be stored. `dm3.delivery` answers.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from enum import StrEnum
from typing import Any, Final

from msgspec import Struct

from dm3.base import REQUEST_SIGNS, canonical_json, is_below, read_json, sha256_hex, to_base64
from dm3.base.errors import Dm3Error, InvalidInput, MalformedData, NotFound, TooLarge, Unreachable
from dm3.crypto import SCHEME, ProfileKeys, RandomBytes, is_data_signed
from dm3.model import DeliveryInformation, Envelope
from dm3.wire import (
    ENVELOPE_VERSION,
    envelope_from,
    envelope_id,
    information_from,
    open_text,
)

from .postmark import sealed_postmark
from .rpc_refusals import LimitExceeded, RpcCode, RpcRefusal

SCHEMES: Final = (SCHEME,)
"""The encryption schemes that a delivery service can open."""

_HASH = re.compile(r"0x[0-9a-fA-F]{64}")


class UnknownSenders(StrEnum):
    """What to do with envelopes of a sender who cannot be resolved."""

    ACCEPT = "accept"
    REFUSE = "refuse"


class SenderRefused(RpcRefusal):
    """The message was rejected: its sender cannot be verified or is not admitted."""

    code = "sender-refused"
    rpc_code = RpcCode.REJECTED
    hint = "Check that the sender's published profile holds the key that signed the envelope."


class Spam(RpcRefusal):
    """The message was taken for spam."""

    code = "spam"
    rpc_code = RpcCode.SPAM
    hint = "The operator of this delivery service does not take messages from this sender."


class UnknownReceiver(NotFound):
    """The receiver has no mailbox at this delivery service."""

    code = "unknown-receiver"
    hint = "Resolve the receiver's profile again and use a delivery service that it lists."


class UnknownSender(StrEnum):
    """Why there is no key for a sender."""

    MISSING = "missing"
    UNREACHABLE = "unreachable"


class Receiver(Struct, frozen=True):
    """A mailbox as accepting needs it: its id, the receiver's encryption key, the profile it is from.

    ``name`` is the receiver's name as it was registered.
    """

    mailbox: str
    encryption_key: bytes
    profile_hash: str
    name: str


class ReceiverQuestion(Struct, frozen=True):
    """Whose mailbox is ``name``? Answer: `Receiver` or None."""

    name: str


class SenderQuestion(Struct, frozen=True):
    """What is the signing key of ``name``; ``fresh``: not from a cache. Answer: bytes or `UnknownSender`."""

    name: str
    fresh: bool = False


class RoomQuestion(Struct, frozen=True):
    """May ``sender`` (None: not verified) put one more into ``mailbox`` now? Answer: bool."""

    mailbox: str
    sender: str | None


Question = ReceiverQuestion | SenderQuestion | RoomQuestion


class AcceptingRules(Struct, frozen=True):
    """What the operator decides: ``size_limit`` in bytes; names whose messages (and those below) are spam."""

    size_limit: int
    unknown_senders: UnknownSenders = UnknownSenders.ACCEPT
    blocked_senders: tuple[str, ...] = ()


class Accepted(Struct, frozen=True):
    """An envelope that is to be stored: ``envelope`` is its JSON text, postmark included.

    ``hash`` is what the submitter calls the message's hash. With ``origin`` (64 hex digits), which nobody
    else can have, it says which submissions are the same.
    """

    receiver: Receiver
    name: str
    hash: str
    origin: str
    envelope: str


class _Submission(Struct, frozen=True):
    value: dict[str, Any]
    envelope: Envelope
    hash: str


def accept(
    given: Any,
    rules: AcceptingRules,
    keys: ProfileKeys,
    *,
    at_most: int,
    now_ms: int,
    random: RandomBytes,
) -> Generator[Question, Any, Accepted]:
    """Check the envelope ``given`` (JSON text or object) and stamp it for its receiver.

    ``at_most`` bounds its size in bytes from above (the body it came in); ``now_ms`` is the time of its
    arrival. Raises `TooLarge`, `MalformedData`, `InvalidInput`, `CannotOpen`, `UnknownReceiver`,
    `SenderRefused`, `Spam`, `LimitExceeded`, or `Unreachable` when the sender cannot be verified now.
    """
    submission = _read(given, rules.size_limit, at_most)
    information = _open(submission.envelope, keys)
    if any(is_below(information.from_, blocked) for blocked in rules.blocked_senders):
        raise Spam("the sender is on this service's block list")
    receiver: Receiver | None = yield ReceiverQuestion(information.to)
    if receiver is None:
        raise UnknownReceiver(information.to)
    key = yield from _verify(submission.envelope, information.from_, rules.unknown_senders)
    if not (yield RoomQuestion(receiver.mailbox, None if key is None else information.from_)):
        raise LimitExceeded("too many messages in a short time")
    sealed = sealed_postmark(
        submission.envelope.message,
        information,
        keys,
        receiver_key=receiver.encryption_key,
        time_ms=now_ms,
        random=random,
    )
    # The members as they came, not as we understood them: the sender's signature is over those.
    stored = {**submission.value, "postmark": sealed}
    origin = _origin(submission.envelope, key)
    return Accepted(receiver, receiver.name, submission.hash, origin, canonical_json(stored))


def _read(given: Any, size_limit: int, at_most: int) -> _Submission:
    value = given
    if isinstance(given, str):
        if len(given) > size_limit or (at_most > size_limit and _bytes(given) > size_limit):
            raise TooLarge(f"the envelope has more than {size_limit} bytes")
        value = read_json(given, what="the envelope", max_signs=REQUEST_SIGNS)
    elif at_most > size_limit and _bytes(canonical_json(given)) > size_limit:
        raise TooLarge(f"the envelope has more than {size_limit} bytes")
    envelope = envelope_from(value)
    if envelope.signed_text is None:
        raise InvalidInput("the delivery information must be sealed for this delivery service")
    if envelope.version != ENVELOPE_VERSION:
        raise InvalidInput(f"envelopes of version {envelope.version!a} are not known here")
    if envelope.scheme is not None and envelope.scheme not in SCHEMES:
        raise InvalidInput(
            f"the encryption scheme {envelope.scheme[:60]!a} is not known here",
            hint="Use " + " or ".join(SCHEMES) + ".",
        )
    found = envelope_id(envelope)
    if not _HASH.fullmatch(found):
        raise MalformedData("the envelope's message hash is not 0x and 64 hex digits")
    return _Submission(value, envelope, found.lower())


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _open(envelope: Envelope, keys: ProfileKeys) -> DeliveryInformation:
    what = "the delivery information"
    text = open_text(envelope.delivery_information, keys, what=what)
    return information_from(read_json(text, what=what, max_signs=REQUEST_SIGNS))


def _origin(envelope: Envelope, key: bytes | None) -> str:
    """Whose message it is: of the profile with this ``key``, or of a stranger, whose every seal is another.

    The hash alone is only claimed: whoever knew it beforehand could block the message that it is of. A
    sender who tries again may seal anew.
    """
    told = f"stranger:{envelope.message}" if key is None else f"key:{to_base64(key)}"
    return sha256_hex(told).removeprefix("0x")


def _verify(
    envelope: Envelope, sender: str, unknown: UnknownSenders
) -> Generator[Question, Any, bytes | None]:
    """The key by which the sender is verified, None for a stranger; raises when it is to be refused.

    A key that does not fit is looked up once more, past the cache: the sender may have new keys.
    """
    for fresh in (False, True):
        key: bytes | UnknownSender = yield SenderQuestion(sender, fresh)
        if isinstance(key, bytes):
            if is_data_signed(key, envelope.signed_text or "", envelope.signature):
                return key
        elif fresh and key is UnknownSender.UNREACHABLE:
            raise _later(sender)
        elif unknown is UnknownSenders.ACCEPT:
            return None
        elif key is UnknownSender.UNREACHABLE:
            raise _later(sender)
        else:
            raise SenderRefused(f"{sender} has no profile, and this service wants to know its senders")
    raise SenderRefused(f"the envelope is not signed by {sender}")


def _later(sender: str) -> Dm3Error:
    return Unreachable(f"{sender} cannot be resolved at the moment", hint="Try again in a few minutes.")
