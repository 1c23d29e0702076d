"""board.json: entries of a board's feed, and what a reader makes of them."""

from __future__ import annotations

import json
from typing import Any, Final

from dm3.base import canonical_json, sha256_hex
from dm3.crypto import sign
from dm3.model import Profile, SignedProfile
from dm3.wire import profile_message, with_signature
from tests.unit.people import ALICE, MALLORY, Person
from tests.vectors_services.document import Case, VectorFile, bad, good

BOARD: Final = "board.user.myapp.eth"
AT: Final = 1_800_000_000_000


def name_of(person: Person) -> str:
    """The person's address name."""
    return f"{person.wallet.address.lower()}.addr.myapp.eth"


def board() -> VectorFile:
    """The file."""
    entry = _entry()
    message = json.loads(entry["message"])
    other_profile = _signed(MALLORY)
    by_mallory = _message(signer=MALLORY)
    return VectorFile(
        "board",
        "5.8",
        "An `entry` of the feed of the board `board` as a reader verifies it who asks nobody: its names are"
        " address names. `expected` is the statement, or what is `gone`.",
        [
            good("published", board=BOARD, entry=entry, expected=_expected(entry)),
            good(
                "board-s-name-in-other-case",
                board=BOARD.upper(),
                entry=entry,
                expected=_expected(entry),
            ),
            good("more-members", board=BOARD, entry={**entry, "likes": 3}, expected=_expected(entry)),
            good(
                "more-metadata-that-is-signed",
                board=BOARD,
                entry=_entry(_message(metadata={"mood": "good"})),
                expected=_expected(_entry(_message(metadata={"mood": "good"}))),
            ),
            good(
                "gone",
                board=BOARD,
                entry={"hash": entry["hash"], "gone": "withdrawn"},
                expected={"hash": entry["hash"], "gone": "withdrawn"},
            ),
            good(
                "gone-for-a-reason-of-later",
                board=BOARD,
                entry={"hash": entry["hash"], "gone": "melted"},
                expected={"hash": entry["hash"], "gone": "melted"},
            ),
            bad("other-text", "bad-signature", board=BOARD, entry=_entry({**message, "message": "Not me"})),
            bad("hash-of-another", "bad-signature", board=BOARD, entry={**entry, "hash": sha256_hex("x")}),
            bad(
                "made-public-by-the-board",
                "bad-signature",
                board=BOARD,
                entry=_entry(_made_public(_message(public=None))),
            ),
            bad("not-public", "not-a-statement", board=BOARD, entry=_entry(_message(public=None))),
            bad("public-is-1", "not-a-statement", board=BOARD, entry=_entry(_message(public=1))),
            bad("public-is-text", "not-a-statement", board=BOARD, entry=_entry(_message(public="true"))),
            bad("for-another-board", "not-a-statement", board="wall.user.myapp.eth", entry=entry),
            bad("an-edit", "not-a-statement", board=BOARD, entry=_entry(_message(type="EDIT"))),
            bad(
                "a-reply",
                "not-a-statement",
                board=BOARD,
                entry=_entry(_message(metadata={"referenceMessageHash": sha256_hex("x")})),
            ),
            bad("no-text", "not-a-statement", board=BOARD, entry=_entry(_message(text=" \n"))),
            bad("too-long", "not-a-statement", board=BOARD, entry=_entry(_message(text="x" * 4_001))),
            bad(
                "with-an-attachment",
                "not-a-statement",
                board=BOARD,
                entry=_entry(_message(more={"attachments": ["data:text/plain,x"]})),
            ),
            bad("signed-by-another", "bad-signature", board=BOARD, entry=_entry(by_mallory)),
            bad(
                "another-s-profile-beside-it",
                "bad-signature",
                board=BOARD,
                entry=_entry(by_mallory, other_profile),
            ),
            bad(
                "a-profile-that-nobody-signed",
                "bad-signature",
                board=BOARD,
                entry=_entry(by_mallory, with_signature(other_profile.profile, _signed(ALICE).signature)),
            ),
            bad("no-profile", "malformed", board=BOARD, entry=_without(entry, "profile")),
            bad("no-hash", "malformed", board=BOARD, entry=_without(entry, "hash")),
            bad("no-time", "malformed", board=BOARD, entry=_without(entry, "receivedAt")),
            bad("message-as-object", "malformed", board=BOARD, entry={**entry, "message": message}),
            bad("a-text", "malformed", board=BOARD, entry="gone"),
        ],
    )


def _message(
    *,
    text: str = "Hello, everybody \u2013 \u05e9\u05dc\u05d5\u05dd",
    type: str = "NEW",
    public: Any = True,
    metadata: dict[str, Any] | None = None,
    more: dict[str, Any] | None = None,
    signer: Person = ALICE,
) -> dict[str, Any]:
    told = {"to": BOARD, "from": name_of(ALICE), "timestamp": AT, "type": type, **(metadata or {})}
    if public is not None:
        told["public"] = public
    unsigned = {"message": text, "metadata": told, **(more or {})}
    return {**unsigned, "signature": sign(signer.keys.signing_private, canonical_json(unsigned))}


def _made_public(message: dict[str, Any]) -> dict[str, Any]:
    return {**message, "metadata": {**message["metadata"], "public": True}}


def _signed(person: Person) -> SignedProfile:
    profile = Profile(person.keys.signing_public, person.keys.encryption_public, ("ds.myapp.eth",))
    unsigned = with_signature(profile, "0x").profile_text
    signature = person.wallet.sign_now(profile_message(unsigned, person.wallet.address))
    return with_signature(profile, signature)


def _entry(message: dict[str, Any] | None = None, profile: SignedProfile | None = None) -> dict[str, Any]:
    text = canonical_json(_message() if message is None else message)
    return {
        "hash": sha256_hex(text),
        "message": text,
        "profile": json.loads((profile or _signed(ALICE)).text),
        "receivedAt": AT + 1_000,
    }


def _expected(entry: dict[str, Any]) -> dict[str, Any]:
    message = json.loads(entry["message"])
    return {
        "hash": entry["hash"],
        "author": name_of(ALICE),
        "owner": ALICE.wallet.address,
        "text": message["message"],
        "stated_at": AT,
        "received_at": AT + 1_000,
    }


def _without(entry: dict[str, Any], member: str) -> Case:
    return {key: value for key, value in entry.items() if key != member}
