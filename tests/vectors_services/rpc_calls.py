"""rpc_calls.json: what a delivery service makes of the body of one request to /rpc, before any method."""

from __future__ import annotations

from typing import Final

from tests.vectors_services.document import Case, VectorFile, bad, good

METHOD: Final = "dm3_getDeliveryServiceProperties"
IDS: Final = {
    "number": "7",
    "zero": "0",
    "minus-zero": "-0",
    "number-with-a-point": "1.0",
    "number-with-an-exponent": "1e2",
    "beyond-what-a-double-holds": "12345678901234567890123",
    "text": '"a"',
    "empty-text": '""',
    "text-with-a-control-character": r'"a\u0000b"',
    "null": "null",
}
"""Ids as they are sent, and as they come back."""


def rpc_calls() -> VectorFile:
    """The file."""
    return VectorFile(
        "rpc_calls",
        "2.5.1",
        "What a delivery service makes of `body`, which holds one element. `expected` is its `method` and"
        " the text in which the `id` goes back; null for a notification, which is not answered. What is"
        " refused is answered with the error `code` and the text of the `id`, a notification of a method"
        " that is not there (`id` null) by nothing but the status 204.",
        [
            *[_call(f"id-{name}", text) for name, text in IDS.items()],
            good("notification", body=_body(None), expected={"method": METHOD, "id": None}),
            *[
                _refused(name, failure, code, body, text)
                for name, failure, code, body, text in (
                    ("no-json", "parse-error", -32700, "{", "null"),
                    ("nothing", "parse-error", -32700, "", "null"),
                    ("not-a-number", "parse-error", -32700, "NaN", "null"),
                    ("a-number", "invalid-request", -32600, "1", "null"),
                    ("an-empty-batch", "invalid-request", -32600, "[]", "null"),
                    ("an-empty-object", "invalid-request", -32600, "{}", "null"),
                    ("id-true", "invalid-request", -32600, _body("true"), "null"),
                    ("id-an-object", "invalid-request", -32600, _body("{}"), "null"),
                    ("id-with-too-many-digits", "invalid-request", -32600, _body("1" * 401), "null"),
                    ("version-1", "version-not-supported", -32006, _body("1.0", version='"1.0"'), "1.0"),
                    ("version-as-a-number", "invalid-request", -32600, _body('"a"', version="2.0"), '"a"'),
                    ("no-method", "invalid-request", -32600, _body("7", method="null"), "7"),
                    ("parameters-as-text", "invalid-request", -32600, _body("7", params='"x"'), "7"),
                    ("a-method-of-nobody", "method-not-found", -32601, _body("1e2", method='"nope"'), "1e2"),
                    (
                        "a-method-of-ours-that-is-not-there",
                        "method-not-supported",
                        -32004,
                        _body('"b"', method='"dm3_nope"'),
                        '"b"',
                    ),
                )
            ],
            bad(
                "a-notification-of-a-method-of-nobody",
                "method-not-found",
                code=-32601,
                body=_body(None, method='"nope"'),
                id=None,
            ),
        ],
    )


def _body(
    call_id: str | None, *, method: str = f'"{METHOD}"', version: str = '"2.0"', params: str = "[]"
) -> str:
    sent = "" if call_id is None else f'"id":{call_id},'
    return f'{{"jsonrpc":{version},{sent}"method":{method},"params":{params}}}'


def _call(name: str, text: str) -> Case:
    return good(name, body=_body(text), expected={"method": METHOD, "id": text})


def _refused(name: str, failure: str, code: int, body: str, call_id: str) -> Case:
    return bad(name, failure, code=code, body=body, id=call_id)
