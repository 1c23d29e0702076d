"""Envelopes as they travel, and the postmark of the delivery service (specification 2.4)."""

from __future__ import annotations

from msgspec import Struct


class DeliveryInformation(Struct, frozen=True):
    """For whom and from whom, sealed for the delivery service."""

    to: str
    from_: str
    instruction: str | None = None


class Envelope(Struct, frozen=True, kw_only=True):
    """A sealed message with its metadata.

    ``message``, ``delivery_information`` and ``postmark`` are sealed texts (canonical JSON) and stay
    opaque until opened. ``signed_text`` is the canonical JSON of the metadata without its signature, as
    received; None when a reference delivery service replaced the sealed delivery information by an open
    one (``open_information``), which breaks that signature.
    """

    message: str
    delivery_information: str
    signature: str
    signed_text: str | None
    scheme: str | None
    version: str
    message_hash: str | None = None
    encrypted_message_hash: str | None = None
    postmark: str | None = None
    open_information: DeliveryInformation | None = None


class Postmark(Struct, frozen=True):
    """When the delivery service took the envelope in (milliseconds), signed by it.

    ``message_hash`` is the reference's hash over the sealed message text. ``signed_text`` is the
    canonical JSON without the signature, as received.
    """

    message_hash: str
    incoming_timestamp: int
    signature: str
    signed_text: str
    information: DeliveryInformation | None = None
