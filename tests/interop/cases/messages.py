"""messages.json: signed messages of every type of the reference."""

from __future__ import annotations

from typing import Any

from tests.interop.cases.actors import (
    NOW,
    Actor,
    actor,
    flipped_base64,
    hash_of,
    shortened_base64,
    signed,
    without,
)
from tests.interop.cases.document import Case, VectorFile
from tests.interop.reference_peer import ReferencePeer

Message = dict[str, Any]

REFERENCE_HASH = "0x" + "5e" * 32
ATTACHMENTS = [
    {"name": "note.txt", "data": "data:text/plain;base64,aGVsbG8="},
    {"data": "https://files.example/a.png"},
]


def messages(peer: ReferencePeer) -> VectorFile:
    alice, bob = actor(peer, "alice.eth"), actor(peer, "bob.eth")
    peer.call("setClock", milliseconds=NOW)
    good = {**_created(peer, alice, bob), **_composed(peer, alice, bob)}
    peer.call("setClock", milliseconds=None)
    cases: list[Case] = []
    for name, message in good.items():
        cases.append(
            {
                "name": name,
                "valid": True,
                "sender": alice.ens_name,
                "public_signing_key": alice.signing["publicKey"],
                "message": message,
                "message_hash": hash_of(peer, message),
                "reference_schema": peer.call("messageFitsSchema", message=message),
            }
        )
    capitals = {**cases[0], "name": "sender-in-capitals", "sender": "ALICE.eth"}
    cases.append(capitals)
    cases.extend(_faulty(peer, alice, bob, good["new"]))
    for case in cases:
        refused = peer.refuses(
            "checkMessageSignature",
            message=case["message"],
            publicSigningKey=case["public_signing_key"],
            ensName=case["sender"],
        )
        assert refused is not case["valid"], case["name"]
    return VectorFile(
        name="messages",
        section="2.4",
        description="Messages signed with Ed25519 over their canonical JSON without `signature`."
        " `sender` is the name the receiver expects in metadata.from; names are compared in"
        " normal form.",
        packages=("messaging",),
        cases=cases,
    )


def _created(peer: ReferencePeer, sender: Actor, receiver: Actor) -> dict[str, Message]:
    def make(op: str, **members: object) -> Message:
        message: Message = peer.call(
            op,
            to=receiver.ens_name,
            **{"from": sender.ens_name},
            privateKey=sender.signing["privateKey"],
            **members,
        )
        return message

    about = {"reference": REFERENCE_HASH}
    return {
        "new": make("createMessage", message="hello, bob"),
        "new-empty-text": make("createMessage", message=""),
        "new-other-letters": make("createMessage", message='Zoë said: "😀"\n\u2028\x7f\\'),
        "new-lone-surrogate": make("createMessage", message="a\ud800b"),
        "new-long": make("createMessage", message="0123456789" * 30),
        "new-with-attachments": make("createMessage", message="see these", attachments=ATTACHMENTS),
        "new-with-no-attachments": make("createMessage", message="none", attachments=[]),
        "edit": make("createEditMessage", message="hello, Bob", **about),
        "edit-with-attachments": make("createEditMessage", message="hello", attachments=ATTACHMENTS, **about),
        "reply": make("createReplyMessage", message="indeed", **about),
        "reaction": make("createReactionMessage", message="👍", **about),
        "delete-request": make("createDeleteRequestMessage", **about),
        "read-opened": make("createReadOpenMessage", message="READ_OPENED", **about),
        "read-received": make("createReadReceiveMessage", message="READ_RECEIVED", **about),
    }


def _composed(peer: ReferencePeer, sender: Actor, receiver: Actor) -> dict[str, Message]:
    """Messages the reference knows or verifies, but has no function to create."""

    def make(kind: str, **members: object) -> Message:
        metadata = {
            "to": receiver.ens_name,
            "from": sender.ens_name,
            "timestamp": NOW,
            "type": kind,
        }
        extra = members.pop("metadata", {})
        assert isinstance(extra, dict)
        return signed(peer, {**members, "metadata": {**metadata, **extra}}, sender.signing)

    return {
        "resend-request": make("RESEND_REQUEST", metadata={"referenceMessageHash": REFERENCE_HASH}),
        "reply-delivery-instruction": make(
            "NEW", message="hi", metadata={"replyDeliveryInstruction": "ds.eth"}
        ),
        "fractional-timestamp": make("NEW", message="hi", metadata={"timestamp": NOW + 0.5}),
        "unknown-type-is-signed-too": make("X_UNKNOWN", message="hi"),
        "unknown-members-are-signed-too": make(
            "NEW", message="hi", metadata={"later": {"z": 1.5, "a": None}}, extra=[True]
        ),
    }


def _faulty(peer: ReferencePeer, alice: Actor, bob: Actor, good: Message) -> list[Case]:
    metadata, signature = good["metadata"], good["signature"]
    right = alice.signing["publicKey"]

    def altered(**members: object) -> Message:
        return {**good, "metadata": {**metadata, **members}}

    faults: dict[str, tuple[str, str, str, Message]] = {
        "text-altered": ("bad-signature", "alice.eth", right, {**good, "message": "hello, bob."}),
        "receiver-altered": ("bad-signature", "alice.eth", right, altered(to="carol.eth")),
        "timestamp-altered": ("bad-signature", "alice.eth", right, altered(timestamp=NOW + 1)),
        "type-altered": ("bad-signature", "alice.eth", right, altered(type="EDIT")),
        "text-removed": ("bad-signature", "alice.eth", right, without(good, "message")),
        "attachment-added": (
            "bad-signature",
            "alice.eth",
            right,
            {**good, "attachments": ATTACHMENTS},
        ),
        "unknown-member-added": ("bad-signature", "alice.eth", right, {**good, "extra": 1}),
        "unknown-metadata-added": ("bad-signature", "alice.eth", right, altered(extra=1)),
        "signature-altered": (
            "bad-signature",
            "alice.eth",
            right,
            {**good, "signature": flipped_base64(signature, 10)},
        ),
        "signed-by-someone-else": (
            "wrong-key",
            "alice.eth",
            right,
            signed(peer, good, bob.signing),
        ),
        "checked-with-another-key": ("wrong-key", "alice.eth", bob.signing["publicKey"], good),
        "sender-is-not-from": ("wrong-sender", "carol.eth", right, good),
        "signature-truncated": (
            "malformed",
            "alice.eth",
            right,
            {**good, "signature": shortened_base64(signature)},
        ),
        "signature-missing": ("malformed", "alice.eth", right, without(good, "signature")),
        "metadata-missing": (
            "malformed",
            "alice.eth",
            right,
            signed(peer, without(good, "metadata"), alice.signing),
        ),
        "from-missing": (
            "malformed",
            "alice.eth",
            right,
            signed(peer, {**good, "metadata": without(metadata, "from")}, alice.signing),
        ),
    }
    return [
        {
            "name": name,
            "valid": False,
            "failure": failure,
            "sender": sender,
            "public_signing_key": key,
            "message": message,
        }
        for name, (failure, sender, key, message) in faults.items()
    ]
