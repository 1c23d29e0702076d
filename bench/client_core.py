"""The client core: making one message ready to send, and opening one that came."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

from msgspec import structs
from nacl import bindings as sodium

from dm3.crypto import Entropy, ProfileKeys, seed_from
from dm3.model import DeliveryInformation, Draft, Profile
from dm3.protocol.delivery import sealed_postmark
from dm3.protocol.messages.composing import (
    check_message,
    compose,
    envelop,
    open_envelope,
    postmark_is_valid,
)
from dm3.wire import envelope_text, read_envelope
from dm3.wire.sealed import read_sealed

from .measuring import Measurement, rates
from .reference import ReferenceRates

CONTENT: Final = ("It is a truth universally acknowledged, that a message must be in want. " * 15)[:1024]
PADDING: Final = 2048
NOW: Final = 1_704_164_645_678

_INFORMATION: Final = DeliveryInformation("bob.eth", "alice.eth")


def _keys() -> ProfileKeys:
    return ProfileKeys.from_seed(seed_from(Entropy(os.urandom(32))))


class _Scene:
    """Alice writes to Bob by way of a delivery service; one envelope of it lies ready to be opened."""

    def __init__(self) -> None:
        self.alice, self.bob, self.service = _keys(), _keys(), _keys()
        self.sender = Profile(self.alice.signing_public, self.alice.encryption_public, ("ds.eth",))
        envelope = read_envelope(self.create())
        postmark = sealed_postmark(
            envelope.message,
            _INFORMATION,
            self.service,
            time_ms=NOW,
            receiver_key=self.bob.encryption_public,
            random=os.urandom,
        )
        self.arrived = envelope_text(structs.replace(envelope, postmark=postmark))

    def create(self) -> str:
        """Draft, sign, seal, envelop, write."""
        draft = Draft(to="bob.eth", from_="alice.eth", timestamp=NOW, content=CONTENT)
        message = compose(draft, self.alice.signing_private)
        envelope = envelop(
            message.text,
            receiver_key=self.bob.encryption_public,
            service_key=self.service.encryption_public,
            information=_INFORMATION,
            signing_key=self.alice.signing_private,
            random=os.urandom,
        )
        return envelope_text(envelope)

    def open(self) -> None:
        """Read, open message and postmark, verify the sender's signature."""
        opened = open_envelope(read_envelope(self.arrived), self.bob)
        check_message(opened.message, self.sender)
        assert opened.postmark is not None

    def open_checking_postmark(self) -> None:
        """The same, and verify the delivery service's signature."""
        envelope = read_envelope(self.arrived)
        opened = open_envelope(envelope, self.bob)
        check_message(opened.message, self.sender)
        assert opened.postmark is not None
        assert postmark_is_valid(opened.postmark, envelope, self.service.signing_public)

    def bare_create(self) -> Callable[[], object]:
        """The libsodium work of `create` and nothing else: two seals, two signatures."""
        envelope = read_envelope(self.create())
        opened = open_envelope(envelope, self.bob)
        assert envelope.signed_text is not None
        signed = (opened.message.signed_text.encode(), envelope.signed_text.encode())
        sealed = ((opened.message.text.encode(), self.bob), (b"x" * 40, self.service))
        private = self.alice.signing_private.reveal()

        def work() -> None:
            for plain, receiver in sealed:
                pair = sodium.crypto_kx_seed_keypair(os.urandom(32))
                _, key = sodium.crypto_kx_client_session_keys(*pair, receiver.encryption_public)
                padded = sodium.sodium_pad(plain, PADDING)
                sodium.crypto_aead_chacha20poly1305_ietf_encrypt(padded, None, os.urandom(12), key)
            for text in signed:
                sodium.crypto_sign(text, private)

        return work

    def bare_open(self, signatures: int) -> Callable[[], object]:
        """The libsodium work of opening and nothing else: two boxes, and 1 or 2 signatures verified."""
        envelope = read_envelope(self.arrived)
        assert envelope.postmark is not None
        boxes = [read_sealed(text) for text in (envelope.message, envelope.postmark)]
        opened = open_envelope(envelope, self.bob)
        signed = [
            (sodium.crypto_sign(text, keys.signing_private.reveal()), keys.signing_public)
            for text, keys in (
                (opened.message.signed_text.encode(), self.alice),
                (b"0x" + b"a" * 64, self.service),
            )
        ][:signatures]
        public, private = self.bob.encryption_public, self.bob.encryption_private.reveal()

        def work() -> None:
            for box in boxes:
                key, _ = sodium.crypto_kx_server_session_keys(public, private, box.ephemeral_public_key)
                padded = sodium.crypto_aead_chacha20poly1305_ietf_decrypt(
                    box.ciphertext, None, box.nonce, key
                )
                sodium.sodium_unpad(padded, PADDING)
            for text, signer in signed:
                sodium.crypto_sign_open(text, signer)

        return work


def create_message(seconds: float, reference: ReferenceRates | None) -> Measurement:
    """Create, seal and sign one message of 1 KB."""
    scene = _Scene()
    ours, limit = rates([scene.create, scene.bare_create()], seconds)
    return Measurement(
        work="create + seal + sign one 1 KB message",
        ours=ours,
        limit=limit,
        reference=reference.create if reference else None,
        aim_times_reference=3,
        aim_part_of_limit=0.75,
    )


def open_message(seconds: float, reference: ReferenceRates | None) -> Measurement:
    """Open an envelope with its postmark and verify the message, as the reference's client does."""
    scene = _Scene()
    ours, limit = rates([scene.open, scene.bare_open(1)], seconds)
    return Measurement(
        work="open envelope (message + postmark), verify the message",
        ours=ours,
        limit=limit,
        reference=reference.open if reference else None,
        aim_times_reference=3,
        aim_part_of_limit=0.65,
    )


def open_and_check_postmark(seconds: float, reference: ReferenceRates | None) -> Measurement:
    """Open an envelope with its postmark and verify both, as our client does."""
    scene = _Scene()
    ours, limit = rates([scene.open_checking_postmark, scene.bare_open(2)], seconds)
    return Measurement(
        work="open envelope (message + postmark), verify both",
        ours=ours,
        limit=limit,
        reference=reference.open_both if reference else None,
        aim_times_reference=3,
        aim_part_of_limit=0.65,
    )
