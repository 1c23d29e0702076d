"""JSON-RPC 2.0: requests, batches, notifications and the table of codes."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm3.base.errors import BadSignature, CannotOpen, Dm3Error, NotFound, StoreError, TooLarge, Unreachable
from dm3.protocol.delivery.accepting import SenderRefused, Spam, UnknownReceiver
from dm3.protocol.delivery.jsonrpc import (
    MAX_BATCH,
    Call,
    Refused,
    answer_text,
    error_json,
    read_request,
    result_json,
)
from dm3.protocol.delivery.rpc_refusals import (
    SENTENCES,
    InvalidParams,
    LimitExceeded,
    RpcCode,
    code_of,
    unknown_method,
)

CALL = {"jsonrpc": "2.0", "id": 7, "method": "m", "params": [1]}


def only(body) -> Any:
    """The one element of a request that is no batch."""
    request = read_request(body if isinstance(body, bytes) else json.dumps(body).encode())
    assert not request.batch
    (element,) = request.elements
    return element


def written(answer: bytes | None) -> Any:
    """What an answer says; there must be one."""
    assert answer is not None
    return json.loads(answer)


def test_a_call_is_read():
    assert only(CALL) == Call("m", [1], 7, False)
    assert only({**CALL, "params": {"a": 1}}).argument(0, "a") == 1
    assert only(CALL).argument(0, "a") == 1
    assert only(CALL).argument(1, "b") is None


def test_a_call_without_id_is_a_notification_and_one_with_null_is_not():
    bare = {key: value for key, value in CALL.items() if key != "id"}
    assert only(bare).notification
    assert not only({**CALL, "id": None}).notification


@pytest.mark.parametrize(
    ("body", "code", "call_id"),
    [
        (b"{", RpcCode.PARSE_ERROR, None),
        (b"", RpcCode.PARSE_ERROR, None),
        (b"\xff\xfe", RpcCode.PARSE_ERROR, None),
        (b"NaN", RpcCode.PARSE_ERROR, None),
        (b"[" * 5000, RpcCode.PARSE_ERROR, None),
        (b"[]", RpcCode.INVALID_REQUEST, None),
        (b"1", RpcCode.INVALID_REQUEST, None),
        (b"null", RpcCode.INVALID_REQUEST, None),
        (b"{}", RpcCode.INVALID_REQUEST, None),
        ({**CALL, "jsonrpc": "1.0"}, RpcCode.VERSION_NOT_SUPPORTED, 7),
        ({**CALL, "jsonrpc": 2.0}, RpcCode.INVALID_REQUEST, 7),
        ({**CALL, "method": 1}, RpcCode.INVALID_REQUEST, 7),
        ({**CALL, "method": None}, RpcCode.INVALID_REQUEST, 7),
        ({**CALL, "params": "bar"}, RpcCode.INVALID_REQUEST, 7),
        ({**CALL, "params": None}, RpcCode.INVALID_REQUEST, 7),
        ({**CALL, "id": True}, RpcCode.INVALID_REQUEST, None),
        ({**CALL, "id": {}}, RpcCode.INVALID_REQUEST, None),
    ],
)
def test_what_is_not_a_call_is_refused(body, code, call_id):
    element = only(body)
    assert isinstance(element, Refused)
    assert code_of(element.error) is code
    assert element.id == call_id


def test_a_batch_keeps_its_order_and_refuses_its_bad_elements_only():
    request = read_request(json.dumps([CALL, 1, {**CALL, "id": "x"}]).encode())
    assert request.batch
    first, second, third = request.elements
    assert (first.id, third.id) == (7, "x")
    assert isinstance(second, Refused)
    assert code_of(second.error) is RpcCode.INVALID_REQUEST


def test_a_batch_is_bounded():
    assert len(read_request(json.dumps([CALL] * MAX_BATCH).encode()).elements) == MAX_BATCH
    assert code_of(only([CALL] * (MAX_BATCH + 1)).error) is RpcCode.LIMIT_EXCEEDED


def test_a_body_above_the_limit_is_too_big():
    request = read_request(b" " * 101, max_bytes=100)
    (element,) = request.elements
    assert isinstance(element, Refused)
    assert code_of(element.error) is RpcCode.TOO_BIG


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TooLarge(), -32011),
        (BadSignature(), -32003),
        (SenderRefused(), -32003),
        (Spam(), -32010),
        (NotFound(), -32001),
        (UnknownReceiver(), -32001),
        (StoreError(), -32002),
        (Unreachable(), -32002),
        (CannotOpen(), -32000),
        (LimitExceeded(), -32005),
        (InvalidParams(), -32602),
        (unknown_method("dm3_nothing"), -32004),
        (unknown_method("eth_call"), -32601),
    ],
)
def test_errors_have_their_codes(error, code):
    answer = error_json(3, error)
    assert answer["id"] == 3
    assert answer["error"]["code"] == code
    assert answer["error"]["message"] == str(error)
    assert answer["error"]["data"]["code"] == error.code


def test_every_code_has_a_sentence_and_every_hint_is_handed_on():
    assert set(SENTENCES) == set(RpcCode)
    error = Dm3Error(hint="Do that.")
    assert error_json(1, error)["error"]["data"]["hint"] == "Do that."


def test_answers_are_written_and_notifications_leave_none():
    one = result_json(1, "success")
    assert written(answer_text([one], batch=False)) == one
    assert written(answer_text([one], batch=True)) == [one]
    assert written(answer_text([None, one], batch=True)) == [one]
    assert answer_text([None], batch=False) is None
    assert answer_text([None, None], batch=True) is None


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**30), 10**30), st.booleans())
def test_a_number_comes_back_in_the_digits_that_it_was_sent_in(number, batch):
    body = f'{{"method":"m","id": {number!r} ,"jsonrpc":"2.0"}}'
    request = read_request((f"[{body}]" if batch else body).encode())
    (element,) = request.elements
    answer = answer_text([result_json(element.id, "x")], batch=batch)
    assert answer is not None
    assert f'"id":{number!r},' in answer.decode()


def test_a_number_of_more_digits_than_anybody_needs_is_refused():
    refused = only(b'{"jsonrpc":"2.0","method":"m","id":%s}' % (b"1" * 401))
    assert (refused.id, refused.error.code) == (None, "invalid-request")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)
nearly_calls = st.dictionaries(
    st.sampled_from(["jsonrpc", "id", "method", "params", "x"]),
    st.just("2.0") | json_values,
)


@given(
    st.binary() | (nearly_calls | st.lists(nearly_calls) | json_values).map(lambda v: json.dumps(v).encode())
)
def test_anything_is_read_into_elements_that_can_be_answered(body):
    request = read_request(body)
    assert request.elements
    for element in request.elements:
        answer = (
            error_json(element.id, InvalidParams())
            if isinstance(element, Call)
            else error_json(element.id, element.error)
        )
        assert written(answer_text([answer], batch=request.batch))
