"""JSON-RPC 2.0 as a delivery service speaks it: requests, batches, answers and the error codes.

specification 2.5. Nothing here knows what a method does: a request is read into calls, whoever carries
them out hands back results or errors, and the answer is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Any, ClassVar, Final

from msgspec import Raw, Struct
from msgspec.json import Decoder

from dm3.base import MAX_JSON_BYTES, REQUEST_SIGNS, canonical_json, read_json
from dm3.base.errors import (
    BadSignature,
    Dm3Error,
    Fault,
    MalformedData,
    NotFound,
    StoreError,
    TooLarge,
    Unreachable,
)

MAX_BATCH: Final = 50
MAX_ID_DIGITS: Final = 400
"""The longest id that is a number: it is sent back as it came."""
EXACT: Final = 10**15
"""Integers below it are read as what they are."""

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


class SentNumber(Struct, frozen=True):
    """A number as somebody wrote it (``1.0``, ``1e400``), to be sent back in the same digits."""

    text: str


class Call(Struct, frozen=True):
    """One call. ``id`` is text, an int, a `SentNumber` or None; a ``notification`` gets no answer."""

    method: str
    params: list[Any] | dict[str, Any] | None
    id: Any
    notification: bool

    def argument(self, position: int, name: str) -> Any:
        """The parameter at ``position`` of an array or under ``name`` of an object, or None."""
        if isinstance(self.params, list):
            return self.params[position] if position < len(self.params) else None
        return self.params.get(name) if self.params is not None else None


class Refused(Struct, frozen=True):
    """An element of a request that is not a call, with the error that answers it."""

    id: Any
    error: Dm3Error


class _WithId(Struct):
    id: Raw


_decode_id: Final = Decoder(_WithId).decode
_decode_texts: Final = Decoder(list[Raw]).decode


class RpcRequest(Struct, frozen=True):
    """What one body holds: one element, or a batch of them."""

    elements: tuple[Call | Refused, ...]
    batch: bool


def read_request(body: bytes, *, max_bytes: int = MAX_JSON_BYTES) -> RpcRequest:
    """Read the body of a request. Raises nothing: what is wrong with it is one of its elements."""
    try:
        value = read_json(body, what="the request", max_bytes=max_bytes, max_signs=REQUEST_SIGNS)
    except TooLarge as error:
        return RpcRequest((Refused(None, error),), False)
    except MalformedData as error:
        return RpcRequest((Refused(None, ParseError(error.detail)),), False)
    if not isinstance(value, list):
        return RpcRequest((_element(value, body),), False)
    if not value:
        return RpcRequest((Refused(None, InvalidRequest("the batch is empty")),), False)
    if len(value) > MAX_BATCH:
        over = LimitExceeded(f"a batch holds at most {MAX_BATCH} calls")
        return RpcRequest((Refused(None, over),), False)
    if not any(isinstance(item, dict) and _is_unusual(item.get("id")) for item in value):
        return RpcRequest(tuple([_element(item) for item in value]), True)
    texts = _decode_texts(body)
    return RpcRequest(tuple([_element(item, text) for item, text in zip(value, texts, strict=True)]), True)


def _is_unusual(call_id: Any) -> bool:
    """Whether a number's digits may be other ones when it is written again."""
    if type(call_id) is int:
        return call_id == 0 or abs(call_id) >= EXACT
    return isinstance(call_id, float)


def _sent_id(text: bytes | Raw) -> SentNumber | None:
    """The id in the text of a call, as it was sent; None for one that is too long to send back."""
    found = bytes(_decode_id(text).id).decode("utf-8")
    return SentNumber(found) if len(found) <= MAX_ID_DIGITS else None


def _element(value: Any, text: bytes | Raw = b"") -> Call | Refused:
    if not isinstance(value, dict):
        return Refused(None, InvalidRequest("a call must be a JSON object"))
    call_id = value.get("id")
    if _is_unusual(call_id):
        call_id = _sent_id(text)
        if call_id is None:
            return Refused(None, InvalidRequest(f"id has more than {MAX_ID_DIGITS} digits"))
    elif isinstance(call_id, bool) or not isinstance(call_id, str | int | float | None):
        return Refused(None, InvalidRequest("id must be text, a number or null"))
    version, method = value.get("jsonrpc"), value.get("method")
    if isinstance(version, str) and version != "2.0":
        return Refused(call_id, VersionNotSupported(f"{version[:20]!a}"))
    if version != "2.0":
        return Refused(call_id, InvalidRequest('jsonrpc must be "2.0"'))
    if not isinstance(method, str):
        return Refused(call_id, InvalidRequest("method must be text"))
    if "params" in value and not isinstance(value["params"], list | dict):
        return Refused(call_id, InvalidRequest("params must be an array or an object"))
    return Call(method, value.get("params"), call_id, "id" not in value)


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


def result_json(call_id: Any, result: Any) -> dict[str, Any]:
    """The answer to a call that succeeded."""
    return {"jsonrpc": "2.0", "id": call_id, "result": result}


def error_json(call_id: Any, error: Dm3Error) -> dict[str, Any]:
    """The answer to a call that was refused; ``data`` holds our own code and what to do next."""
    data = {"code": error.code}
    if error.hint:
        data["hint"] = error.hint
    members = {"code": int(code_of(error)), "message": str(error), "data": data}
    return {"jsonrpc": "2.0", "id": call_id, "error": members}


def internal_error_json(call_id: Any) -> dict[str, Any]:
    """The answer to a call that failed by a defect of ours."""
    code = RpcCode.INTERNAL_ERROR
    members = {"code": int(code), "message": SENTENCES[code], "data": {"code": "internal"}}
    return {"jsonrpc": "2.0", "id": call_id, "error": members}


def answer_text(answers: Iterable[dict[str, Any] | None], *, batch: bool) -> bytes | None:
    """Write the answer; None (for notifications) drops out, and nothing left means no body at all."""
    given = [_written(answer) for answer in answers if answer is not None]
    if not given:
        return None
    return ("[" + ",".join(given) + "]" if batch else given[0]).encode("utf-8")


def _written(answer: dict[str, Any]) -> str:
    call_id = answer["id"]
    if not isinstance(call_id, SentNumber):
        return canonical_json(answer)
    members = [
        f'"{member}":{call_id.text if member == "id" else canonical_json(answer[member])}'
        for member in sorted(answer)
    ]
    return "{" + ",".join(members) + "}"
