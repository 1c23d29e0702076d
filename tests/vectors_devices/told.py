"""sync_texts.json and vouchings.json: what one device tells the others, and for whom it vouches."""

from __future__ import annotations

from typing import Any, Final

from dm3.base import canonical_json, to_base64
from tests.vectors_devices.cast import AT, DESK, PHONE, PROFILE, STRANGER, device_of, sync, vouching
from tests.vectors_services.document import Case, VectorFile, bad, good

READ: Final = {"kind": "read", "profile": PROFILE, "peer": "bob.user.dm3.eth", "at": AT}
LATER_KIND: Final = {"kind": "of-tomorrow", "weather": ["fine", 1.5, None]}


def sync_texts() -> VectorFile:
    """The file."""
    whole = sync([READ])
    return VectorFile(
        "sync_texts",
        "5.2",
        "The `text` of a DEVICE_SYNC message from `profile` to itself, as it was opened. `expected` is who"
        " tells it and the items that are taken; which device counts is for the receiver to know.",
        [
            _told("one-item", sync([READ]), items=[READ]),
            _told("no-item", sync([]), items=[]),
            _told("200-items", sync([{**READ, "at": at} for at in range(200)]), items=200),
            _told("label-of-60-characters", sync([], label="x" * 60), items=[], label="x" * 60),
            _told("no-label", sync([], label=""), items=[], label=""),
            _told("another-device", sync([READ], PHONE), items=[READ], keys=PHONE),
            _told("more-members", sync([READ], mood="good"), items=[READ]),
            _told("an-item-of-a-later-kind-is-kept", sync([LATER_KIND, READ]), items=[LATER_KIND, READ]),
            _told(
                "an-item-that-is-not-as-it-is-to-be-is-left-out",
                sync([{**READ, "at": "yesterday"}, READ, "no item"]),
                items=[READ],
            ),
            _refused("changed-on-the-way", "bad-signature", {**whole, "seq": 8}),
            _refused("more-added-on-the-way", "bad-signature", {**whole, "mood": "good"}),
            _refused("signed-by-another-device", "bad-signature", sync([READ], STRANGER, **_named(DESK))),
            _refused("no-signature", "malformed", _without(whole, "signature")),
            _refused("of-a-later-version", "malformed", sync([READ], v=2)),
            _refused("name-of-another-device", "malformed", sync([READ], device=device_of(PHONE))),
            _refused("of-another-profile", "malformed", sync([READ], profile="bob.user.dm3.eth")),
            _refused("number-nought", "malformed", sync([READ], seq=0)),
            _refused("number-as-text", "malformed", sync([READ], seq="7")),
            _refused("label-too-long", "malformed", sync([READ], label="x" * 61)),
            _refused("201-items", "malformed", sync([READ] * 201)),
            _refused("items-are-no-list", "malformed", sync({"0": READ})),  # type: ignore[arg-type]
            _refused("key-too-short", "malformed", sync([READ], key="AAAA")),
            bad("no-json", "malformed", profile=PROFILE, text="Hello"),
        ],
    )


def _named(keys: Any) -> dict[str, str]:
    return {"device": device_of(keys), "key": to_base64(keys.signing_public)}


def _told(
    name: str, value: dict[str, Any], *, items: Any, keys: Any = DESK, label: str | None = None
) -> Case:
    told = value["items"] if isinstance(items, int) else items
    expected = {**_named(keys), "label": value["label"] if label is None else label, "seq": 7, "items": told}
    return good(name, profile=PROFILE, text=canonical_json(value), expected=expected)


def _refused(name: str, failure: str, value: dict[str, Any]) -> Case:
    return bad(name, failure, profile=PROFILE, text=canonical_json(value))


def _without(value: dict[str, Any], member: str) -> dict[str, Any]:
    return {key: held for key, held in value.items() if key != member}


def vouchings() -> VectorFile:
    """The file."""
    by = to_base64(DESK.signing_public)
    expected = {**_named(PHONE), "label": "Phone"}
    given: dict[str, Any] = {"profile": PROFILE, "by": by}
    return VectorFile(
        "vouchings",
        "5.2",
        "An item `device` that came at `profile`, and the key `by` of the device that is to have signed it."
        " `expected` is the device that is vouched for.",
        [
            good("vouched-for", **given, item=vouching(), expected=expected),
            good("with-a-member-of-later", **given, item=vouching(since=AT), expected=expected),
            bad("a-member-of-nobody", "bad-signature", **given, item={**vouching(), "since": AT}),
            bad(
                "changed-on-the-way", "bad-signature", **given, item={**vouching(), "label": "Somebody else"}
            ),
            bad("signed-by-the-device-itself", "bad-signature", **given, item=vouching(PHONE)),
            bad("at-another-profile", "bad-signature", **given, item=vouching(profile="bob.user.dm3.eth")),
            bad(
                "by-another-device-than-it-says",
                "malformed",
                **given,
                item=vouching(by=device_of(STRANGER)),
            ),
            bad(
                "key-of-another-device",
                "malformed",
                **given,
                item=vouching(key=to_base64(STRANGER.signing_public)),
            ),
            bad("label-too-long", "malformed", **given, item=vouching(label="x" * 61)),
            bad("no-signature", "malformed", **given, item=_without(vouching(), "signature")),
        ],
    )
