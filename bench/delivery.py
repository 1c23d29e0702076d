"""The delivery service over HTTP: taking envelopes in, each verified, stamped and stored.

The server has one core for itself and a database on disk. Every envelope is another one, every sender is
verified against a published profile, and every answer comes after the commit.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from nacl import bindings as sodium

from dm3.base import canonical_json
from dm3.crypto import Entropy, ProfileKeys, seed_from
from dm3.hosting.service_keys import load_service_keys
from dm3.model import DeliveryInformation, Draft
from dm3.protocol.messages.composing import compose, envelop
from dm3.wire import envelope_text
from dm3.wire.sealed import read_sealed

from .client_core import CONTENT, NOW, PADDING
from .http_load import load, request_bytes, server_process
from .measuring import Measurement, rates
from .people import PEOPLE, Person, make_people, register
from .reference import ReferenceRates

PROCESS: Final = "bench.delivery_process"
AIM: Final = 3_000
PREPARED_PER_SECOND: Final = 3 * AIM // 2
"""How many envelopes are prepared for each second of measuring."""
FEWEST: Final = 2 * PEOPLE


def _submissions(people: list[Person], service_key: bytes, count: int) -> Iterator[bytes]:
    """Requests with envelopes from one to the other."""
    for number in range(count):
        sender, receiver = people[number % PEOPLE], people[(number * 7 + 1) % PEOPLE]
        draft = Draft(to=receiver.name, from_=sender.name, timestamp=NOW + number, content=CONTENT)
        envelope = envelop(
            compose(draft, sender.keys.signing_private).text,
            receiver_key=receiver.keys.encryption_public,
            service_key=service_key,
            information=DeliveryInformation(receiver.name, sender.name),
            signing_key=sender.keys.signing_private,
            random=os.urandom,
        )
        params = [envelope_text(envelope)]
        call = {"jsonrpc": "2.0", "id": number, "method": "dm3_submitMessage", "params": params}
        yield request_bytes("POST", "/rpc", canonical_json(call).encode("ascii"))


def _bare_acceptance() -> Callable[[], object]:
    """The libsodium work of one acceptance and nothing else: one box opened, one sealed, two signatures."""
    sender, service, receiver = (ProfileKeys.from_seed(seed_from(Entropy(os.urandom(32)))) for _ in range(3))
    envelope = envelop(
        CONTENT,
        receiver_key=receiver.encryption_public,
        service_key=service.encryption_public,
        information=DeliveryInformation("b.eth", "a.eth"),
        signing_key=sender.signing_private,
        random=os.urandom,
    )
    box = read_sealed(envelope.delivery_information)
    public, private = service.encryption_public, service.encryption_private.reveal()
    signed = sodium.crypto_sign(b"x" * len(envelope.signed_text or ""), sender.signing_private.reveal())
    signing = service.signing_private.reveal()

    def work() -> None:
        key, _ = sodium.crypto_kx_server_session_keys(public, private, box.ephemeral_public_key)
        padded = sodium.crypto_aead_chacha20poly1305_ietf_decrypt(box.ciphertext, None, box.nonce, key)
        sodium.sodium_unpad(padded, PADDING)
        sodium.crypto_sign_open(signed, sender.signing_public)
        sodium.crypto_sign(b"0x" + b"a" * 64, signing)
        pair = sodium.crypto_kx_seed_keypair(os.urandom(32))
        _, key = sodium.crypto_kx_client_session_keys(*pair, receiver.encryption_public)
        padded = sodium.sodium_pad(b"x" * 500, PADDING)
        sodium.crypto_aead_chacha20poly1305_ietf_encrypt(padded, None, os.urandom(12), key)

    return work


def accepted(seconds: float, _: ReferenceRates | None) -> Measurement:
    """Take in one envelope: open where it goes, verify its sender, stamp it, store it durably."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        people = make_people(folder, PEOPLE)
        keys = asyncio.run(load_service_keys(folder))
        count = max(FEWEST, int(PREPARED_PER_SECOND * seconds)) + PEOPLE
        requests = iter(list(_submissions(people, keys.encryption_public, count)))
        with server_process(PROCESS, str(folder)) as server:
            asyncio.run(register(server.url, people))
            load(server.url, islice(requests, PEOPLE), 60)  # everybody's profile has been looked up then
            measured = load(server.url, requests, seconds)
            memory = server.memory()
    (limit,) = rates([_bare_acceptance()], min(seconds, 1))
    return Measurement(
        work="delivery service: accept one envelope, durably",
        ours=measured.rate,
        aim=AIM,
        limit=limit,
        p50=measured.p50,
        p99=measured.p99,
        memory=memory,
    )
