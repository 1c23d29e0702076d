"""items.json: what devices tell each other, and which of several items about the same thing counts."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from dm3.base import canonical_json, to_base64
from tests.unit.people import digest
from tests.vectors_devices.cast import AT, DESK, PHONE, PROFILE, device_of, vouching
from tests.vectors_services.document import Case, VectorFile, bad, good

PEER: Final = "bob.user.dm3.eth"
LINKED: Final = "0x00000000000000000000000000000000000000aa.addr.myapp.eth"
LATEST: Final = 4_102_444_800_000
FLAGS: Final = ("blocked", "allowed", "archived", "pinned", "muted")
HERE: Final[dict[str, Any]] = {"profile": PROFILE, "peer": PEER, "at": AT}
MESSAGE_A: Final = "a Link Message"
MESSAGE_B: Final = "the Link Message of a recovery"

Item = dict[str, Any]


def items() -> VectorFile:
    """The file."""
    return VectorFile(
        "items",
        "5.2",
        "All items `told`, in whatever order and however often: `expected` are those that count, one"
        " for each place, in the order of their canonical JSON. An item that is refused is left out.",
        [*_each_kind(), *_which_counts(), *_links(), *_refused()],
    )


def _hash(text: str) -> str:
    return "0x" + hashlib.sha256(text.encode("utf-8")).hexdigest()


def _counts(name: str, *told: Item, expected: list[Item]) -> Case:
    return good(name, told=list(told), expected=expected)


def _one_of(kind: str) -> Item:
    """An item of this kind as it is to be."""
    made: dict[str, Item] = {
        "sent": {"text": '{"message":"Hello"}'},
        "kept": {"profile": LINKED, "text": '{"message":"Hello"}', "at": AT, "unread": True},
        "read": HERE,
        **{flag: {**HERE, "on": True} for flag in FLAGS},
        "draft": {**HERE, "text": "Dear Bob, \u05e9\u05dc\u05d5\u05dd"},
        "settings": {"name": "notices", "value": "all", "at": AT},
        "recovery": {"profile": LINKED, "mode": "ask", "at": AT},
        "keys": {"device": device_of(PHONE), "sealed": "AAAA", "at": AT},
        "holds": {"device": device_of(PHONE), "hash": _hash("a signed profile"), "at": AT},
        "nonce": {
            "owner": "0x" + "2" * 40,
            "nonce": "nonce-12345",
            "messageHash": _hash(MESSAGE_A),
            "expiresAt": AT // 1000,
        },
        "removed": {"device": device_of(PHONE), "through": 12},
        "want": {"device": device_of(DESK)},
    }
    return {"kind": kind, **made[kind]}


KINDS: Final = (
    "sent", "kept", "read", *FLAGS, "draft", "settings", "recovery", "keys", "holds", "nonce", "removed",
    "want",
)  # fmt: skip


def _each_kind() -> list[Case]:
    return [
        *(_counts(kind, _one_of(kind), expected=[_one_of(kind)]) for kind in KINDS),
        _counts("device", vouching(), expected=[vouching()]),
        *(
            _counts(f"link-{item['is']}", item, expected=[item])
            for item in (_approved(), _ended(), _rejected())
        ),
        _counts("later-kind", {"kind": "tides", "at": "noon"}, expected=[{"kind": "tides", "at": "noon"}]),
        _counts("more-members", {**_one_of("read"), "x": 1}, expected=[{**_one_of("read"), "x": 1}]),
    ]


def _which_counts() -> list[Case]:
    cases = []
    for kind in ("read", *FLAGS, "draft", "settings", "recovery", "keys", "holds"):
        early, late = {**_one_of(kind), "at": AT - 1}, _one_of(kind)
        cases.append(_counts(f"{kind}-of-two-the-latest", late, early, expected=[late]))
    for kind in FLAGS:
        on, off = _one_of(kind), {**_one_of(kind), "on": False}
        cases.append(_counts(f"{kind}-and-not-at-the-same-time", on, off, expected=[on]))
    again = _one_of("sent")
    later = {**_one_of("nonce"), "expiresAt": AT // 1000 + 1}
    further = {**_one_of("removed"), "through": 13}
    tie = [{**_one_of("draft"), "text": text} for text in ("a", "b")]
    other = {**_one_of("read"), "peer": "carol.user.dm3.eth", "at": AT + 1}
    word = {**_one_of("draft"), "text": "\uffff"}
    beyond = {**_one_of("draft"), "text": "\U00010000"}
    return [
        *cases,
        _counts("the-same-twice", again, again, expected=[again]),
        _counts("nonce-of-two-the-one-that-holds-longer", _one_of("nonce"), later, expected=[later]),
        _counts("removed-through-the-highest-number", further, _one_of("removed"), expected=[further]),
        _counts("at-the-same-time-the-higher-text", *tie, expected=[tie[1]]),
        _counts("texts-are-compared-by-code-points", word, beyond, expected=[beyond]),
        _counts(
            "conversations-are-places-of-their-own", other, _one_of("read"), expected=[_one_of("read"), other]
        ),
    ]


def _link(message: str, **changes: Any) -> Item:
    return {
        "profileHash": _hash("the linked profile"),
        "mainName": PROFILE,
        "owner": "0x" + "2" * 40,
        "uri": "https://myapp.example",
        "validUntil": AT // 1000 + 1_000,
        "linkedAt": AT // 1000,
        "askedAt": AT // 1000 - 10,
        "linkMessage": message,
        "earlierMessages": [],
        "renewals": [],
        "recoveries": [],
        "vocabulary": "LINK",
        "uncovered": False,
        "paired": False,
        "profileKey": to_base64(digest("the linked profile's seed")),
        **changes,
    }


def _approved(message: str = MESSAGE_A, messages: list[str] | None = None, **changes: Any) -> Item:
    link = {key: held for key, held in _link(message, **changes).items() if held is not None}
    hashes = messages or [_hash(message)]
    return {
        "kind": "link",
        "profile": LINKED,
        "message": _hash(message),
        "is": "approved",
        "messages": hashes,
        "link": link,
    }


def _ended(message: str = MESSAGE_A) -> Item:
    return {"kind": "link", "profile": LINKED, "message": _hash(message), "is": "ended"}


def _rejected(message: str = MESSAGE_A) -> Item:
    return {"kind": "link", "profile": LINKED, "message": _hash(message), "is": "rejected"}


def _links() -> list[Case]:
    plain = _approved()
    asked_later = _approved(askedAt=AT // 1000, validUntil=AT // 1000 + 1)
    longer = _approved(validUntil=AT // 1000 + 2_000)
    renewed = _approved(messages=sorted([_hash(MESSAGE_A), _hash("a renewal")]), renewals=["a renewal"])
    without_key = _approved(profileKey=None, renewals=["zzz"])
    other = _approved(MESSAGE_B)
    return [
        _counts("an-end-beats-an-approval", _ended(), plain, expected=[_ended()]),
        _counts("an-approval-beats-a-rejection", plain, _rejected(), expected=[plain]),
        _counts("of-two-approvals-the-one-asked-for-later", longer, asked_later, expected=[asked_later]),
        _counts("of-two-approvals-the-one-that-holds-longer", longer, plain, expected=[longer]),
        _counts("of-two-approvals-the-one-with-more-messages", renewed, plain, expected=[renewed]),
        _counts("of-two-approvals-the-one-with-the-key", without_key, plain, expected=[plain]),
        _counts(
            "another-link-message-is-a-place-of-its-own", _ended(), other, expected=_sorted(_ended(), other)
        ),
    ]


def _sorted(*told: Item) -> list[Item]:
    return sorted(told, key=canonical_json)


def _refused() -> list[Case]:
    wrong: dict[str, Any] = {
        "no-kind": {**HERE},
        "kind-as-number": {**HERE, "kind": 1},
        "no-object": "read",
        "at-is-text": {**_one_of("read"), "at": str(AT)},
        "at-before-1970": {**_one_of("read"), "at": -1},
        "at-after-2099": {**_one_of("read"), "at": LATEST + 1},
        "on-is-1": {**_one_of("blocked"), "on": 1},
        "unread-is-missing": _without(_one_of("kept"), "unread"),
        "draft-too-long": {**_one_of("draft"), "text": "x" * 100_001},
        "setting-without-a-name": _without(_one_of("settings"), "name"),
        "recovery-without-a-profile": _without(_one_of("recovery"), "profile"),
        "keys-that-are-not-sealed": _without(_one_of("keys"), "sealed"),
        "holds-without-a-hash": _without(_one_of("holds"), "hash"),
        "nonce-without-an-end": _without(_one_of("nonce"), "expiresAt"),
        "removed-through-less-than-nought": {**_one_of("removed"), "through": -1},
        "want-of-nobody": _without(_one_of("want"), "device"),
        "device-by-nobody": _without(vouching(), "by"),
        "link-perhaps": {**_ended(), "is": "perhaps"},
        "approved-without-a-link": _without(_approved(), "link"),
        "approved-without-messages": _without(_approved(), "messages"),
        "approved-without-a-time": _approved(askedAt=None),
    }  # fmt: skip
    return [bad(name, "malformed", told=[item]) for name, item in wrong.items()]


def _without(item: Item, member: str) -> Item:
    return {key: held for key, held in item.items() if key != member}
