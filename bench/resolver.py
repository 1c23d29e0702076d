"""The resolver over HTTP: signed answers to ENS clients, and claims of address names.

The server has one core for itself and a database on disk; every answer is signed anew, every claim is
answered after its commit.
"""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Callable, Iterator
from typing import Final

from msgspec import Struct

from dm3.base import address_name, canonical_json
from dm3.base.encoding import to_hex
from dm3.crypto import Entropy, KeyWallet, ProfileKeys, WalletKey, personal_hash, seed_from
from dm3.crypto.ethereum import recover_digest
from dm3.model import Profile, RecordKey
from dm3.protocol.ens import ResolveRequest, Scheme, TextCall, encode_call, encode_resolve, namehash
from dm3.wire import profile_message, with_signature

from .http_load import load, request_bytes, server_process
from .measuring import Measurement, rates
from .reference import ReferenceRates
from .resolver_process import CONTRACT, DOMAIN

PROCESS: Final = "bench.resolver_process"
NAMES: Final = 500
AIM_ANSWERS: Final = 3_000
AIM_CLAIMS: Final = 1_500
CLAIMS_PER_SECOND: Final = 3 * AIM_CLAIMS
"""How many are prepared for each second of measuring."""
FEWEST_CLAIMS: Final = 100


class _Claim(Struct, frozen=True):
    """A claim ready to be sent, and the name that it is for."""

    name: str
    request: bytes


def _claims(count: int) -> list[_Claim]:
    """Claims of ``count`` wallets for a profile each."""
    keys = ProfileKeys.from_seed(seed_from(Entropy(os.urandom(32))))
    profile = Profile(keys.signing_public, keys.encryption_public, ("ds.bench.eth",))
    unsigned = with_signature(profile, "0x").profile_text
    found = []
    for _ in range(count):
        wallet = KeyWallet(WalletKey(os.urandom(32)))
        signature = wallet.sign_now(profile_message(unsigned, wallet.address))
        signed = with_signature(profile, signature).text
        address = canonical_json(wallet.address)
        body = f'{{"address":{address},"signedUserProfile":{signed},"subdomain":"addr.{DOMAIN}"}}'
        request = request_bytes("POST", "/profile/address", body.encode("ascii"))
        found.append(_Claim(address_name(wallet.address, DOMAIN), request))
    return found


def _question(name: str) -> bytes:
    call = encode_call(TextCall(namehash(name), RecordKey.PROFILE))
    data = encode_resolve(ResolveRequest(Scheme.OFFCHAIN_RESOLVER, name, call))
    return request_bytes("GET", f"/{CONTRACT}/{to_hex(data)}.json")


def _bare_signature() -> Callable[[], object]:
    wallet = KeyWallet(WalletKey(os.urandom(32)))
    return lambda: wallet.sign_digest(b"\x01" * 32)


def _bare_recovery() -> Callable[[], object]:
    digest = personal_hash("a profile")
    signature = KeyWallet(WalletKey(os.urandom(32))).sign_digest(digest)
    return lambda: recover_digest(digest, signature)


def signed_answers(seconds: float, _: ReferenceRates | None) -> Measurement:
    """Answer an ENS client's question for a profile, signed."""
    claims = _claims(NAMES)
    questions = [_question(claim.name) for claim in claims]
    with tempfile.TemporaryDirectory() as folder, server_process(PROCESS, folder) as server:
        load(server.url, (claim.request for claim in claims), 60)
        measured = load(server.url, itertools.cycle(questions), seconds)
    (limit,) = rates([_bare_signature()], min(seconds, 1))
    return Measurement(
        work="resolver: CCIP answer, signed",
        ours=measured.rate,
        aim=AIM_ANSWERS,
        limit=limit,
        p50=measured.p50,
        p99=measured.p99,
    )


def address_claims(seconds: float, _: ReferenceRates | None) -> Measurement:
    """Take in a claim for an address name, durably."""
    claims: Iterator[_Claim] = iter(_claims(max(FEWEST_CLAIMS, int(CLAIMS_PER_SECOND * seconds))))
    with tempfile.TemporaryDirectory() as folder, server_process(PROCESS, folder) as server:
        load(server.url, (claim.request for claim in itertools.islice(claims, FEWEST_CLAIMS // 2)), 60)
        measured = load(server.url, (claim.request for claim in claims), seconds)
    (limit,) = rates([_bare_recovery()], min(seconds, 1))
    return Measurement(
        work="resolver: claim, durable",
        ours=measured.rate,
        aim=AIM_CLAIMS,
        limit=limit,
        p50=measured.p50,
        p99=measured.p99,
    )
