"""The delivery service over HTTP: taking envelopes in, each verified, stamped and stored (quality.md 1).

The server has one core for itself and a database on disk. Every envelope is another one, every sender is
verified against a published profile, and every answer comes after the commit.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final

import httpx
from msgspec import Struct
from nacl import bindings as sodium

from dm3.base import address_name, canonical_json, read_json
from dm3.crypto import Entropy, KeyWallet, ProfileKeys, WalletKey, seed_from
from dm3.hosting.service_keys import load_service_keys
from dm3.model import DeliveryInformation, Draft, Profile, RecordKey, SignedProfile
from dm3.net.delivery_client import DeliveryClient
from dm3.protocol.composing import compose, envelop
from dm3.wire import data_uri, envelope_text, profile_message, with_signature
from dm3.wire.sealed import read_sealed

from .client_core import CONTENT, NOW, PADDING
from .delivery_process import NAMES, SERVICE
from .http_load import load, request_bytes, server_process
from .measuring import Measurement, rates
from .reference import ReferenceRates

PROCESS: Final = "bench.delivery_process"
PEOPLE: Final = 64
AIM: Final = 3_000
PREPARED_PER_SECOND: Final = 3 * AIM // 2
"""How many envelopes are prepared for each second of measuring."""
FEWEST: Final = 2 * PEOPLE


class _Person(Struct, frozen=True):
    """Somebody with a profile and a name."""

    name: str
    address: str
    keys: ProfileKeys
    signed: SignedProfile


def _person() -> _Person:
    wallet = KeyWallet(WalletKey(os.urandom(32)))
    keys = ProfileKeys.from_seed(seed_from(Entropy(os.urandom(32))))
    profile = Profile(keys.signing_public, keys.encryption_public, (SERVICE,))
    text = with_signature(profile, "0x").profile_text
    signed = with_signature(profile, wallet.sign_now(profile_message(text, wallet.address)))
    return _Person(address_name(wallet.address, "bench.eth"), wallet.address, keys, signed)


def _names(people: list[_Person]) -> str:
    return json.dumps(
        {
            person.name: {
                "address": person.address,
                "texts": {RecordKey.PROFILE: data_uri(read_json(person.signed.text))},
            }
            for person in people
        }
    )


def _submissions(people: list[_Person], service_key: bytes, count: int) -> Iterator[bytes]:
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


async def _register(url: str, people: list[_Person]) -> None:
    async with httpx.AsyncClient() as http:
        client = DeliveryClient(http, url)
        for person in people:
            await client.register(person.name, person.signed)


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
    people = [_person() for _ in range(PEOPLE)]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / NAMES).write_text(_names(people), encoding="utf-8")
        keys = asyncio.run(load_service_keys(folder))
        count = max(FEWEST, int(PREPARED_PER_SECOND * seconds)) + PEOPLE
        requests = iter(list(_submissions(people, keys.encryption_public, count)))
        with server_process(PROCESS, str(folder)) as url:
            asyncio.run(_register(url, people))
            load(url, islice(requests, PEOPLE), 60)  # everybody's profile has been looked up then
            measured = load(url, requests, seconds)
    (limit,) = rates([_bare_acceptance()], min(seconds, 1))
    return Measurement(
        work="delivery service: accept one envelope, durably",
        ours=measured.rate,
        aim=AIM,
        limit=limit,
        p99=measured.p99,
    )
