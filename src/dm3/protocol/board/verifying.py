"""Verifying a board's statement without believing the board (specification 5.8).

What is proven: that the text is its author's, meant to be public, and for this board. What is not: when it
was received, and that nothing is left out.
"""

from __future__ import annotations

from msgspec import Struct

from dm3.base import address_of
from dm3.base.errors import BadSignature, InvalidInput, MalformedData, NotFound
from dm3.crypto import checksum_address
from dm3.protocol.messages import check_message
from dm3.protocol.names import AddressQuestion, Inquiry, WalletQuestion
from dm3.wire import profile_message

from .items import PublishedItem, check_statement


class VerifiedStatement(Struct, frozen=True, kw_only=True):
    """A statement whose author is proven.

    ``hash``: the message's.
    ``author``: the author's name in normal form.
    ``owner``: the account that the name belongs to, EIP-55.
    ``text``: what is said.
    ``stated_at``: the author's own time in milliseconds.
    ``received_at``: the board's time in milliseconds; its word alone.
    """

    hash: str
    author: str
    owner: str
    text: str
    stated_at: int
    received_at: int


def verify_statement(item: PublishedItem, board: str) -> Inquiry[VerifiedStatement]:
    """Verify an item of the feed of the board of that name.

    An address name needs nobody's word for its owner; for other names the asker is asked. Raises
    `NotAStatement`, `BadSignature`, `NotFound` or `MalformedData`.
    """
    message = item.message
    if message.hash != item.hash:
        raise BadSignature("the board shows another message than it names")
    check_statement(message, board)
    check_message(message, item.signed.profile)
    own = address_of(message.from_)
    owner = own[0] if own else (yield AddressQuestion(message.from_))
    if not owner:
        raise NotFound(f"{message.from_} has no address, so its statement cannot be verified")
    try:
        owner = checksum_address(owner)
    except InvalidInput:
        raise MalformedData(f"{message.from_} points to something that is no Ethereum address") from None
    signed = item.signed
    if not (yield WalletQuestion(owner, profile_message(signed.profile_text, owner), signed.signature)):
        raise BadSignature(f"the profile beside the statement is not signed by {message.from_}'s owner")
    return VerifiedStatement(
        hash=message.hash,
        author=message.from_,
        owner=owner,
        text=message.content or "",
        stated_at=message.timestamp,
        received_at=item.received_at,
    )
