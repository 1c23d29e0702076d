"""A profile's keys in escrow: sealed, deposited, released."""

from typing import TYPE_CHECKING

from dm3.lazy import lazy_face

if TYPE_CHECKING:
    from .challenge import MAX_CHARS, EscrowChallenge, check_escrow_challenge, parse_escrow_challenge
    from .contents import (
        MAX_BLOB_CHARS,
        EscrowContents,
        EscrowKey,
        EscrowMismatch,
        open_escrow,
        require_published,
        seal_escrow,
    )
    from .sealing import SealedBy, Sealing, kept_sealing, sealing_from, sealing_of
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            ".challenge": (
                "EscrowChallenge",
                "MAX_CHARS",
                "check_escrow_challenge",
                "parse_escrow_challenge",
            ),
            ".contents": (
                "EscrowContents",
                "EscrowKey",
                "EscrowMismatch",
                "MAX_BLOB_CHARS",
                "open_escrow",
                "require_published",
                "seal_escrow",
            ),
            ".sealing": (
                "SealedBy",
                "Sealing",
                "kept_sealing",
                "sealing_from",
                "sealing_of",
            ),
        },
    )

__all__ = [
    "MAX_BLOB_CHARS",
    "MAX_CHARS",
    "EscrowChallenge",
    "EscrowContents",
    "EscrowKey",
    "EscrowMismatch",
    "SealedBy",
    "Sealing",
    "check_escrow_challenge",
    "kept_sealing",
    "open_escrow",
    "parse_escrow_challenge",
    "require_published",
    "seal_escrow",
    "sealing_from",
    "sealing_of",
]
