"""Whether a domain's gateways answer as its resolver contract will believe."""

from __future__ import annotations

from collections.abc import Generator
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from dm3.base import to_hex
from dm3.base.errors import BadSignature, Dm3Error, MalformedData
from dm3.crypto import recover_digest
from dm3.model import RecordKey
from dm3.protocol.wallets import ChainQuestion

from .names import namehash
from .offchain import GatewayQuestion, OffchainLookup, gateway_request, read_reply
from .records import RESOLVE, RESOLVE_WITH_CONTEXT, TextCall, encode_call
from .resolver_contracts import Trust, believes, lookup_of
from .signing import ExpiredAnswer, Scheme, answer_digest, read_answer

SetupQuestion = ChainQuestion | GatewayQuestion

SCHEMES: Final = {RESOLVE: Scheme.OFFCHAIN_RESOLVER, RESOLVE_WITH_CONTEXT: Scheme.ERC3668_RESOLVER}


class GatewayFailed(MalformedData):
    """The gateway does not answer as the contract needs it."""

    code = "gateway-failed"


def is_near(url: str) -> bool:
    """Whether a gateway is on this machine or a private network, so that ENS clients elsewhere miss it."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or host.endswith(".localhost") or not ip_address(host).is_global
    except ValueError:  # a name
        return False


def find_lookup(resolver: str, name: str) -> Generator[SetupQuestion, Any, OffchainLookup]:
    """Where ``resolver`` sends whoever looks for the delivery service called ``name``."""
    call = encode_call(TextCall(namehash(name), RecordKey.DELIVERY_SERVICE))
    return (yield from lookup_of(resolver, name, call))


def check_answers(
    lookup: OffchainLookup, trust: Trust | None, domain: str, now: float
) -> Generator[SetupQuestion, Any, str]:
    """Ask every gateway of ``lookup``, and check its answer as the contract would at ``now``.

    Returns a sentence. Raises `GatewayFailed` for the first that is away or not believed.
    """
    told = []
    for url in lookup.urls:
        try:
            reply = yield GatewayQuestion(gateway_request(lookup, url))
            answer = read_reply(reply)
        except Dm3Error as error:
            raise GatewayFailed(
                f"{url}: {error}",
                hint=f"Check that the resolver runs with --domain {domain} and --resolver-contract "
                f"{domain}={lookup.sender}, and is reached under that URL.",
            ) from None
        told.append((yield from _check_answer(lookup, answer, trust, url, domain, now)))
    return "; ".join(told)


def _check_answer(
    lookup: OffchainLookup, data: bytes, trust: Trust | None, url: str, domain: str, now: float
) -> Generator[SetupQuestion, Any, str]:
    scheme = SCHEMES.get(lookup.call_data[:4])
    if trust is None or scheme is None:
        return f"{url} answers; whom the contract believes is not known"
    try:
        answer = read_answer(data)
        digest = answer_digest(scheme, trust.target, answer.expires, lookup.call_data, answer.result)
        signer = recover_digest(digest, to_hex(answer.signature))
    except (MalformedData, BadSignature) as error:
        raise GatewayFailed(f"{url} gives no signed answer ({error})") from None
    if not (yield from believes(trust.verifier, signer)):
        raise GatewayFailed(
            f"what {url} signs is not by a signer that the contract believes, or for another target",
            hint=f"Start the resolver with --resolver-contract {domain}={trust.target} and, as "
            "--ccip-signer-file, the key of a signer that the contract believes.",
        )
    if answer.expires < now:
        raise ExpiredAnswer(f"{url} gave one that expired {now - answer.expires:.0f} seconds ago")
    return f"{url} answers, signed by {signer}, valid for {answer.expires - now:.0f} seconds"
