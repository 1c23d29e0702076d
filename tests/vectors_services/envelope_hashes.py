"""envelope_hashes.json: the two hashes by which an envelope names its message."""

from __future__ import annotations

import json
from typing import Any, Final

from dm3.base import canonical_json, sha256_hex, to_base64
from dm3.crypto import sign
from dm3.model import DeliveryInformation, Draft, MessageType
from dm3.protocol.messages.composing import compose, envelop
from dm3.wire import envelope_text
from tests.unit.people import ALICE, BOB, SERVICE, stream
from tests.vectors_services.document import Case, VectorFile, bad, good

MESSAGE: Final = compose(
    Draft(to=BOB.name, from_=ALICE.name, timestamp=1_800_000_000_000, type=MessageType.NEW, content="hello"),
    ALICE.keys.signing_private,
).text


def envelope_hashes() -> VectorFile:
    """The file."""
    current, older = _envelope(), _envelope(encrypted_hash=True)
    of_message = sha256_hex(MESSAGE)
    of_sealed = sha256_hex(canonical_json(older["message"]))
    other = sha256_hex("another")
    return VectorFile(
        "envelope_hashes",
        "2.6",
        "An envelope to the profile of `receiver_seed`, rightly signed by `sender`: the hash that its"
        " metadata name it by (`expected.id`), which is `messageHash`, of the opened message, or"
        " `encryptedMessageHash`, of the canonical JSON of the sealed text; never both, never none.",
        [
            good("message-hash", **_given(current), expected={"id": of_message}),
            good("encrypted-message-hash", **_given(older), expected={"id": of_sealed}),
            bad("none", "malformed", **_given(_renamed(current))),
            bad(
                "both",
                "malformed",
                **_given(_renamed(current, messageHash=of_message, encryptedMessageHash=of_sealed)),
            ),
            bad("message-hash-of-another", "hash-mismatch", **_given(_renamed(current, messageHash=other))),
            bad(
                "encrypted-message-hash-of-another",
                "hash-mismatch",
                **_given(_renamed(older, encryptedMessageHash=other)),
            ),
            bad(
                "the-sealed-text-s-hash-as-the-message-s",
                "hash-mismatch",
                **_given(_renamed(older, messageHash=of_sealed)),
            ),
            bad(
                "the-message-s-hash-as-the-sealed-text-s",
                "hash-mismatch",
                **_given(_renamed(current, encryptedMessageHash=of_message)),
            ),
            bad(
                "of-the-sealed-text-without-quotes",
                "hash-mismatch",
                **_given(_renamed(older, encryptedMessageHash=sha256_hex(older["message"]))),
            ),
        ],
    )


def _envelope(*, encrypted_hash: bool = False) -> Any:
    """The envelope as it travels."""
    sealed = envelop(
        MESSAGE,
        receiver_key=BOB.keys.encryption_public,
        service_key=SERVICE.keys.encryption_public,
        information=DeliveryInformation(BOB.name, ALICE.name),
        signing_key=ALICE.keys.signing_private,
        random=stream("vectors/services/envelope_hashes"),
        encrypted_hash=encrypted_hash,
    )
    return json.loads(envelope_text(sealed))


def _renamed(envelope: Any, **hashes: str) -> Any:
    """The same with these hashes instead, signed again."""
    told = {key: value for key, value in envelope["metadata"].items() if not key.endswith("Hash")}
    del told["signature"]
    metadata = {**told, **hashes}
    signature = sign(ALICE.keys.signing_private, canonical_json(metadata))
    return {**envelope, "metadata": {**metadata, "signature": signature}}


def _given(envelope: Any) -> Case:
    return {
        "sender": {"public_signing_key": to_base64(ALICE.keys.signing_public)},
        "receiver_seed": to_base64(BOB.keys.seed.reveal()),
        "envelope": envelope,
    }
