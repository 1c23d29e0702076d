"""Pairing: a one-time code proves to each side of a link that the other is meant (specification 5.1).

The main profile's messenger shows the code, its user takes it to the page that asks. LINK proves it over
the Link Message, LINK_ACCEPT proves it back, and keys follow only then.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from dm3.base import from_base64, to_base64
from dm3.base.errors import MalformedData
from dm3.crypto import PairingCode

LIFE: Final = 600
"""How long a code may be used, in seconds."""
MAX_WRONG: Final = 20
"""Wrong tries that void it: few against guessing 50 bits, many enough that junk does not do it by chance."""

_REQUEST: Final = "dm3lpp/v1/pairing\n"
_ACCEPTANCE: Final = "dm3lpp/v1/paired\n"


class PairingOffer(Struct, frozen=True, kw_only=True):
    """A code that the main profile has shown.

    ``code``: the code itself.
    ``until``: the last second in which it counts, as UNIX time.
    ``wrong``: tries that did not match.
    """

    code: PairingCode
    until: int
    wrong: int = 0

    def is_open(self, now: int) -> bool:
        """Whether a request may use it now."""
        return now <= self.until and self.wrong < MAX_WRONG


class PairingProofs(Struct, frozen=True):
    """The two proofs of a pairing code, each as base64 of 32 bytes.

    ``request``: what LINK carries.
    ``acceptance``: what its LINK_ACCEPT has to carry.
    """

    request: str
    acceptance: str


def pairing_proofs(code: PairingCode, link_message: str) -> PairingProofs:
    """Both proofs of the code over a Link Message."""
    return PairingProofs(_proof(code, _REQUEST, link_message), _proof(code, _ACCEPTANCE, link_message))


def proves(expected: str, given: str | None) -> bool:
    """Whether ``given``, as it came in a message, is the ``expected`` proof. Takes the same time for all."""
    try:
        found = from_base64(given or "", what="the pairing", length=32)
    except MalformedData:
        return False
    return hmac.compare_digest(from_base64(expected, what="the pairing"), found)


def after_wrong_try(offer: PairingOffer) -> PairingOffer | None:
    """The offer after a try that did not match; None once it is void."""
    tried = replace(offer, wrong=offer.wrong + 1)
    return tried if tried.wrong < MAX_WRONG else None


def _proof(code: PairingCode, label: str, link_message: str) -> str:
    text = (label + link_message).encode("utf-8")
    return to_base64(hmac.new(code.reveal(), text, hashlib.sha256).digest())
