"""decisions.json: what the user's word on a request that waits leads to."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

from dm3.base import canonical_json, sha256_hex, to_base64
from dm3.crypto import sign
from dm3.model import LinkKind
from dm3.protocol.linking import LinkPolicy, LinkState, RecoveryMode, WhoMayAsk, pairing_proofs
from tests.unit.linking.scene import (
    DAY,
    KEY_NONCE,
    LSP,
    LSP_SEED,
    MAIN,
    MALLORY,
    NOW,
    TERM,
    Ask,
    held_link,
    pair,
    pair_again,
    recover,
)
from tests.vectors_linking.document import Case, VectorFile, link_json
from tests.vectors_linking.requests import BARE, NOTHING, OLDER, good

END: Final = NOW - 60 + TERM
LATER: Final = NOW + 600


def decisions() -> VectorFile:
    """The file."""
    always = LinkPolicy(recovery=RecoveryMode.ASK)
    week = LinkPolicy(term_limit=7 * DAY)
    random_wallet = Ask().carries(wallet_key=LSP.wallet.key)
    older = held_link(profile_hash=sha256_hex("older profile"), owner=MALLORY.wallet.address)
    linked, with_keys = ["send-accept", "join-mailbox"], ["send-keys", "forward-held", "notify-of-recovery"]
    recovery, again = recover(policy=always), pair_again()
    foreign = replace(pair(code=None), policy=LinkPolicy(who_may_ask=WhoMayAsk.ANYONE))
    return VectorFile(
        "decisions",
        "3.3",
        "The user decides at `decided_at` on the request that `message` has become (all as in requests.json,"
        " where it is `pending`); `link_then` is the link that is held by then. `main_seed` makes the main"
        " profile's keys. `expected.acceptance` is the member `link` (in older words, 3.7: `LSP`) of the"
        " acceptance (`expected.type`) that goes to `expected.to`, sealed for nobody but the profile that"
        " asked; `expected.code` is what LINK_REJECT says of a request that was"
        " rejected, null where the asker is told nothing.",
        [
            _approved("approved", Ask(), linked, END),
            _approved("approved-for-less", Ask(), linked, NOW + DAY, valid_until=NOW + DAY),
            _approved("never-longer-than-asked", Ask(), linked, END, valid_until=END + DAY),
            _approved("never-longer-than-the-limit", replace(Ask(), policy=week), linked, LATER + 7 * DAY),
            _approved("without-an-end", Ask().says(expires_at=None).carries(valid_until=END), linked, END),
            _approved(
                "for-longer-than-signed", Ask().says(expires_at=LATER).carries(valid_until=END), linked, END
            ),
            _approved("with-the-wallet-s-key", random_wallet, linked, END),
            _approved("without-keys", Ask().carries(**BARE), ["send-accept"], END, state="awaiting-keys"),
            _approved(
                "change-without-keys-keeps-those-held",
                replace(Ask().carries(**BARE).says(uri="https://new.example"), link=held_link()),
                ["send-accept"],
                END,
            ),
            _approved("a-changed-profile-drops-older-keys", replace(Ask(), link=older), linked, END),
            _approved(
                "a-changed-profile-without-keys-drops-older-ones",
                replace(Ask().carries(**BARE), link=older),
                ["send-accept"],
                END,
                state="awaiting-keys",
            ),
            _approved("recovery", recovery, with_keys, NOW + DAY, to=recovery.sender.name),
            _approved("paired", pair(), ["send-accept"], END, state="awaiting-keys"),
            _approved("paired-recovery", again, with_keys, NOW + DAY, to=again.sender.name),
            *[
                _approved(
                    f"{page}-approved",
                    Ask().says(**NOTHING).carries(vocabulary=word),
                    linked,
                    NOW + LinkPolicy().term_limit,
                )
                for page, word in OLDER.items()
            ],
            *[
                _approved(
                    f"{page}-recovery",
                    recover().says(**NOTHING).carries(vocabulary=word),
                    with_keys,
                    NOW + DAY,
                    to=recovery.sender.name,
                )
                for page, word in OLDER.items()
            ],
            _rejected("rejected", Ask(), told=True),
            _rejected("rejected-by-code", pair(), told=True),
            _rejected("a-recovery-rejected", recovery, told=True),
            _rejected("rejected-though-anyone-may-ask", foreign, told=False),
            _failed("approved-too-late", Ask(), END + 121, "expired"),
            _failed("approved-for-the-past", Ask(), LATER, "expired", valid_until=LATER),
            _failed("recovery-of-a-link-that-is-gone", recovery, LATER, "not-linked", link_then=None),
            _failed(
                "recovery-of-a-link-that-has-ended",
                recovery,
                LATER,
                "not-linked",
                link_then=held_link(state=LinkState.EXPIRED),
            ),
            _failed(
                "recovery-of-a-link-that-is-over-since-a-moment",
                recovery,
                LATER,
                "not-linked",
                link_then=held_link(valid_until=LATER - 1),
            ),
        ],
    )


def _case(name: str, ask: Ask, at: int, approve: bool, valid_until: int | None, link_then: Any) -> Case:
    case = good(name, ask, "pending")  # what it expects is dropped
    del case["expected"]
    return {
        **case,
        "main_seed": to_base64(MAIN.keys.seed.reveal()),
        "approve": approve,
        "decided_at": at,
        "valid_until": valid_until,
        "link_then": link_json(link_then),
    }


def _approved(
    name: str,
    ask: Ask,
    effects: list[str],
    until: int,
    *,
    valid_until: int | None = None,
    state: str = "linked",
    to: str = LSP.name,
) -> Case:
    payload = ask.message().link
    assert payload is not None
    text = payload.link_message
    older = payload.vocabulary in OLDER.values()
    acceptance: Case = {"linkMessage": LSP.name if older else text}
    acceptance["signature"] = sign(MAIN.keys.signing_private, sha256_hex(acceptance["linkMessage"]))
    if not older:
        acceptance |= {"profileName": LSP.name, "profileHash": LSP.signed_profile.hash, "validUntil": until}
    if ask.code is not None:
        acceptance["pairing"] = pairing_proofs(ask.code, text).acceptance
    if ask.kind is LinkKind.RECOVER:
        key = to_base64(LSP_SEED.reveal())
        acceptance |= {"privateKey": key} if older else {"profilePrivateKey": key, "nonce": KEY_NONCE}
    same = ask.link is not None and ask.link.profile_hash == payload.profile_hash
    held = payload.profile_key or (ask.link.profile_key if ask.link and same else None)
    link = {
        "state": state,
        "valid_until": until,
        "profile_private_key": held and to_base64(held.reveal()),
        "link_message": text,
    }
    return {
        **_case(name, ask, LATER, True, valid_until, ask.link),
        "expected": {
            "effects": effects,
            "request_state": "none",
            "link": link,
            "to": to,
            "type": "LSP_LINK_ACCEPT" if older else "LINK_ACCEPT",
            "acceptance": json.loads(canonical_json(acceptance)),
        },
    }


def _rejected(name: str, ask: Ask, *, told: bool) -> Case:
    expected: Case = {"request_state": "rejected", "link": None, "code": "rejected" if told else None}
    return {**_case(name, ask, LATER, False, None, ask.link), "expected": expected}


def _failed(
    name: str,
    ask: Ask,
    at: int,
    failure: str,
    *,
    valid_until: int | None = None,
    link_then: Any = "as it was",
) -> Case:
    link = ask.link if link_then == "as it was" else link_then
    return {**_case(name, ask, at, True, valid_until, link), "valid": False, "failure": failure}
