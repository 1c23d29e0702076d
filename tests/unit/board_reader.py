"""A reader of a board who believes nothing and asks nobody."""

from __future__ import annotations

from typing import Any

from dm3.base.errors import NotFound
from dm3.crypto import recover_personal
from dm3.protocol.board import GoneItem, VerifiedStatement, read_item, verify_statement
from dm3.protocol.names import AddressQuestion, WalletQuestion


def verified(entry: dict[str, Any], board: str) -> VerifiedStatement | GoneItem:
    """An entry of the feed as a reader verifies it, who asks nobody."""
    item = read_item(entry)
    if isinstance(item, GoneItem):
        return item
    asking = verify_statement(item, board)
    answer: Any = None
    while True:
        try:
            question = asking.send(answer)
        except StopIteration as ended:
            return ended.value  # type: ignore[no-any-return]
        if isinstance(question, AddressQuestion):
            raise NotFound("a reader who asks nobody knows address names alone")
        assert isinstance(question, WalletQuestion)
        answer = recover_personal(question.text, question.signature) == question.address
