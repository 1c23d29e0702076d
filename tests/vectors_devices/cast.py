"""The devices and the profile of these vectors; every key is derived from a published label."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from dm3.base import canonical_json, to_base64
from dm3.crypto import ProfileKeys, Seed, sign
from dm3.model import Profile
from dm3.wire import profile_message, with_signature
from tests.unit.people import ALICE, BOB, digest

PROFILE: Final = "alice.user.dm3.eth"
DESK: Final = ProfileKeys.from_seed(Seed(digest("the desk's device")))
PHONE: Final = ProfileKeys.from_seed(Seed(digest("the phone's device")))
STRANGER: Final = ProfileKeys.from_seed(Seed(digest("nobody's device")))
AT: Final = 1_800_000_000_000

Value = dict[str, Any]


def device_of(keys: ProfileKeys) -> str:
    """The name of a device: the first 32 hex digits of the hash of its key's base64."""
    return hashlib.sha256(to_base64(keys.signing_public).encode("ascii")).hexdigest()[:32]


def signed(label: str, members: Value, keys: ProfileKeys = DESK) -> Value:
    """``members`` with the signature by ``keys`` over the label and their canonical JSON."""
    return {**members, "signature": sign(keys.signing_private, label + canonical_json(members))}


def sync(items: list[Any], keys: ProfileKeys = DESK, **changes: Any) -> Value:
    """What a device tells, properly signed; ``changes`` replace members before that."""
    members = {
        "v": 1,
        "profile": PROFILE,
        "device": device_of(keys),
        "key": to_base64(keys.signing_public),
        "label": "Desk \u2013 \u05e9\u05d5\u05dc\u05d7\u05df",
        "seq": 7,
        "items": items,
        **changes,
    }
    return signed("dm3lpp/v1/device-sync\n", members, keys)


def vouching(keys: ProfileKeys = DESK, **changes: Any) -> Value:
    """The item by which the desk vouches for the phone."""
    members = {
        "kind": "device",
        "profile": PROFILE,
        "device": device_of(PHONE),
        "key": to_base64(PHONE.signing_public),
        "label": "Phone",
        "by": device_of(DESK),
        **changes,
    }
    return signed("dm3lpp/v1/device\n", members, keys)


def alice_signed() -> str:
    """Alice's signed profile as canonical JSON."""
    return _signed_profile(ALICE.keys)


def bob_signed() -> str:
    """The same for keys of somebody else."""
    return _signed_profile(BOB.keys)


def _signed_profile(keys: ProfileKeys) -> str:
    profile = Profile(keys.signing_public, keys.encryption_public, ("ds.eth",))
    unsigned = with_signature(profile, "0x").profile_text
    signature = ALICE.wallet.sign_now(profile_message(unsigned, ALICE.wallet.address))
    return canonical_json(json.loads(with_signature(profile, signature).text))
