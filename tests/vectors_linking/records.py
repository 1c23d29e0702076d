"""records.json: the text record `network.dm3.link`, verified with and without disclosure."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any, Final

from msgspec import structs

from dm3.base import canonical_json, sha256_hex
from dm3.crypto import sign
from dm3.model import RecordKey
from dm3.protocol.linking import Disclosure, disclosure_of, make_record, record_uri
from dm3.wire import data_uri, unsigned_record_json
from tests.unit.linking.publishing import DISCLOSURE, TEXT, asking, make
from tests.unit.linking.scene import LSP, MAIN, MAIN_NAME, MALLORY, NOW, STRANGER, TERM, World, everybody
from tests.vectors_linking.document import Case, VectorFile, world_json

ZERO_SALT: Final = "0x" + "00" * 32


def records() -> VectorFile:
    """The file."""
    private, public = record_uri(make()), record_uri(make(public=True))
    milliseconds = {**unsigned_record_json(make()), "validUntil": (NOW + TERM) * 1000}
    forged = asking(main_signature=sign(MALLORY.keys.signing_private, sha256_hex(TEXT)))
    committed = record_uri(make_record(forged, LSP.name, LSP.signed_profile.hash, LSP.keys))
    tampered = json.loads(public.partition(",")[2])
    tampered["validUntil"] += 1
    unsigned_profile = everybody()
    unsigned_profile.publish(LSP, signer=MALLORY)
    return VectorFile(
        "records",
        "3.4",
        "Verifying the record `network.dm3.link` of `profile` at `now` with what `names` holds; `disclosure`"
        " opens a private one. `expected.main` is null where a private record was not disclosed.",
        [
            _case("private", private, main=None),
            _case("private-disclosed", private, DISCLOSURE, main=MAIN_NAME),
            _case("public", public, main=MAIN_NAME),
            _case("in-its-last-second", private, now=NOW + TERM, main=None),
            _case("valid-until-in-milliseconds", _signed(milliseconds), main=None),
            _case("unknown-member", _signed({**unsigned_record_json(make()), "later": 1}), main=None),
            _case("base64", data_uri_base64(private), main=None),
            _case("over", private, now=NOW + TERM + 1, failure="expired"),
            _case("tampered-with", data_uri(tampered), failure="bad-record-signature"),
            _case(
                "signed-by-somebody-else", record_uri(make(keys=MALLORY.keys)), failure="bad-record-signature"
            ),
            _case(
                "of-another-profile", record_uri(make(profile_name=STRANGER.name)), failure="wrong-profile"
            ),
            _case(
                "another-profile-hash",
                record_uri(make(profile_hash=STRANGER.signed_profile.hash)),
                failure="wrong-hash",
            ),
            _case("neither-main-nor-commitment", record_uri(make(main_commitment=None)), failure="malformed"),
            _case(
                "main-without-signature",
                record_uri(make(public=True, main_signature=None)),
                failure="malformed",
            ),
            _case("version-two", record_uri(make(version=2)), failure="malformed"),
            _case("not-an-inline-record", "ipfs://bafy", failure="malformed"),
            _case(
                "another-main",
                record_uri(make(public=True, main="mallory.eth")),
                failure="bad-main-signature",
            ),
            _case(
                "no-such-main", record_uri(make(public=True, main="nobody.eth")), failure="bad-main-signature"
            ),
            _case(
                "another-link-message",
                record_uri(make(public=True, link_message_hash=sha256_hex("another"))),
                failure="bad-main-signature",
            ),
            _case(
                "another-salt",
                private,
                structs.replace(DISCLOSURE, salt=ZERO_SALT),
                failure="wrong-commitment",
            ),
            _case(
                "another-main-disclosed",
                private,
                structs.replace(DISCLOSURE, main="mallory.eth"),
                failure="wrong-commitment",
            ),
            _case(
                "committed-to-a-forgery",
                committed,
                disclosure_of(forged, LSP.keys),
                failure="bad-main-signature",
            ),
            _case("profile-not-its-owner-s", private, world=unsigned_profile, failure="bad-signature"),
            _case("no-record", None, failure="not-found"),
        ],
    )


def data_uri_base64(uri: str) -> str:
    """The same record in the other form."""
    return "data:application/json;base64," + b64encode(uri.partition(",")[2].encode()).decode()


def _signed(members: Case) -> str:
    signature = sign(LSP.keys.signing_private, canonical_json(members))
    return data_uri({**members, "signature": signature})


def _case(
    name: str,
    record: str | None,
    disclosure: Disclosure | None = None,
    *,
    now: int = NOW,
    world: World | None = None,
    failure: str | None = None,
    main: str | None = None,
) -> Case:
    world = world or everybody()
    if record is not None:
        world.texts[LSP.name, RecordKey.LINK] = record
    opened: Any = disclosure and structs.asdict(disclosure)
    involved = " ".join([LSP.name, STRANGER.name, MAIN.name, MALLORY.name])
    case = {
        "name": name,
        "now": now,
        "profile": LSP.name,
        **world_json(world, mentioned_in=involved),
        "disclosure": opened,
    }
    if failure is not None:
        return {**case, "valid": False, "failure": failure}
    return {**case, "valid": True, "expected": {"main": main, "owner": LSP.wallet.address}}
