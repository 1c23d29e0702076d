"""pairing.json and paired_requests.json: one-time codes, and requests that prove them (specification 5.1)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import replace
from typing import Final

from dm3.protocol.linking import LinkState, pairing_proofs
from tests.unit.linking.answers import asked
from tests.unit.linking.scene import (
    CODE,
    DAY,
    KEY_NONCE,
    LSP,
    LSP_SEED,
    MAIN_PROFILE,
    MALLORY,
    NOW,
    OTHER_CODE,
    OWNER,
    STRANGER,
    TEMPORARY,
    Ask,
    held_link,
    offered,
    pair,
    pair_again,
    recover,
)
from tests.vectors_linking.document import Case, VectorFile
from tests.vectors_linking.requests import END, bad, good

SIGNS: Final = "7KQ2M9XWD4"


def pairing() -> VectorFile:
    """The file of the codes and proofs."""
    link_message = asked().asking.link_message
    return VectorFile(
        "pairing",
        "5.1",
        "The pairing code that a user has `typed`: its ten signs (`code`), how it is shown, what it proves"
        " over `link_message` in LINK (`request`) and in its LINK_ACCEPT (`acceptance`): HMAC-SHA256, keyed"
        " with the ten ASCII signs.",
        [
            _read("as-shown", "7KQ2M-9XWD4", link_message),
            _read("in-lower-case", "7kq2m-9xwd4", link_message),
            _read("without-a-hyphen", "7KQ2M9XWD4", link_message),
            _read("with-blanks", " 7KQ 2M9 XWD4\n", link_message),
            _read("over-another-text", "7KQ2M-9XWD4", "Link your local profile: ä\n"),
            _read("nought-and-one-misread", "OoIiL-lABCD", link_message, signs="001111ABCD"),
            _read("lowest", "00000-00000", link_message, signs="0000000000"),
            _read("highest", "ZZZZZ-ZZZZZ", link_message, signs="ZZZZZZZZZZ"),
            *[
                {"name": name, "valid": False, "failure": "mistyped-pairing-code", "typed": typed}
                for name, typed in (
                    ("empty", ""),
                    ("one-sign-less", "7KQ2M-9XWD"),
                    ("one-sign-more", "7KQ2M-9XWD44"),
                    ("a-sign-that-is-none", "7KQ2M-9XWDU"),
                    ("signs-of-another-script", "\uff17KQ2M-9XWD4"),
                    ("much-too-long", "7" * 1000),
                )
            ],
        ],
    )


def _read(name: str, typed: str, link_message: str, signs: str = SIGNS) -> Case:
    def proof(label: str) -> str:
        mac = hmac.new(signs.encode(), f"dm3lpp/v1/{label}\n{link_message}".encode(), hashlib.sha256)
        return base64.b64encode(mac.digest()).decode()

    expected = {
        "code": signs,
        "shown": f"{signs[:5]}-{signs[5:]}",
        "request": proof("pairing"),
        "acceptance": proof("paired"),
    }
    return {"name": name, "valid": True, "typed": typed, "link_message": link_message, "expected": expected}


def paired_requests() -> VectorFile:
    """The file of requests that prove a code."""
    return VectorFile(
        "paired_requests",
        "5.1",
        "As requests.json, about one-time codes: `main.pairing` is the code that the main profile has shown,"
        " until when it counts, and how many wrong tries there were. `expected.request.paired` is what the"
        " LINK_ACCEPT has to carry.",
        [*_paired(), *_unpaired()],
    )


def _paired() -> list[Case]:
    """Asked by a code (specification 5.1): the proof of the acceptance is kept with the request."""
    other: Case = {"own_wallet": False, "owner": MALLORY.wallet.address}
    own: Case = {"own_wallet": False, "owner": LSP.wallet.address}

    def kept(ask: Ask) -> Case:
        paired = pairing_proofs(CODE, ask.link_message).acceptance
        return {"state": "pending", "expires_at": END, "reply_to": ask.sender.name, "paired": paired}

    asked, again = pair(), pair_again()
    held: Case = {"state": "linked", "valid_until": NOW + DAY}
    last = pair(main=offered(until=NOW))
    nearly = pair(main=offered(wrong=19))
    own_made = held_link(owner=LSP.wallet.address, paired=True)
    newcomer = pair_again(wallet=TEMPORARY.wallet, link=own_made)
    awaited = pair(code=None, main=MAIN_PROFILE).carries(profile_key=LSP_SEED, nonce=KEY_NONCE)
    awaiting = held_link(
        state=LinkState.AWAITING_KEYS,
        owner=MALLORY.wallet.address,
        link_message=awaited.link_message,
        profile_key=None,
        paired=True,
    )
    renewed = pair(code=None, main=MAIN_PROFILE)
    with_owner = replace(renewed, link=held_link(owner=MALLORY.wallet.address, paired=True))
    renewed_until = {"state": "linked", "valid_until": END}
    return [
        good("paired", asked, "pending", request=kept(asked), **other),
        good("paired-by-the-profile-s-own-wallet", pair(LSP.wallet), "pending", **own),
        good("paired-by-the-main-profile-s-own-wallet", pair(OWNER), "pending", request=kept(pair(OWNER))),
        good("paired-after-a-rejection", asked, "pending", request_state="rejected", **other),
        good("paired-in-the-last-second", last, "pending", **other),
        good("paired-at-the-last-try", nearly, "pending", **other),
        good("code-open-and-not-used-by-the-own-wallet", replace(Ask(), main=offered()), "pending"),
        good("keys-after-pairing", replace(awaited, link=awaiting), "keys-taken", link=held, **other),
        good("paired-link-renewed-without-a-code", with_owner, "renewed", link=renewed_until, **other),
        good("paired-link-recovered-asks", again, "pending", link=held, request=kept(again), **other),
        good(
            "link-of-the-profile-s-own-wallet-recovered-by-another-asks",
            newcomer,
            "pending",
            own_wallet=False,
            owner=TEMPORARY.wallet.address,
        ),
    ]


def _unpaired() -> list[Case]:
    proofs = pairing_proofs(CODE, pair().link_message)
    over_other_text = pairing_proofs(CODE, recover().link_message).request
    own_made = held_link(owner=LSP.wallet.address, paired=True)
    return [
        bad("another-code", pair(code=OTHER_CODE), "wrong-pairing"),
        bad("another-code-by-the-own-wallet", pair(OWNER, code=OTHER_CODE), "wrong-pairing"),
        bad("code-proved-over-another-text", pair().carries(pairing=over_other_text), "wrong-pairing"),
        bad("proof-of-the-acceptance-instead", pair().carries(pairing=proofs.acceptance), "wrong-pairing"),
        bad("proof-that-is-no-base64", pair().carries(pairing="7KQ2M-9XWD4"), "wrong-pairing"),
        bad("proof-cut-short", pair().carries(pairing=proofs.request[:-4]), "wrong-pairing"),
        bad("no-code-is-open", pair(main=MAIN_PROFILE), "no-pairing"),
        bad("code-lapsed", pair(main=offered(until=NOW - 1)), "no-pairing"),
        bad("code-void-after-twenty-tries", pair(main=offered(wrong=20)), "no-pairing"),
        bad("another-wallet-without-a-code", pair(code=None), "foreign-wallet"),
        bad("paired-link-recovered-without-a-code", pair_again(code=None), "not-paired"),
        bad("paired-link-recovered-by-another-code", pair_again(code=OTHER_CODE), "wrong-pairing"),
        bad("paired-link-recovered-by-another-wallet", pair_again(STRANGER.wallet), "foreign-wallet"),
        bad(
            "link-of-the-profile-s-own-wallet-recovered-without-a-code",
            pair_again(TEMPORARY.wallet, code=None, link=own_made),
            "not-paired",
        ),
        bad("unpaired-link-recovered-by-another-wallet-with-a-code", _code_for_another(), "foreign-wallet"),
    ]


def _code_for_another() -> Ask:
    """A code makes no other wallet the owner of a link that was made without one."""
    return pair_again(link=held_link())
