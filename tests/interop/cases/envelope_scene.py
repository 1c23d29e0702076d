"""Alice writes to Bob by way of a delivery service: the pieces the envelope cases are made of."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.interop.cases.actors import Actor, actor, canonical, hash_of, signed, without
from tests.interop.cases.document import Case
from tests.interop.reference_peer import ReferencePeer

Envelope = dict[str, Any]
Change = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Scene:
    """Alice writes to Bob by way of a delivery service."""

    peer: ReferencePeer
    alice: Actor
    bob: Actor
    service: Actor
    mallory: Actor

    @classmethod
    def staged(cls, peer: ReferencePeer) -> Scene:
        names = ("alice.eth", "bob.eth", "ds.eth", "mallory.eth")
        return cls(peer, *(actor(peer, name) for name in names))

    def message(self, text: str) -> dict[str, Any]:
        message: dict[str, Any] = self.peer.call(
            "createMessage",
            to=self.bob.ens_name,
            **{"from": self.alice.ens_name},
            message=text,
            privateKey=self.alice.signing["privateKey"],
        )
        return message

    def built(self, message: dict[str, Any]) -> Envelope:
        built = self.peer.call(
            "buildEnvelop",
            message=message,
            to={"ensName": "bob.eth", "profile": self.bob.reference_profile("ds.eth")},
            **{"from": {"ensName": "alice.eth", "profile": self.alice.reference_profile()}},
            deliveryServiceProfile={
                **without(self.service.reference_profile(), "deliveryServices"),
                "url": "https://ds.example",
            },
            keys=self.alice.reference_keys,
        )
        envelope: Envelope = built["encryptedEnvelop"]
        return envelope

    def postmarked(self, envelope: Envelope) -> Envelope:
        handled = self.peer.call(
            "handleMessageOnDeliveryService",
            envelop=envelope,
            deliveryServiceKeys=self.service.reference_keys,
            receiverProfile=self.bob.reference_profile("ds.eth"),
        )
        stamped: Envelope = handled["encryptedEnvelop"]
        return stamped

    def case(
        self,
        name: str,
        envelope: Envelope,
        message: dict[str, Any],
        delivery_information: dict[str, str] | None = None,
    ) -> Case:
        expected: dict[str, Any] = {
            "message": message,
            "delivery_information": delivery_information
            or {"to": self.bob.ens_name, "from": self.alice.ens_name},
        }
        if "postmark" in envelope:
            expected["postmark"] = self.postmark_of(envelope)
        return {
            "name": name,
            "valid": True,
            **self.people(),
            "envelope": envelope,
            "reference_schema": self.peer.call("envelopFitsSchema", envelop=envelope),
            "expected": expected,
        }

    def people(self) -> dict[str, Any]:
        return {
            "sender": {
                "ens_name": self.alice.ens_name,
                "public_signing_key": self.alice.signing["publicKey"],
            },
            "receiver": {"ens_name": self.bob.ens_name, "encryption": self.bob.encryption},
            "delivery_service": {
                "ens_name": self.service.ens_name,
                "encryption": self.service.encryption,
                "public_signing_key": self.service.signing["publicKey"],
            },
        }

    def fault(self, name: str, part: str, failure: str, envelope: Envelope) -> Case:
        return {
            "name": name,
            "valid": False,
            "part": part,
            "failure": failure,
            **self.people(),
            "envelope": envelope,
        }

    def seal(self, receiver: Actor, value: dict[str, Any]) -> str:
        sealed = self.peer.call(
            "encryptAsymmetric",
            publicKey=receiver.encryption["publicKey"],
            text=canonical(self.peer, value),
        )
        return canonical(self.peer, sealed)

    def for_service(self, information: dict[str, str]) -> str:
        return self.seal(self.service, information)

    def changed_text(self, text: str, change: Change) -> str:
        return canonical(self.peer, change(json.loads(text)))

    def with_metadata(self, envelope: Envelope, **members: object) -> Envelope:
        metadata = {**envelope["metadata"], **members}
        return {**envelope, "metadata": signed(self.peer, metadata, self.alice.signing)}

    def with_message(self, envelope: Envelope, text: str) -> Envelope:
        changed = self.with_metadata(envelope, encryptedMessageHash=hash_of(self.peer, text))
        return {**changed, "message": text}

    def with_message_hash(self, envelope: Envelope, value: str) -> Envelope:
        metadata = without(envelope["metadata"], "encryptedMessageHash")
        return self.with_metadata({**envelope, "metadata": metadata}, messageHash=value)

    def postmark_of(self, envelope: Envelope) -> dict[str, Any]:
        opened = self.peer.call("decryptEnvelop", envelop=envelope, keyPair=self.bob.encryption)
        postmark: dict[str, Any] = opened["postmark"]
        return postmark

    def stamp(self, postmark: dict[str, Any], service: Actor, *, hashed: bool = True) -> dict[str, Any]:
        """`postmark` signed again, over the hash of its text as the reference does, or not."""
        bare = without(postmark, "signature")
        text = hash_of(self.peer, bare) if hashed else canonical(self.peer, bare)
        signature = self.peer.call("sign", privateKey=service.signing["privateKey"], text=text)
        return {**bare, "signature": signature}
