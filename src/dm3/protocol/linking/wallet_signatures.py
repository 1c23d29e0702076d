"""Who has signed a Link Message: whose the wallet is, and what it was shown (specification 3.3)."""

from __future__ import annotations

from collections.abc import Generator
from enum import Enum, auto
from typing import Any

from dm3.base import from_hex, sha256_hex
from dm3.base.errors import Dm3Error
from dm3.crypto import recover_personal
from dm3.model import LinkMessage, LinkPayload
from dm3.protocol.names import Question, WalletQuestion

from .refusals import LinkRefused, Reason


class Signed(Enum):
    """What a wallet was shown when it signed."""

    TEXT = auto()
    HASH = auto()


def claimed_owner(text: LinkMessage, payload: LinkPayload, expected: str) -> Generator[Question, Any, str]:
    """The address that must have signed: the one that the text names, else the one that did sign.

    The ``expected`` one is asked first: a contract's word does not tell whose it is, and neither does a
    signature over the text's hash, as older peers make it, because any signature fits some address.
    """
    if text.owner is not None:
        return text.owner
    if (yield from what_was_signed(expected, payload)) is not None:
        return expected
    try:
        return recover_personal(payload.link_message, payload.signature)
    except Dm3Error:
        raise LinkRefused(Reason.BAD_WALLET_SIGNATURE) from None


def was_signed(owner: str, payload: LinkPayload) -> Generator[Question, Any, bool]:
    """Whether this wallet has signed the text, or its hash."""
    return (yield from what_was_signed(owner, payload)) is not None


def what_was_signed(owner: str, payload: LinkPayload) -> Generator[Question, Any, Signed | None]:
    """Whether the wallet signed the text, or as others do its hash; None if neither."""
    text = payload.link_message
    hashed = sha256_hex(text)
    # A hash is signed as hex text or as its 32 bytes.
    for what, signed in (
        (Signed.TEXT, text),
        (Signed.HASH, hashed),
        (Signed.HASH, from_hex(hashed)),
    ):
        if (yield WalletQuestion(owner, signed, payload.signature)):
            return what
    return None
