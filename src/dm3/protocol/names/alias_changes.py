"""Claims and removals of aliases that say when they were signed and what they follow (specification 5.5).

A signature over the reference's texts (``alias: name``, ``remove: name``) is good for ever, so a removal
could be played again after the alias was claimed anew. Ours carry a time and the hash of the text that
changed the alias last; the reference's are read, each signature once.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from dm3.base import sha256_hex
from dm3.base.errors import MalformedData

from ..wallets import unix_time
from .claims import RECORD_WINDOW_MS, OutsideWindow, alias_text, removal_text

FIRST: Final = "none"
"""What the first claim of a name follows."""

_HASH: Final = re.compile(r"0x[0-9a-f]{64}")


class Dating(Struct, frozen=True):
    """When a change was signed (RFC 3339, as written), and the hash of what it follows, or `FIRST`."""

    issued: str
    after: str

    def lines(self) -> str:
        """The lines that it adds to a text."""
        return f"\nissued: {self.issued}\nafter: {self.after}"


class AliasChange(Struct, frozen=True):
    """A claim or removal: the hash of its text, and what keeps it from counting twice.

    ``after`` is what it follows, None for an undated one: that counts once for its ``signer``, a hash of the
    text and the key that signed it.
    """

    text_hash: str
    after: str | None
    signer: str


def claim_text(alias: str, dating: Dating | None) -> str:
    """What a profile signs to claim ``alias``, spelt exactly as in the request."""
    return alias_text(alias) + (dating.lines() if dating else "")


def give_up_text(alias: str, dating: Dating | None) -> str:
    """What a profile signs to give ``alias`` up, spelt exactly as in the request."""
    return removal_text(alias) + (dating.lines() if dating else "")


def dating_of(issued: str | None, after: str | None, now: int) -> Dating | None:
    """The dating of a request at ``now`` (UNIX seconds); None for one without.

    Raises `MalformedData`, and `OutsideWindow` when it is not of the last or next ten minutes.
    """
    if issued is None and after is None:
        return None
    if issued is None or after is None:
        raise MalformedData("issued and after belong together")
    if after != FIRST and not _HASH.fullmatch(after):
        raise MalformedData(f"after is 0x and 64 lower-case hex digits, or {FIRST}")
    if abs(unix_time(issued, what="issued") - now) * 1000 > RECORD_WINDOW_MS:
        raise OutsideWindow()
    return Dating(issued, after)


def change_of(text: str, dating: Dating | None, signing_key: bytes) -> AliasChange:
    """What the store needs of a change whose ``text`` was signed with ``signing_key`` (32 bytes)."""
    return AliasChange(
        sha256_hex(text), dating.after if dating else None, sha256_hex(f"{text}\n{signing_key.hex()}")
    )


def hash_before_there_was_any(alias: str) -> str:
    """The last change of an alias that was claimed before changes were kept: its claim, undated."""
    return sha256_hex(alias_text(alias))
