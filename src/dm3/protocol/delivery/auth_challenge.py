"""The challenge by which a delivery service has a profile prove itself: what may be signed as one.

A profile's signing key signs other things, too, and a hostile service could pass on the challenge of an
honest one, to get a token there. Ours say whom they are for: service (``aud``) and profile (``name``).
"""

from __future__ import annotations

import base64
import re
from typing import Any, Final

from dm3.base import read_json, same_name
from dm3.base.errors import Dm3Error, MalformedData

PURPOSE: Final = "challenge"
"""What the member ``purpose`` of our challenges says."""

_CHALLENGE: Final = re.compile(r"[A-Za-z0-9._~+/=-]{16,4096}")
_HASH: Final = re.compile(r"(?:0[xX])?[0-9a-fA-F]{64}")
_OURS: Final = frozenset({"purpose", "aud"})


class ForeignChallenge(MalformedData):
    """The challenge is one of another delivery service, or for another profile."""

    code = "foreign-challenge"
    hint = "The service may be trying to open your mailbox elsewhere: do not use it."


def check_challenge(challenge: Any, service: str, name: str) -> str:
    """The challenge, if the key of the profile ``name`` may sign it for the delivery service ``service``.

    It must not be what could pass for a hash, a claim or a message. If it says of itself whom it is for, as
    all of ours do, that must be this service and this profile. One that says nothing of itself (the
    reference's) is signed for whoever sent it (``docs/security.md``). Raises `MalformedData`, of which
    `ForeignChallenge` is one.
    """
    if not isinstance(challenge, str) or not _CHALLENGE.fullmatch(challenge) or _HASH.fullmatch(challenge):
        raise MalformedData("the delivery service's challenge is not one that may be signed")
    for claims in map(_claims, challenge.split(".")):
        if _OURS.isdisjoint(claims):
            continue
        if claims.get("purpose") != PURPOSE:
            raise ForeignChallenge("it is no challenge but something else that a service signs")
        if not _is(claims.get("aud"), service):
            raise ForeignChallenge(f"it is one of another service than {service or 'the one asked'}")
        if not _is(claims.get("name"), name):
            raise ForeignChallenge("it is for another profile")
    return challenge


def _is(claimed: Any, expected: str) -> bool:
    return isinstance(claimed, str) and bool(expected) and same_name(claimed, expected)


def _claims(part: str) -> dict[str, Any]:
    """The members of a part of a JWT, read tolerantly; nothing if it is no such part."""
    usual = part.replace("+", "-").replace("/", "_").rstrip("=")
    try:
        found = read_json(base64.urlsafe_b64decode(usual + "=" * (-len(usual) % 4)), max_bytes=4096)
    except (ValueError, Dm3Error):
        return {}
    return found if isinstance(found, dict) else {}
