"""A delivery service's postmark: when a message came and what was checked (specification 2.4)."""

from __future__ import annotations

from dm3.base import canonical_json, sha256_hex
from dm3.crypto import ProfileKeys, RandomBytes, sign
from dm3.model import DeliveryInformation
from dm3.wire import postmark_json, seal_text, sealed_message_hash


def sealed_postmark(
    message: str,
    information: DeliveryInformation,
    keys: ProfileKeys,
    *,
    receiver_key: bytes,
    time_ms: int,
    random: RandomBytes,
) -> str:
    """The delivery service's postmark on a sealed message, sealed for the receiver."""
    unsigned = postmark_json(sealed_message_hash(message), time_ms, information)
    # What is signed is the hash as text, not the JSON: so the reference does it (specification 2.4).
    signature = sign(keys.signing_private, sha256_hex(canonical_json(unsigned)))
    return seal_text(canonical_json({**unsigned, "signature": signature}), receiver_key, random)
