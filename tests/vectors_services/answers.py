"""What delivery services say, in every spelling that is read: challenges, properties and extensions."""

from __future__ import annotations

import base64
import json
from typing import Any, Final

from dm3.base import sha256_hex
from tests.vectors_services.document import Case, VectorFile, bad, good

SERVICE: Final = "ds.myapp.eth"
NAME: Final = "alice.user.myapp.eth"
CLAIMS: Final[Case] = {"purpose": "challenge", "aud": SERVICE, "name": NAME, "nonce": "00" * 16}
DAY: Final = 86_400


def auth_challenges() -> VectorFile:
    """The file."""
    ours = _token(CLAIMS)
    without_aud = {key: value for key, value in CLAIMS.items() if key != "aud"}
    without_purpose = {key: value for key, value in CLAIMS.items() if key != "purpose"}
    foreign: list[tuple[str, str]] = [
        ("of-another-service", _token({**CLAIMS, "aud": "ds.other.eth"})),
        ("of-a-service-with-a-longer-name", _token({**CLAIMS, "aud": SERVICE + "x"})),
        ("of-a-service-below", _token({**CLAIMS, "aud": "x." + SERVICE})),
        ("for-another-profile", _token({**CLAIMS, "name": "bob.user.myapp.eth"})),
        ("for-no-profile", _token({key: value for key, value in CLAIMS.items() if key != "name"})),
        ("a-token-instead", _token({**CLAIMS, "purpose": "token"})),
        ("without-an-audience", _token(without_aud)),
        ("without-a-purpose", _token(without_purpose)),
        ("with-several-audiences", _token({**CLAIMS, "aud": [SERVICE, "ds.other.eth"]})),
        ("with-no-audience", _token({**CLAIMS, "aud": None})),
        ("of-another-service-with-padding", _token({**CLAIMS, "aud": "ds.other.eth"}) + "="),
        ("of-another-service-with-a-part-more", _token({**CLAIMS, "aud": "ds.other.eth"}) + ".x"),
        ("of-another-service-behind-a-part", "x." + _token({**CLAIMS, "aud": "ds.other.eth"})),
    ]
    malformed: list[tuple[str, Any]] = [
        ("a-hash", sha256_hex("an acceptance")),
        ("a-hash-without-0x", sha256_hex("an acceptance")[2:]),
        ("a-hash-in-capitals", sha256_hex("an acceptance").upper()),
        ("a-claim-of-an-alias", f"alias: {NAME}"),
        ("a-message", '{"metadata":{}}'),
        ("too-short", "a" * 15),
        ("too-long", "a" * 4_097),
        ("with-a-line-feed", "a" * 20 + "\n"),
        ("nothing", None),
        ("a-number", 17),
    ]
    return VectorFile(
        "auth_challenges",
        "2.5.2",
        "Whether the key of the profile `name` may sign `challenge`, which the delivery service `service`"
        " has sent: what is signed is `expected`.",
        [
            _challenge("of-this-service-for-this-profile", ours),
            _challenge("names-in-other-case", ours, service="DS.MyApp.eth", name_=NAME.upper()),
            _challenge("audience-in-other-case", _token({**CLAIMS, "aud": "DS.MyApp.eth"})),
            _challenge("says-nothing-of-itself", "00000000-0000-0000-0000-000000000007"),
            _challenge("shortest", "a" * 16),
            _challenge("longest", "a" * 4_096),
            _challenge("base64-of-something", "aGFsbG8gd2VsdCwgd2llIGdlaHQ="),
            _challenge("the-reference-s", _token({"account": NAME, "iat": 1, "exp": 2, "challenge": "7"})),
            *[_refused(name, "foreign-challenge", challenge) for name, challenge in foreign],
            *[_refused(name, "malformed", challenge) for name, challenge in malformed],
        ],
    )


def _token(claims: Case) -> str:
    parts = (json.dumps({"alg": "HS256", "typ": "JWT"}), json.dumps(claims), "no signature of anybody")
    return ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts)


def _challenge(name: str, challenge: str, *, service: str = SERVICE, name_: str = NAME) -> Case:
    given = {"service": service, "profile": name_, "challenge": challenge}
    return good(name, expected=challenge, **given)


def _refused(name: str, failure: str, challenge: Any) -> Case:
    return bad(name, failure, service=SERVICE, profile=NAME, challenge=challenge)


def properties() -> VectorFile:
    """The file."""
    read: list[tuple[str, Any, int]] = [
        ("days", 30, 30 * DAY),
        ("one-day", 1, DAY),
        ("most-days", DAY - 1, (DAY - 1) * DAY),
        ("fewest-seconds", DAY, DAY),
        ("seconds", 30 * DAY, 30 * DAY),
        ("most-seconds", DAY * 1000 - 1, DAY * 1000 - 1),
        ("fewest-milliseconds", DAY * 1000, DAY),
        ("milliseconds", 30 * DAY * 1000, 30 * DAY),
        ("without-end", 0, 0),
    ]
    refused: list[tuple[str, Any]] = [
        ("time-before-now", {"messageTTL": -1, "sizeLimit": 1}),
        ("time-as-text", {"messageTTL": "30", "sizeLimit": 1}),
        ("time-is-true", {"messageTTL": True, "sizeLimit": 1}),
        ("without-a-size", {"messageTTL": 30}),
        ("size-below-nothing", {"messageTTL": 30, "sizeLimit": -1}),
        ("a-list", []),
        ("text-that-is-no-json", "OK"),
        ("nothing", None),
    ]
    both = {"messageTTL": 30, "sizeLimit": 1_000}
    told = {"message_ttl": 30 * DAY, "size_limit": 1_000}
    return VectorFile(
        "properties",
        "2.5.1",
        "What `result` of dm3_getDeliveryServiceProperties says: how long messages are kept in seconds (0:"
        " without end), the largest envelope in bytes, and whether the service is a plain one.",
        [
            *[
                good(
                    name,
                    result={"messageTTL": ttl, "sizeLimit": 1_000},
                    expected={"message_ttl": seconds, "size_limit": 1_000, "plain": False},
                )
                for name, ttl, seconds in read
            ],
            good(
                "no-time",
                result={"sizeLimit": 1_000},
                expected={"message_ttl": 0, "size_limit": 1_000, "plain": False},
            ),
            good("more-members", result={**both, "more": 1}, expected={**told, "plain": False}),
            good("as-text", result=json.dumps(both), expected={**told, "plain": True}),
            good(
                "as-the-reference-writes-them",
                result=json.dumps({"messageTTL": 30 * DAY * 1000, "sizeLimit": 1_000}),
                expected={**told, "plain": True},
            ),
            *[bad(name, "malformed", result=result) for name, result in refused],
        ],
    )


def profile_extensions() -> VectorFile:
    """The file."""
    schemes = ["x25519-chacha20-poly1305"]
    supported = {"supportedMessageTypes": ["NEW", "LINK"]}
    every: dict[str, bool | None] = {"NEW": True, "LINK": True, "LINK_REJECT": False}
    nothing: dict[str, bool | None] = {"NEW": None, "LINK": None, "LINK_REJECT": None}
    reference = {"encryptionScheme": schemes, "notSupportedMessageTypes": ["NEW"]}
    ours = {"encryptionScheme": schemes, **supported}
    link_not = {"notSupportedMessageTypes": ["LINK"]}
    both_not = {"notSupportedMessageTypes": ["NEW", "LINK"]}
    read: list[tuple[str, Any, dict[str, bool | None]]] = [
        ("what-is-supported", ours, every),
        ("in-both-spellings", {**ours, "notSupportedMessageTypes": []}, every),
        ("as-the-published-text-names-it", {"encryptionAlgorithm": schemes, **supported}, every),
        ("never-stated", {**ours, "stated": False}, nothing),
        ("stated", {**ours, "stated": True}, every),
        ("what-is-not-supported", {"encryptionScheme": schemes, **link_not}, {**nothing, "LINK": False}),
        ("the-reference-s-default", reference, nothing),
        ("the-reference-s-default-as-text", json.dumps(reference), nothing),
        ("not-supported-though-listed", {**ours, **both_not}, {**every, "LINK": False}),
        ("more-members", {**ours, "more": 1}, every),
    ]
    refused: list[tuple[str, Any]] = [
        ("types-as-text", {"encryptionScheme": schemes, "supportedMessageTypes": "NEW"}),
        ("a-type-that-is-no-text", {"encryptionScheme": schemes, "supportedMessageTypes": [1]}),
        ("schemes-as-text", {"encryptionScheme": schemes[0], **supported}),
        (
            "not-supported-as-members",
            {"encryptionScheme": schemes, "notSupportedMessageTypes": {"LINK": True}},
        ),
        ("a-list", []),
        ("nothing", None),
    ]
    return VectorFile(
        "profile_extensions",
        "2.5.2",
        "What `result` of dm3_getProfileExtension says: the encryption schemes, and of some message types"
        " whether the profile reads them (null: nothing is known).",
        [
            *[
                good(name, result=result, expected={"schemes": schemes, "supports": supports})
                for name, result, supports in read
            ],
            good("empty", result={}, expected={"schemes": [], "supports": nothing}),
            *[bad(name, "malformed", result=result) for name, result in refused],
        ],
    )
