"""Envelopes, delivery information and postmarks as JSON (specification 2.4, 2.6)."""

from __future__ import annotations

from typing import Any

from dm3.base import UNDEFINED, Members, canonical_json, normalize, read_json, to_hex
from dm3.base.errors import MalformedData
from dm3.crypto import personal_hash
from dm3.model import DeliveryInformation, Envelope, Postmark

from .dialects import POSTMARK_TIMES

ENVELOPE_VERSION = "v1"

_METADATA = (
    "deliveryInformation",
    "encryptedMessageHash",
    "encryptionScheme",
    "messageHash",
    "signature",
    "version",
)


def metadata_json(
    delivery_information: str, message_hash: str, scheme: str, *, encrypted_hash: bool = False
) -> dict[str, Any]:
    """The envelope metadata that the sender signs: the current reference's members, no others.

    With ``encrypted_hash`` those of npm 1.7.1, whose hash is of the sealed text.
    """
    return {
        "deliveryInformation": delivery_information,
        "encryptionScheme": scheme,
        "encryptedMessageHash" if encrypted_hash else "messageHash": message_hash,
        "version": ENVELOPE_VERSION,
    }


def envelope_text(envelope: Envelope) -> str:
    """Write an envelope as JSON text."""
    metadata = {
        "deliveryInformation": envelope.delivery_information,
        "encryptedMessageHash": _or_undefined(envelope.encrypted_message_hash),
        "encryptionScheme": _or_undefined(envelope.scheme),
        "messageHash": _or_undefined(envelope.message_hash),
        "signature": envelope.signature,
        "version": envelope.version,
    }
    members = {
        "message": envelope.message,
        "metadata": metadata,
        "postmark": _or_undefined(envelope.postmark),
    }
    return canonical_json(members)


def _or_undefined(value: str | None) -> Any:
    return UNDEFINED if value is None else value


def envelope_from(value: Any) -> Envelope:
    """Read an envelope from a JSON value (specification 2.4).

    Unknown members are refused, as the reference does, and exactly one of the two hashes must be there.
    Raises `MalformedData`; opens and verifies nothing.
    """
    members = Members(value, "the envelope")
    members.only("message", "metadata", "postmark")
    metadata = members.object("metadata")
    metadata.only(*_METADATA)
    raw = metadata.raw()
    # Signed as null and written again as absent, a member would break the sender's signature.
    if None in raw.values():
        raise MalformedData("the envelope's metadata has a member that is null")
    information = raw.get("deliveryInformation")
    opened = information_from(information) if isinstance(information, dict) else None
    message_hash = metadata.optional_text("messageHash", max_length=100)
    encrypted_hash = metadata.optional_text("encryptedMessageHash", max_length=100)
    if (message_hash is None) == (encrypted_hash is None):
        raise MalformedData("the envelope needs either messageHash or encryptedMessageHash")
    signed = {key: item for key, item in raw.items() if key != "signature"}
    return Envelope(
        message=members.text("message"),
        delivery_information="" if opened else metadata.text("deliveryInformation"),
        signature=metadata.text("signature", max_length=1000),
        signed_text=None if opened else canonical_json(signed),
        scheme=metadata.optional_text("encryptionScheme", max_length=100),
        version=metadata.text("version", max_length=20),
        message_hash=message_hash,
        encrypted_message_hash=encrypted_hash,
        postmark=members.optional_text("postmark"),
        open_information=opened,
    )


def read_envelope(text: str | bytes) -> Envelope:
    """Read an envelope from JSON text. Raises `MalformedData` or `TooLarge`."""
    return envelope_from(read_json(text, what="the envelope"))


def envelope_id(envelope: Envelope) -> str:
    """The hash by which the envelope is stored, acknowledged and recognised when it comes twice."""
    return envelope.message_hash or envelope.encrypted_message_hash or ""


def information_json(information: DeliveryInformation) -> dict[str, Any]:
    """Delivery information as JSON members."""
    members: dict[str, Any] = {"to": information.to, "from": information.from_}
    if information.instruction is not None:
        members["deliveryInstruction"] = information.instruction
    return members


def information_from(value: Any) -> DeliveryInformation:
    """Read delivery information. Raises `MalformedData` or `InvalidName`."""
    members = Members(value, "the delivery information")
    return DeliveryInformation(
        normalize(members.text("to")),
        normalize(members.text("from")),
        members.optional_text("deliveryInstruction", max_length=10_000),
    )


def sealed_message_hash(sealed: str) -> str:
    """The reference's postmark hash: EIP-191 over the sealed text as a JSON string literal."""
    return to_hex(personal_hash(canonical_json(sealed)))


def postmark_json(message_hash: str, time_ms: int, information: DeliveryInformation) -> dict[str, Any]:
    """The unsigned postmark; its time in both spellings (specification 2.6)."""
    return {
        "messageHash": message_hash,
        **dict.fromkeys(POSTMARK_TIMES, time_ms),
        "deliveryInformation": information_json(information),
    }


def read_postmark(text: str) -> Postmark:
    """Read an opened postmark in either spelling. Raises `MalformedData`; verifies nothing."""
    value = read_json(text, what="the postmark")
    members = Members(value, "the postmark")
    time = next((name for name in POSTMARK_TIMES if name in value), POSTMARK_TIMES[0])
    information = members.optional_object("deliveryInformation")
    return Postmark(
        members.text("messageHash", max_length=100),
        members.whole(time),
        members.text("signature", max_length=1000),
        canonical_json({key: item for key, item in value.items() if key != "signature"}),
        information_from(information.raw()) if information else None,
    )
