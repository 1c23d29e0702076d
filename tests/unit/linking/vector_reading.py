"""The cases of `vectors/linking/` as our own records, and what our code makes of each.

Nothing here knows how the cases were made: this is what a second implementation has to write, too.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from msgspec.structs import replace

from dm3.base import canonical_json, from_base64, from_hex
from dm3.base.errors import Dm3Error
from dm3.crypto import ProfileKeys, Seed, WalletKey, parse_pairing_code
from dm3.model import LinkKind, LinkMessage, LinkPayload, Message
from dm3.protocol.linking import (
    Asked,
    Decision,
    Disclosure,
    Effect,
    Link,
    LinkPolicy,
    LinkRefused,
    LinkState,
    MainProfile,
    OutgoingLink,
    OutgoingLinkState,
    PairingOffer,
    PairingProofs,
    Recovery,
    RecoveryMode,
    RecoveryState,
    Request,
    RequestState,
    Waiting,
    WhoMayAsk,
    check_request,
    decide,
    named_payloads,
    parse_link_message,
    reject,
)
from dm3.wire import read_message
from tests.unit.linking.scene import World

Case = dict[str, Any]

LINKING: Final = Path(__file__).parents[3] / "vectors" / "linking"


@cache
def vector_file(name: str) -> Case:
    """One file of ``vectors/linking``, without ``.json``."""
    content: Case = json.loads((LINKING / f"{name}.json").read_text(encoding="ascii"))
    return content


def cases(file: str, *, valid: bool) -> list[Any]:
    """The good or the faulty cases of ``file``, one test parameter each."""
    found = [case for case in vector_file(file)["cases"] if case["valid"] is valid]
    assert found, f"{file} has no such case"
    return [pytest.param(case, id=case["name"]) for case in found]


def failure_of(error: Dm3Error) -> str:
    """The failure class that the vectors name for an error of ours."""
    return error.reason if isinstance(error, LinkRefused) else error.code


def world_of(case: Case) -> World:
    """Whoever answers what the checks ask."""
    world = World()
    for name, found in case["names"].items():
        if found["address"] is not None:
            world.addresses[name] = found["address"]
        for key, text in found["texts"].items():
            world.texts[name, key] = text
    for address, accepted in case.get("contract_wallets", {}).items():
        world.contracts[address] = {(pair["text"], pair["signature"]) for pair in accepted}
    for used in case.get("used_nonces", ()):
        world.used[used["owner"], used["nonce"]] = used["message_hash"]
    return world


def message_of(case: Case) -> Message:
    """The message as it was sealed."""
    return read_message(canonical_json(case["message"]))


def policy_of(value: Case) -> LinkPolicy:
    """The user's rules."""
    enumerated = {
        "who_may_ask": WhoMayAsk(value["who_may_ask"]),
        "recovery": RecoveryMode(value["recovery"]),
    }
    return LinkPolicy(**{**value, **enumerated})


def main_of(value: Case) -> MainProfile:
    """The main profile that is asked."""
    shown = value.get("pairing")
    offer = None
    if shown is not None:
        offer = PairingOffer(
            code=parse_pairing_code(shown["code"]), until=shown["until"], wrong=shown["wrong"]
        )
    return MainProfile(tuple(value["names"]), value["owner"], offer)


def link_message_of(value: Case) -> LinkMessage:
    """What a Link Message says."""
    parts = {key: part for key, part in value.items() if key != "bound"}
    return LinkMessage(**{**parts, "kind": parts["kind"] and LinkKind(parts["kind"])})


def link_of(value: Case | None) -> Link | None:
    """A link that is held."""
    if value is None:
        return None
    parts = dict(value)
    switch, uncovered = parts.pop("recovery", None), parts.pop("uncovered", False)
    seed, wallet = parts.pop("profile_private_key"), parts.pop("wallet_private_key")
    return Link(
        **{**parts, "state": LinkState(parts["state"]), "recoveries": tuple(parts["recoveries"])},
        vocabulary="LINK",
        profile_key=Seed(from_base64(seed)) if seed else None,
        wallet_key=WalletKey(from_hex(wallet)) if wallet else None,
        recovery=RecoveryMode(switch) if switch else None,
        uncovered=uncovered,
    )


def asking_of(value: Case | None) -> OutgoingLink | None:
    """What a linked profile remembers."""
    if value is None:
        return None
    earlier = tuple(Asked(**{**asked, **_pairing_of(asked)}) for asked in value["earlier"])
    parts = {"state": OutgoingLinkState(value["state"]), "earlier": earlier, **_pairing_of(value)}
    return OutgoingLink(**{**value, **parts})


def recovery_of(value: Case) -> Recovery:
    """What a recovering device remembers."""
    return Recovery(**{**value, "state": RecoveryState(value["state"]), **_pairing_of(value)})


def _pairing_of(value: Case) -> Case:
    proofs = value.get("pairing")
    return {} if proofs is None else {"pairing": PairingProofs(**proofs)}


def disclosure_of(value: Case | None) -> Disclosure | None:
    """What opens a private record."""
    return None if value is None else Disclosure(**value)


def keys_of(seed: str) -> ProfileKeys:
    """The keys of a published seed."""
    return ProfileKeys.from_seed(Seed(from_base64(seed)))


def decided(case: Case) -> tuple[Any, Decision]:
    """The checked request of a case of requests.json and the main profile's decision on it."""
    policy, now = policy_of(case["policy"]), case["now"]
    main = main_of(case["main"])
    link = link_of(case["link"])
    message = message_of(case)
    if message.link is not None:
        # The older vocabularies do not say which profile's keys are asked for: the one linked from the page.
        [payload] = named_payloads(message.link, [link] if link else [])
        message = replace(message, link=payload)
    checked = world_of(case).conclude(check_request(message, main, link, policy, now))
    held = _held_request(case["request_state"], case)
    return checked, decide(checked, held, link, Waiting(**case["waiting"]), policy, now)


def outcome_of(decision: Decision, held: Link | None) -> str:
    """What the decision comes to, in the words of the vectors."""
    if Effect.ASK_USER in decision.effects:
        return "pending"
    if Effect.SEND_KEYS in decision.effects:
        return "recovered"
    return "renewed" if held is not None and held.state is LinkState.LINKED else "keys-taken"


def _held_request(state: str, case: Case) -> Request | None:
    """Some request of the same profile, owner and page in the given state."""
    if state == RequestState.NONE:
        return None
    payload = message_of(case).link
    assert payload is not None
    waiting = _waiting(payload, case["main"]["owner"], case["now"])
    said = parse_link_message(payload.link_message)
    waiting = replace(waiting, owner=said.owner or waiting.owner, uri=said.uri)
    return waiting if state == RequestState.PENDING else reject(waiting, None).request


def waiting_request(link_message: str | None) -> Request | None:
    """A request that was made with this Link Message and waits."""
    if link_message is None:
        return None
    payload = LinkPayload(
        kind=LinkKind.REQUEST,
        profile_name="",
        profile_hash="",
        valid_until=0,
        link_message=link_message,
        signature="",
    )
    return _waiting(payload, owner="", now=0)


def _waiting(payload: LinkPayload, owner: str, now: int) -> Request:
    return Request(
        state=RequestState.PENDING,
        profile_name=payload.profile_name,
        payload=payload,
        main_name="",
        owner=owner,
        own_wallet=True,
        bound=True,
        uri="",
        nonce="",
        reply_to="",
        reply_hash="",
        message_hash="",
        received_at=now,
        expires_at=now + 60,
    )
