"""What can be asked of a chain: the questions of pure rules that need one, and how a contract refuses.

`dm3.net.chain.json_rpc` puts them to a node.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any, TypeVar

from msgspec import Struct

from dm3.base.errors import RemoteProtocolError

T = TypeVar("T")

_CHAIN_LINE = re.compile(r"^Chain ID: (0|[1-9][0-9]{0,18})$", re.MULTILINE)


class CallReverted(RemoteProtocolError):
    """The contract refused the call.

    ``data`` is what it said: an encoded error, or nothing.
    """

    code = "call-reverted"

    def __init__(self, data: bytes = b"", detail: str = "") -> None:
        super().__init__(detail)
        self.data = data


class CodeQuestion(Struct, frozen=True):
    """Which contract's code is at ``address``? Answer: bytes, empty where there is none."""

    address: str


class CallQuestion(Struct, frozen=True):
    """What does the contract at ``to`` return for ``data``? Answer: bytes, or `CallReverted` is thrown.

    With ``to`` None ``data`` is creation code, which runs and leaves nothing behind; what it returns as
    the new contract's code is the answer.
    """

    to: str | None
    data: bytes


ChainQuestion = CodeQuestion | CallQuestion
ChainInquiry = Generator[ChainQuestion, Any, T]


def chain_named_in(text: str) -> int | None:
    """The chain that a signed text names in its one line ``Chain ID:`` (EIP-4361, Link Messages), or None.

    There a wallet that is a contract is to be asked, says EIP-4361.
    """
    named = _CHAIN_LINE.findall(text)
    return int(named[0]) if len(named) == 1 else None
