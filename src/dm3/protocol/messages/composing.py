"""Making messages and envelopes, and opening them (specification 2.4). No I/O, no clock."""

from __future__ import annotations

from msgspec import Struct

from dm3.base import canonical_json, read_json, sha256_hex
from dm3.base.errors import BadSignature, Dm3Error, RemoteProtocolError
from dm3.crypto import (
    SCHEME,
    ProfileKeys,
    RandomBytes,
    SigningPrivateKey,
    is_data_signed,
    is_hash_signed,
    sign,
)
from dm3.model import DeliveryInformation, Draft, Envelope, Message, Postmark, Profile
from dm3.wire import (
    ENVELOPE_VERSION,
    draft_json,
    information_from,
    information_json,
    metadata_json,
    open_text,
    read_message,
    read_postmark,
    seal_text,
    sealed_message_hash,
)


def compose(draft: Draft, key: SigningPrivateKey) -> Message:
    """Sign a draft with its sender's signing key."""
    members = draft_json(draft)
    signed_text = canonical_json(members)
    signature = sign(key, signed_text)
    members["signature"] = signature
    return Message(
        to=draft.to,
        from_=draft.from_,
        timestamp=draft.timestamp,
        type=draft.type,
        content=draft.content,
        attachments=draft.attachments or (),
        reference=draft.reference,
        reply_delivery_instruction=draft.reply_delivery_instruction,
        link=draft.link,
        signature=signature,
        signed_text=signed_text,
        text=canonical_json(members),
        public=draft.public,
    )


def envelop(
    message_text: str,
    *,
    receiver_key: bytes,
    service_key: bytes,
    information: DeliveryInformation,
    signing_key: SigningPrivateKey,
    random: RandomBytes,
    encrypted_hash: bool = False,
) -> Envelope:
    """Seal a message (its canonical JSON) for its receiver, and where it goes for the delivery service.

    ``receiver_key`` and ``service_key`` are public encryption keys (32 bytes). ``signing_key`` belongs to
    the profile that ``information`` names as sender, which for forwarded copies is not the message's.
    ``encrypted_hash``: with the hash of the sealed text in place of the message's, as npm 1.7.1 has it.
    """
    sealed_information = seal_text(canonical_json(information_json(information)), service_key, random)
    sealed = seal_text(message_text, receiver_key, random)
    told = sha256_hex(canonical_json(sealed)) if encrypted_hash else sha256_hex(message_text)
    signed_text = canonical_json(
        metadata_json(sealed_information, told, SCHEME, encrypted_hash=encrypted_hash)
    )
    return Envelope(
        message=sealed,
        delivery_information=sealed_information,
        signature=sign(signing_key, signed_text),
        signed_text=signed_text,
        scheme=SCHEME,
        version=ENVELOPE_VERSION,
        message_hash=None if encrypted_hash else told,
        encrypted_message_hash=told if encrypted_hash else None,
    )


class OpenedEnvelope(Struct, frozen=True):
    """What was in an envelope; ``postmark`` is None where none was put on or it cannot be opened."""

    message: Message
    postmark: Postmark | None


def open_envelope(envelope: Envelope, keys: ProfileKeys) -> OpenedEnvelope:
    """Open an envelope with its receiver's keys.

    Raises `MalformedData`, `InvalidName`, `CannotOpen`, or `BadSignature` when the envelope's hash is
    not that of its message. The message's own signature is checked by `check_message`, which needs its
    sender's profile.
    """
    if envelope.scheme not in (None, SCHEME):
        raise RemoteProtocolError(f"the encryption scheme {envelope.scheme[:40]!r} is not known here")
    text = open_text(envelope.message, keys, what="the sealed message")
    message = read_message(text)
    if envelope.message_hash is not None and envelope.message_hash != message.hash:
        raise BadSignature("the envelope names another message than it holds")
    # The npm build's hash covers the sealed text, which is itself a string, hence its JSON literal.
    if envelope.encrypted_message_hash not in (None, sha256_hex(canonical_json(envelope.message))):
        raise BadSignature("the envelope names another sealed message than it holds")
    return OpenedEnvelope(message, _open_postmark(envelope, keys))


def _open_postmark(envelope: Envelope, keys: ProfileKeys) -> Postmark | None:
    if envelope.postmark is None:
        return None
    try:
        return read_postmark(open_text(envelope.postmark, keys, what="the postmark"))
    except Dm3Error:
        return None  # a postmark is the delivery service's word, and not needed to read the message


def check_message(message: Message, sender: Profile) -> None:
    """Raise `BadSignature` unless ``sender`` signed the message."""
    if not is_data_signed(sender.signing_key, message.signed_text, message.signature):
        raise BadSignature(f"the message is not signed by the profile of {message.from_}")


def postmark_is_valid(postmark: Postmark, envelope: Envelope, service_key: bytes) -> bool:
    """Whether the delivery service with this signing key postmarked this envelope."""
    known = (sealed_message_hash(envelope.message), envelope.message_hash)
    return postmark.message_hash in known and is_hash_signed(
        service_key, postmark.signed_text, postmark.signature
    )


def open_information(envelope: Envelope, service_keys: ProfileKeys) -> DeliveryInformation:
    """Open the delivery information with the delivery service's keys.

    Raises `MalformedData`, `InvalidName` or `CannotOpen`.
    """
    text = open_text(envelope.delivery_information, service_keys, what="the delivery information")
    return information_from(read_json(text, what="the delivery information"))
