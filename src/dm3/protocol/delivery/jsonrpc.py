"""JSON-RPC 2.0 as a delivery service speaks it: requests, batches and answers.

specification 2.5. Nothing here knows what a method does: a request is read into calls, whoever carries
them out hands back results or errors, and the answer is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from msgspec import Raw, Struct
from msgspec.json import Decoder

from dm3.base import MAX_JSON_BYTES, REQUEST_SIGNS, canonical_json, read_json
from dm3.base.errors import (
    Dm3Error,
    MalformedData,
    TooLarge,
)

from .rpc_refusals import (
    SENTENCES,
    InvalidRequest,
    LimitExceeded,
    ParseError,
    RpcCode,
    VersionNotSupported,
    code_of,
)

MAX_BATCH: Final = 50
MAX_ID_DIGITS: Final = 400
"""The longest id that is a number: it is sent back as it came."""
EXACT: Final = 10**15
"""Integers below it are read as what they are."""


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
