"""Which parts of an envelope the reference's own functions find faulty.

The published packages never check metadata and postmark as a whole, so the checks are put together
here from their primitives; the generator insists that a negative vector has one faulty part.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.interop.cases.actors import canonical, hash_of, without
from tests.interop.cases.document import Case
from tests.interop.reference_peer import ReferencePeer, ReferenceRefused

Check = Callable[[ReferencePeer, Case], bool]


def faulty_parts(peer: ReferencePeer, case: Case) -> list[str]:
    """The names of the parts that do not hold, in the order of `CHECKS`."""
    return [part for part, check in CHECKS.items() if not _holds(check, peer, case)]


def _holds(check: Check, peer: ReferencePeer, case: Case) -> bool:
    try:
        return check(peer, case)
    except (ReferenceRefused, KeyError, ValueError):
        return False


def _opened(peer: ReferencePeer, key_pair: dict[str, str], text: str) -> Any:
    payload = json.loads(text)
    return json.loads(peer.call("decryptAsymmetric", keyPair=key_pair, payload=payload))


def _message(peer: ReferencePeer, case: Case) -> bool:
    message = _opened(peer, case["receiver"]["encryption"], case["envelope"]["message"])
    if case["valid"] and message != case["expected"]["message"]:
        return False
    valid: bool = peer.call(
        "checkMessageSignature",
        message=message,
        publicSigningKey=case["sender"]["public_signing_key"],
        ensName=case["sender"]["ens_name"],
    )
    return valid


def _delivery_information(peer: ReferencePeer, case: Case) -> bool:
    information = peer.call(
        "decryptDeliveryInformation",
        envelop=case["envelope"],
        keyPair=case["delivery_service"]["encryption"],
    )
    return not case["valid"] or information == case["expected"]["delivery_information"]


def _metadata(peer: ReferencePeer, case: Case) -> bool:
    metadata = case["envelope"]["metadata"]
    if "messageHash" in metadata:
        message = _opened(peer, case["receiver"]["encryption"], case["envelope"]["message"])
        if metadata["messageHash"] != hash_of(peer, message):
            return False
    elif metadata["encryptedMessageHash"] != hash_of(peer, case["envelope"]["message"]):
        return False
    valid: bool = peer.call(
        "checkSignature",
        publicKey=case["sender"]["public_signing_key"],
        text=canonical(peer, without(metadata, "signature")),
        signature=metadata["signature"],
    )
    return valid


def _postmark(peer: ReferencePeer, case: Case) -> bool:
    envelope = case["envelope"]
    if "postmark" not in envelope:
        return True
    postmark = _opened(peer, case["receiver"]["encryption"], envelope["postmark"])
    stamped = peer.call("hashMessage", text=canonical(peer, envelope["message"]))
    if postmark["messageHash"] != stamped:
        return False
    valid: bool = peer.call(
        "checkSignature",
        publicKey=case["delivery_service"]["public_signing_key"],
        text=hash_of(peer, without(postmark, "signature")),
        signature=postmark["signature"],
    )
    return valid


CHECKS: dict[str, Check] = {
    "message": _message,
    "delivery_information": _delivery_information,
    "metadata": _metadata,
    "postmark": _postmark,
}
