"""envelopes.json: a LINK in its envelope, tampered with at each layer."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from dm3.base import canonical_json, sha256_hex, to_base64
from dm3.crypto import sign
from dm3.model import DeliveryInformation
from dm3.protocol.messages.composing import envelop
from dm3.wire import envelope_text
from tests.unit.linking.scene import LSP, MAIN, MALLORY, Ask, everybody
from tests.unit.people import SERVICE, Person, stream
from tests.vectors_linking.document import Case, VectorFile, world_json


def envelopes() -> VectorFile:
    """The file."""
    message = Ask().message().text
    forged = replace(Ask(), signs_as=MALLORY).message().text
    good = _sealed(message)
    cut, turned, renamed = (json.loads(json.dumps(good)) for _ in range(3))
    sealed = json.loads(good["message"])
    cut["message"] = canonical_json({**sealed, "ciphertext": _flipped(sealed["ciphertext"])})
    turned["message"] = canonical_json({**sealed, "nonce": "0x" + "00" * 12})
    metadata = {**good["metadata"], "messageHash": sha256_hex("another")}
    del metadata["signature"]
    signature = sign(LSP.keys.signing_private, canonical_json(metadata))
    renamed["metadata"] = {**metadata, "signature": signature}
    return VectorFile(
        "envelopes",
        "3.3",
        "A LINK in its envelope, for the receiver whose profile has `receiver_seed`: open it, and verify the"
        " message against the profile of its sender in `names`. The envelope's own signature is for the"
        " delivery service to check (vectors/base/envelopes.json).",
        [
            _case("sealed", good, message=json.loads(message)),
            _case("ciphertext-tampered-with", cut, failure="cannot-open"),
            _case("aead-nonce-tampered-with", turned, failure="cannot-open"),
            _case("sealed-for-somebody-else", _sealed(message, receiver=MALLORY), failure="cannot-open"),
            _case("hash-of-another-message", renamed, failure="bad-signature"),
            _case("message-signed-by-somebody-else", _sealed(forged), failure="bad-signature"),
        ],
    )


def _sealed(text: str, receiver: Person = MAIN) -> Any:
    envelope = envelop(
        text,
        receiver_key=receiver.keys.encryption_public,
        service_key=SERVICE.keys.encryption_public,
        information=DeliveryInformation(MAIN.name, LSP.name),
        signing_key=LSP.keys.signing_private,
        random=stream("vectors/linking/envelopes"),
    )
    return json.loads(envelope_text(envelope))


def _flipped(ciphertext: str) -> str:
    return ("B" if ciphertext[0] == "A" else "A") + ciphertext[1:]


def _case(name: str, envelope: Any, *, message: Any = None, failure: str | None = None) -> Case:
    case = {
        "name": name,
        "receiver_seed": to_base64(MAIN.keys.seed.reveal()),
        **world_json(everybody(), mentioned_in=LSP.name),
        "envelope": envelope,
    }
    if failure is not None:
        return {**case, "valid": False, "failure": failure}
    return {**case, "valid": True, "expected": {"message": message}}
