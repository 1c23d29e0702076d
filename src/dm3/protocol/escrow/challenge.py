"""The text with which an owner has an escrow released (specification 3.8).

Its wording is its own: it is no sign-in message, Link Message, owner alias or key-creation message, and
none of those passes for it. The client checks it before the wallet sees it, so that a hostile service
cannot have something else signed in its place.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from dm3.base import normalize
from dm3.base.errors import InvalidInput, MalformedData
from dm3.crypto import checksum_address

from ..wallets import CLOCK_SKEW, time_text, unix_time

MAX_TERM: Final = 3_600
"""The longest time between issue and expiry, in seconds."""
MAX_CHARS: Final = 2_000

_OPENING: Final = " keeps sealed copies of dm3 profiles and asks who wants to open one:"
_BODY: Final = re.compile(
    r"(?P<service>[^\n]+)" + re.escape(_OPENING) + r"\n(?P<owner>[^\n]+)\n\n"
    r"Sign this only if you want to use your profile of (?P<app>[^\n]+) on this device\.\n"
    r"\(There is no paid transaction initiated\. The signature is used off-chain only\.\)\n\n"
    r"Purpose: release of the escrow\n"
    r"Version: 1\n"
    r"Nonce: (?P<nonce>[0-9a-f]{32,128})\n"
    r"Issued At: (?P<issued>[^\n]+)\n"
    r"Expiration Time: (?P<expires>[^\n]+)"
)


class EscrowChallenge(Struct, frozen=True, kw_only=True):
    """What a challenge says. Names in normal form, ``owner`` in EIP-55 form, times in UNIX seconds."""

    service: str
    app: str
    owner: str
    nonce: str
    issued_at: int
    expires_at: int

    @property
    def text(self) -> str:
        """The exact text to sign with ``personal_sign``."""
        return (
            f"{self.service}{_OPENING}\n"
            f"{self.owner}\n\n"
            f"Sign this only if you want to use your profile of {self.app} on this device.\n"
            "(There is no paid transaction initiated. The signature is used off-chain only.)\n\n"
            "Purpose: release of the escrow\n"
            "Version: 1\n"
            f"Nonce: {self.nonce}\n"
            f"Issued At: {time_text(self.issued_at)}\n"
            f"Expiration Time: {time_text(self.expires_at)}"
        )


def parse_escrow_challenge(text: str) -> EscrowChallenge:
    """Read a challenge; there is one way to write each. Raises `MalformedData`."""
    found = _BODY.fullmatch(text) if len(text) <= MAX_CHARS else None
    if found is None:
        raise MalformedData("this is not an escrow challenge")
    try:
        challenge = EscrowChallenge(
            service=normalize(found["service"]),
            app=normalize(found["app"]),
            owner=checksum_address(found["owner"]),
            nonce=found["nonce"],
            issued_at=unix_time(found["issued"], what="Issued At"),
            expires_at=unix_time(found["expires"], what="Expiration Time"),
        )
        if challenge.text == text:
            return challenge
    except InvalidInput:  # a name, account or time that is none
        pass
    raise MalformedData("the escrow challenge is not written as it must be")


def check_escrow_challenge(text: str, *, service: str, app: str, owner: str, now: int) -> EscrowChallenge:
    """Check, before the wallet signs it, that ``text`` asks for what the user wants and nothing else.

    Raises `MalformedData`.
    """
    challenge = parse_escrow_challenge(text)
    wanted = (normalize(service), normalize(app), checksum_address(owner))
    if (challenge.service, challenge.app, challenge.owner) != wanted:
        raise MalformedData("the escrow challenge names another service, application or account")
    if not 0 < challenge.expires_at - challenge.issued_at <= MAX_TERM:
        raise MalformedData(f"the escrow challenge is valid for more than {MAX_TERM // 60} minutes")
    if not challenge.issued_at - CLOCK_SKEW <= now < challenge.expires_at + CLOCK_SKEW:
        raise MalformedData("the escrow challenge is not valid now")
    return challenge
