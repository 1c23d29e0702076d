"""alias_texts.json: what a profile signs to claim and to give up an alias, and when that counts."""

from __future__ import annotations

from typing import Any, Final

from dm3.base import sha256_hex, to_base64
from dm3.crypto import sign
from tests.unit.people import ALICE, BOB, Person
from tests.vectors_services.document import Case, VectorFile, bad, good

ALIAS: Final = "alice.user.myapp.eth"
NOW: Final = 1_800_000_000
ISSUED: Final = "2027-01-15T08:00:00Z"
CLAIMED: Final = sha256_hex(f"alias: {ALIAS}\nissued: 2027-01-14T08:00:00Z\nafter: none")
REMOVED: Final = sha256_hex(f"remove: {ALIAS}\nissued: 2027-01-14T09:00:00Z\nafter: {CLAIMED}")


def alias_texts() -> VectorFile:
    """The file."""
    late, early = "2027-01-15T07:49:59Z", "2027-01-15T08:10:01Z"
    return VectorFile(
        "alias_texts",
        "5.5",
        "What a resolver makes at `now` of a request to claim (`action` `claim`) or give up (`remove`)"
        " `alias`, signed with the profile's key `public_key`; `issued` and `after` are null where the"
        " request has none. `last` is the hash of the text that changed the alias last, or `none`. Compare"
        " the text that was signed with `expected.text`, and the new `last` with `expected.last`.",
        [
            _holds("first-claim", "claim", ISSUED, "none", last="none"),
            _holds("removal-of-what-was-claimed", "remove", ISSUED, CLAIMED, last=CLAIMED),
            _holds("claimed-again-after-a-removal", "claim", ISSUED, REMOVED, last=REMOVED),
            _holds("issued-in-another-zone", "claim", "2027-01-15T09:00:00+01:00", "none", last="none"),
            _holds("issued-at-the-window-s-begin", "claim", "2027-01-15T07:50:00Z", "none", last="none"),
            _holds("issued-at-the-window-s-end", "claim", "2027-01-15T08:10:00Z", "none", last="none"),
            _holds("the-reference-s-claim", "claim", None, None, last="none"),
            _holds("the-reference-s-removal", "remove", None, None, last=CLAIMED),
            _holds(
                "removal-of-what-was-claimed-before-this-was-kept",
                "remove",
                ISSUED,
                sha256_hex(f"alias: {ALIAS}"),
                last=sha256_hex(f"alias: {ALIAS}"),
            ),
            _fails("removal-played-again", "outdated", "remove", ISSUED, CLAIMED, last=REMOVED),
            _fails("claim-played-again", "outdated", "claim", ISSUED, "none", last=CLAIMED),
            _fails("too-old", "outside-window", "claim", late, "none", last="none"),
            _fails("of-the-future", "outside-window", "claim", early, "none", last="none"),
            _fails("time-without-state", "malformed", "claim", ISSUED, None, last="none"),
            _fails("state-without-time", "malformed", "claim", None, "none", last="none"),
            _fails("no-time", "malformed", "claim", "yesterday", "none", last="none"),
            _fails("a-line-feed-after-the-time", "malformed", "claim", ISSUED + "\n", "none", last="none"),
            _fails("state-in-capitals", "malformed", "remove", ISSUED, CLAIMED.upper(), last=CLAIMED),
            _fails("no-state", "malformed", "claim", ISSUED, "", last="none"),
            _fails("signed-by-another-key", "bad-signature", "claim", ISSUED, "none", last="none", by=BOB),
            _fails(
                "a-removal-signed-for-a-claim",
                "bad-signature",
                "claim",
                ISSUED,
                "none",
                last="none",
                signed=f"remove: {ALIAS}\nissued: {ISSUED}\nafter: none",
            ),
            _fails(
                "without-the-dating-signed-with-it",
                "bad-signature",
                "claim",
                ISSUED,
                "none",
                last="none",
                signed=f"alias: {ALIAS}",
            ),
            _fails(
                "with-a-dating-signed-without-it",
                "bad-signature",
                "claim",
                None,
                None,
                last="none",
                signed=f"alias: {ALIAS}\nissued: {ISSUED}\nafter: none",
            ),
        ],
    )


def _text(action: str, issued: str | None, after: str | None) -> str:
    first = f"{'alias' if action == 'claim' else 'remove'}: {ALIAS}"
    return first if issued is None or after is None else f"{first}\nissued: {issued}\nafter: {after}"


def _given(
    action: str, issued: str | None, after: str | None, last: str, by: Person, signed: str
) -> dict[str, Any]:
    return {
        "now": NOW,
        "action": action,
        "alias": ALIAS,
        "issued": issued,
        "after": after,
        "last": last,
        "public_key": to_base64(ALICE.keys.signing_public),
        "signature": sign(by.keys.signing_private, signed),
    }


def _holds(name: str, action: str, issued: str | None, after: str | None, *, last: str) -> Case:
    text = _text(action, issued, after)
    expected = {"text": text, "last": sha256_hex(text)}
    return good(name, expected=expected, **_given(action, issued, after, last, ALICE, text))


def _fails(
    name: str,
    failure: str,
    action: str,
    issued: str | None,
    after: str | None,
    *,
    last: str,
    by: Person = ALICE,
    signed: str | None = None,
) -> Case:
    text = _text(action, issued, after) if signed is None else signed
    return bad(name, failure, **_given(action, issued, after, last, by, text))
