"""Why a JSON-RPC call is refused, and the codes by which that is told (specification 2.5)."""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar, Final

from dm3.base.errors import (
    BadSignature,
    Dm3Error,
    Fault,
    NotFound,
    StoreError,
    TooLarge,
    Unreachable,
)

_PRIVATE_NAMESPACE: Final = "dm3_"


class RpcCode(IntEnum):
    """JSON-RPC's own codes, those of EIP-1474, and the two of the dm3 specification."""

    PARSE_ERROR = -32700
    INVALID_REQUEST = -32600
    METHOD_NOT_FOUND = -32601
    INVALID_PARAMS = -32602
    INTERNAL_ERROR = -32603
    INVALID_INPUT = -32000
    RESOURCE_NOT_FOUND = -32001
    RESOURCE_UNAVAILABLE = -32002
    REJECTED = -32003
    METHOD_NOT_SUPPORTED = -32004
    LIMIT_EXCEEDED = -32005
    VERSION_NOT_SUPPORTED = -32006
    SPAM = -32010
    TOO_BIG = -32011


SENTENCES: Final[dict[RpcCode, str]] = {
    RpcCode.PARSE_ERROR: "The request is not valid JSON.",
    RpcCode.INVALID_REQUEST: "The request is not a JSON-RPC 2.0 request.",
    RpcCode.METHOD_NOT_FOUND: "There is no such method.",
    RpcCode.INVALID_PARAMS: "The parameters do not fit the method.",
    RpcCode.INTERNAL_ERROR: "The service made a mistake; the operator finds it in the log.",
    RpcCode.INVALID_INPUT: "The envelope or another input cannot be used.",
    RpcCode.RESOURCE_NOT_FOUND: "The receiver has no mailbox at this delivery service.",
    RpcCode.RESOURCE_UNAVAILABLE: "That is not possible right now; try again later.",
    RpcCode.REJECTED: "The message was rejected: its sender cannot be verified or is not admitted.",
    RpcCode.METHOD_NOT_SUPPORTED: "This delivery service does not support the method.",
    RpcCode.LIMIT_EXCEEDED: "A limit of this delivery service is reached.",
    RpcCode.VERSION_NOT_SUPPORTED: "This version of JSON-RPC is not supported; use 2.0.",
    RpcCode.SPAM: "The message was taken for spam.",
    RpcCode.TOO_BIG: "The message is bigger than this delivery service takes.",
}
"""What each code means; the message of an error that has no better sentence of its own."""
_CODES: Final[tuple[tuple[type[Dm3Error], RpcCode], ...]] = (
    (TooLarge, RpcCode.TOO_BIG),
    (BadSignature, RpcCode.REJECTED),
    (NotFound, RpcCode.RESOURCE_NOT_FOUND),
    (StoreError, RpcCode.RESOURCE_UNAVAILABLE),
    (Unreachable, RpcCode.RESOURCE_UNAVAILABLE),
)


class RpcRefusal(Dm3Error):
    """The call was refused."""

    code = "rpc-refused"
    rpc_code: ClassVar[RpcCode] = RpcCode.INVALID_REQUEST

    def __str__(self) -> str:
        sentence = SENTENCES[self.rpc_code]
        return f"{sentence.rstrip('.')}: {self.detail}" if self.detail else sentence


class ParseError(RpcRefusal):
    """The request is not valid JSON."""

    code = "parse-error"
    rpc_code = RpcCode.PARSE_ERROR


class InvalidRequest(RpcRefusal):
    """The request is not a JSON-RPC 2.0 request."""

    code = "invalid-request"
    hint = 'Send {"jsonrpc": "2.0", "id": 1, "method": "…", "params": […]}.'


class VersionNotSupported(RpcRefusal):
    """This version of JSON-RPC is not supported."""

    code = "version-not-supported"
    rpc_code = RpcCode.VERSION_NOT_SUPPORTED


class MethodNotFound(RpcRefusal):
    """There is no such method."""

    code = "method-not-found"
    rpc_code = RpcCode.METHOD_NOT_FOUND


class MethodNotSupported(RpcRefusal):
    """This delivery service does not support the method."""

    code = "method-not-supported"
    rpc_code = RpcCode.METHOD_NOT_SUPPORTED


class InvalidParams(RpcRefusal):
    """The parameters do not fit the method."""

    code = "invalid-params"
    rpc_code = RpcCode.INVALID_PARAMS


class LimitExceeded(RpcRefusal):
    """A limit of this delivery service is reached."""

    code = "limit-exceeded"
    rpc_code = RpcCode.LIMIT_EXCEEDED
    hint = "Wait a while before you try again, or send less at once."


def unknown_method(method: str) -> RpcRefusal:
    """The refusal of a method that is not there: ours (``dm3_``) is not supported, others do not exist."""
    shown = f"{method[:60]!a}"
    return MethodNotSupported(shown) if method.startswith(_PRIVATE_NAMESPACE) else MethodNotFound(shown)


def code_of(error: Dm3Error) -> RpcCode:
    """The code for one of our errors."""
    if isinstance(error, RpcRefusal):
        return error.rpc_code
    found = next((code for kind, code in _CODES if isinstance(error, kind)), None)
    if found is not None:
        return found
    return RpcCode.RESOURCE_UNAVAILABLE if error.fault is Fault.OPERATOR else RpcCode.INVALID_INPUT
