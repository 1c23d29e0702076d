"""acceptances.json and recovered_keys.json: LINK_ACCEPT as those who asked take it in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from msgspec import structs

from dm3.base import sha256_hex, to_base64
from dm3.crypto import Seed, sign
from dm3.protocol.linking import OutgoingLink, OutgoingLinkState, PairingProofs, Recovery, pairing_proofs
from tests.unit.linking.answers import TEXT, Accept, Keys, asked
from tests.unit.linking.scene import (
    CODE,
    DAY,
    LSP,
    LSP_SEED,
    MAIN,
    MALLORY,
    NOW,
    OTHER_CODE,
    STRANGER,
    TERM,
    everybody,
)
from tests.unit.people import digest
from tests.vectors_linking.document import Case, VectorFile, message_json, world_json

END: Final = NOW - 60 + TERM
NOW_THEN: Final = NOW + 60
HASH: Final = LSP.signed_profile.hash


def asking_json(asking: OutgoingLink | None) -> Case | None:
    """What the linked profile remembers of its request."""
    if asking is None:
        return None
    earlier = [{**structs.asdict(asked), **pairing_json(asked.pairing)} for asked in asking.earlier]
    told = {**structs.asdict(asking), "state": str(asking.state), "earlier": earlier}
    told |= pairing_json(asking.pairing)
    for part in (told, *earlier):
        if part["pairing"] is None:
            del part["pairing"]
    for hidden in ("main_owner", "other_owner", "reads_ours"):  # where things go, not what an acceptance is
        del told[hidden]
    return told


def pairing_json(proofs: PairingProofs | None) -> Case:
    """The proofs of the code with which was asked."""
    return {"pairing": None if proofs is None else structs.asdict(proofs)}


def _minimal(accept: Accept) -> Accept:
    """What the specification's picture has in it: the name and the signature."""
    return accept.carries(profile_hash="", valid_until=0, link_message="")


def _older(signed: str) -> dict[str, Any]:
    """An acceptance as the older pages have it: it names the profile, and answers none that we asked."""
    signature = sign(MAIN.keys.signing_private, sha256_hex(signed))
    return {"vocabulary": "LSP_LINK", "link_message": LSP.name, "signature": signature}


def acceptances() -> VectorFile:
    """The file of the linked profile's side."""
    first = asked().asking
    second = asked(first, nonce="ab" * 16, expires_at=NOW + 2 * TERM).asking
    later = asked(after_accept=True).asking
    without = asked(later, after_accept=True, nonce="ab" * 16, expires_at=NOW + 2 * TERM).asking
    linked = structs.replace(
        first,
        state=OutgoingLinkState.LINKED,
        valid_until=END,
        accepted_message=first.link_message,
        main_signature=sign(MAIN.keys.signing_private, sha256_hex(first.link_message)),
    )
    paired = asked(code=CODE).asking
    paired_then_not = asked(paired, nonce="ab" * 16, expires_at=NOW + 2 * TERM).asking
    accept = Accept(first)
    assert paired.pairing is not None
    publish, forward, keys = "publish-record", "forward-history", "send-link-with-keys"
    return VectorFile(
        "acceptances",
        "3.3",
        "What the linked profile `own_name` (with `own_hash`) makes of the LINK_ACCEPT `message` at `now`."
        " `asking` is what it remembers of its request; `names` holds the sender's profile.",
        [
            _good("accepted", accept, first, END, [publish, forward]),
            _good(
                "accepted-for-less",
                accept.carries(valid_until=NOW + DAY),
                first,
                NOW + DAY,
                [publish, forward],
            ),
            _good("in-milliseconds", accept.carries(valid_until=END * 1000), first, END, [publish, forward]),
            _good("keys-wanted", Accept(later), later, END, [keys, publish, forward]),
            _good("accepted-twice", Accept(linked), linked, END, [publish, forward]),
            _good(
                "accepted-late",
                accept,
                structs.replace(first, state=OutgoingLinkState.UNLINKED),
                END,
                [publish, forward],
            ),
            _good(
                "accepted-anew",
                accept,
                structs.replace(first, state=OutgoingLinkState.EXPIRED),
                END,
                [publish, forward],
            ),
            _good("earlier-request-accepted", accept, second, NOW + 2 * TERM, [publish, forward]),
            _good(
                "earlier-request-without-keys-accepted",
                Accept(later),
                without,
                NOW + 2 * TERM,
                [keys, publish, forward],
            ),
            _good(
                "accepted-with-no-more-than-name-and-signature",
                _minimal(accept),
                first,
                END,
                [publish, forward],
            ),
            _good("paired", Accept(paired), paired, END, [keys, publish, forward]),
            _good(
                "earlier-request-by-a-code-accepted",
                Accept(paired),
                paired_then_not,
                NOW + 2 * TERM,
                [keys, publish, forward],
            ),
            _good(
                "proof-of-a-code-that-nobody-asked-with",
                accept.carries(pairing=paired.pairing.acceptance),
                first,
                END,
                [publish, forward],
            ),
            _good(
                "earlier-request-accepted-with-no-more",
                _minimal(accept),
                second,
                NOW + 2 * TERM,
                [publish, forward],
            ),
            _bad(
                "no-more-than-name-and-a-signature-over-something-else",
                _minimal(accept).carries(signature=sign(MAIN.keys.signing_private, sha256_hex("another"))),
                "wrong-link-message",
            ),
            *[_bad(name, spoil(accept), reason) for name, spoil, reason in _FAULTS],
            *[
                _bad(name, Accept(paired).carries(pairing=proof), "wrong-pairing")
                for name, proof in (
                    ("pairing-not-proved", None),
                    ("pairing-proved-by-the-request-s-own-proof", paired.pairing.request),
                    ("pairing-proved-with-another-code", pairing_proofs(OTHER_CODE, TEXT).acceptance),
                    ("pairing-proof-that-is-no-base64", "!"),
                )
            ],
            _bad("nobody-asked", accept, "unknown-request", asking=None),
            _bad(
                "earlier-request-accepted-for-too-long",
                accept.carries(valid_until=END + 1),
                "term-too-long",
                asking=second,
            ),
            _bad(
                "asked-another-main-profile",
                accept,
                "wrong-sender",
                asking=structs.replace(first, main_name="bob.user.dm3.eth"),
            ),
        ],
    )


_FAULTS: Final[tuple[tuple[str, Callable[[Accept], Accept], str], ...]] = (
    ("from-somebody-else", lambda accept: replace(accept, sender=MALLORY), "wrong-sender"),
    ("another-link-message", lambda accept: accept.carries(link_message=TEXT), "wrong-link-message"),
    (
        "signed-by-somebody-else",
        lambda accept: accept.carries(
            signature=sign(MALLORY.keys.signing_private, sha256_hex(accept.asking.link_message))
        ),
        "bad-main-signature",
    ),
    (
        "the-text-signed-and-not-its-hash",
        lambda accept: accept.carries(signature=sign(MAIN.keys.signing_private, accept.asking.link_message)),
        "bad-main-signature",
    ),
    (
        "the-wallet-s-signature-instead",
        lambda accept: accept.carries(signature=accept.asking.wallet_signature),
        "bad-main-signature",
    ),
    ("another-profile", lambda accept: accept.carries(profile_name=STRANGER.name), "wrong-profile"),
    (
        "another-profile-hash",
        lambda accept: accept.carries(profile_hash=STRANGER.signed_profile.hash),
        "wrong-hash",
    ),
    ("longer-than-asked", lambda accept: accept.carries(valid_until=END + 1), "term-too-long"),
    ("over-already", lambda accept: accept.carries(valid_until=NOW_THEN), "expired"),
    ("a-request-instead", lambda accept: accept.carries(kind="request"), "wrong-type"),
    ("a-recovery-instead", lambda accept: accept.carries(kind="recover"), "wrong-type"),
    ("in-older-words", lambda accept: accept.carries(**_older(LSP.name)), "wrong-type"),
    (
        "in-older-words-but-signed-for-the-request",
        lambda accept: accept.carries(**_older(accept.asking.link_message)),
        "wrong-type",
    ),
)


def _accept_case(name: str, accept: Accept, asking: OutgoingLink | None) -> Case:
    message = accept.message()
    world = everybody()
    return {
        "name": name,
        "now": NOW_THEN,
        "own_name": LSP.name,
        "own_hash": HASH,
        **world_json(world, mentioned_in=message.text),
        "asking": asking_json(asking),
        "message": message_json(message),
    }


def _good(name: str, accept: Accept, asking: OutgoingLink, until: int, effects: list[str]) -> Case:
    expected = {"state": "linked", "valid_until": until, "effects": effects}
    return {**_accept_case(name, accept, asking), "valid": True, "expected": expected}


def _bad(name: str, accept: Accept, failure: str, asking: Any = "of the acceptance") -> Case:
    known = accept.asking if asking == "of the acceptance" else asking
    return {**_accept_case(name, accept, known), "valid": False, "failure": str(failure)}


# --- recovery --------------------------------------------------------------------------------------


def recovered_keys() -> VectorFile:
    """The file of the recovering device's side."""
    good = Keys()
    by_code = Keys(recovery=structs.replace(good.recovery, pairing=pairing_proofs(CODE, TEXT)))
    moved = everybody()
    profile = structs.replace(LSP.profile, delivery_services=("ds2.myapp.eth",))
    moved.publish(replace(LSP, profile=profile))
    return VectorFile(
        "recovered_keys",
        "3.5",
        "What a recovering device makes of the LINK_ACCEPT `message` to its temporary profile. `recovery` is"
        " what it asked for; `names` holds the sender's profile and the one to recover, as published now.",
        [
            _keys_case("recovered", good, expected={"seed": to_base64(LSP_SEED.reveal())}),
            _keys_case(
                "recovered-with-its-wallet",
                good.carries(wallet_key=LSP.wallet.key),
                expected={
                    "seed": to_base64(LSP_SEED.reveal()),
                    "wallet_private_key": "0x" + LSP.wallet.key.reveal().hex(),
                },
            ),
            _keys_case(
                "recovered-with-no-more-than-name-signature-and-key",
                good.carries(profile_hash="", valid_until=0, link_message="", nonce=None),
                expected={"seed": to_base64(LSP_SEED.reveal())},
            ),
            _keys_case("no-key", good.carries(profile_key=None), "no-key"),
            _keys_case(
                "key-of-another-profile", good.carries(profile_key=Seed(digest("another seed"))), "wrong-key"
            ),
            _keys_case("keys-from-somebody-else", replace(good, sender=MALLORY), "wrong-sender"),
            _keys_case("keys-for-another-request", good.carries(link_message="other"), "wrong-link-message"),
            _keys_case(
                "keys-not-signed-for",
                good.carries(signature=sign(MALLORY.keys.signing_private, sha256_hex(TEXT))),
                "bad-main-signature",
            ),
            _keys_case(
                "keys-of-a-profile-not-asked-for", good.carries(profile_name=STRANGER.name), "wrong-profile"
            ),
            _keys_case("profile-changed-since", good, "wrong-hash", world=moved),
            _keys_case("paired-recovery", by_code, expected={"seed": to_base64(LSP_SEED.reveal())}),
            _keys_case("pairing-of-a-recovery-not-proved", by_code.carries(pairing=None), "wrong-pairing"),
            _keys_case(
                "pairing-of-a-recovery-proved-with-another-code",
                by_code.carries(pairing=pairing_proofs(OTHER_CODE, TEXT).acceptance),
                "wrong-pairing",
            ),
            _keys_case("keys-in-a-request", good.carries(kind="request"), "wrong-type"),
            _keys_case("keys-in-older-words", good.carries(**_older(LSP.name)), "wrong-type"),
            _keys_case(
                "keys-in-older-words-but-signed-for-the-request", good.carries(**_older(TEXT)), "wrong-type"
            ),
        ],
    )


def recovery_json(recovery: Recovery) -> Case:
    """What the device remembers while it waits."""
    kept = {**structs.asdict(recovery), "state": str(recovery.state)}
    del kept["rejection"]
    kept |= pairing_json(recovery.pairing)
    if recovery.pairing is None:
        del kept["pairing"]
    return kept


def _keys_case(
    name: str, keys: Keys, failure: str | None = None, *, expected: Case | None = None, world: Any = None
) -> Case:
    message = keys.message()
    case = {
        "name": name,
        "now": NOW_THEN,
        **world_json(world or everybody(), mentioned_in=message.text + LSP.name),
        "recovery": recovery_json(keys.recovery),
        "message": message_json(message),
    }
    if failure is not None:
        return {**case, "valid": False, "failure": failure}
    return {**case, "valid": True, "expected": expected}
