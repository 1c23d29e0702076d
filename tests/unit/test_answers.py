"""What an answer is: a yes, a definite no in the service's own form, or nothing that tells anything now."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm3.base.errors import AlreadyTaken, CannotTell, Dm3Error, NotFound, ServiceRefused, Unreachable
from dm3.protocol.services.answers import (
    HttpAnswer,
    read_gateway_answer,
    read_rpc_answer,
    read_service_answer,
)

READERS = (read_service_answer, read_gateway_answer, read_rpc_answer)
NO = {"error": "no such name", "code": "not-found"}
PAGES = (b"", b"<html>Not Found</html>", b"{}", b"[]", b'"OK"', b"OK", b"\xff", b'{"message":', b"null", b"7")


def answer(status: int, body: object) -> HttpAnswer:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpAnswer("https://a.example", status, data)


def told(read, given_: HttpAnswer) -> object:
    """What is read, or the kind of error."""
    try:
        return read(given_)
    except Dm3Error as error:
        return type(error)


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (404, NO, NotFound),
        (409, NO, AlreadyTaken),
        (400, NO, ServiceRefused),
        (401, NO, ServiceRefused),
        (403, NO, ServiceRefused),
        # Another service of ours, or another version: there is no such page, which is no word on a name.
        (404, {"error": "no such page", "code": "http-404"}, ServiceRefused),
        (404, {"error": "Not Found"}, CannotTell),
        (404, {"message": "no Route matched with those values"}, CannotTell),
        (408, NO, CannotTell),
        (425, NO, CannotTell),
        (429, NO, CannotTell),
        (503, NO, CannotTell),
        (302, NO, CannotTell),
        (200, {"name": "a.eth"}, {"name": "a.eth"}),
        (204, b"", None),
    ],
)
def test_what_a_service_of_ours_says(status, body, outcome):
    assert told(read_service_answer, answer(status, body)) == outcome


@pytest.mark.parametrize("body", PAGES)
@pytest.mark.parametrize(
    "status", [301, 302, 307, 400, 401, 403, 404, 407, 408, 410, 425, 429, 500, 502, 503]
)
@pytest.mark.parametrize("read", READERS)
def test_a_page_of_something_in_between_says_nothing(read, status, body):
    assert told(read, answer(status, body)) is CannotTell


@pytest.mark.parametrize("read", [read_service_answer, read_rpc_answer])
def test_a_proxy_that_lets_less_through_is_told_as_what_it_is(read):
    with pytest.raises(CannotTell, match="lets nothing as large as this through") as refused:
        read(answer(413, b"<html><center>nginx</center></html>"))
    assert "proxy" in (refused.value.hint or "")
    assert refused.value.status == 413


@pytest.mark.parametrize("body", [b"<html>log in</html>", b"\xff", b"OK", b"{"])
@pytest.mark.parametrize("read", READERS)
def test_a_page_with_status_200_is_no_yes(read, body):
    assert told(read, answer(200, body)) is CannotTell


@pytest.mark.parametrize(
    ("status", "body", "is_answer"),
    [
        (200, {"jsonrpc": "2.0", "id": 1, "result": None}, True),
        (413, {"jsonrpc": "2.0", "id": None, "error": {"code": -32011, "message": "too big"}}, True),
        (200, {"error": {"message": "execution reverted"}}, True),
        (200, {}, False),
        (200, {"error": {}}, False),
        (200, {"error": "no"}, False),
        (502, {"result": 1}, False),
        (204, b"", False),
    ],
)
def test_what_a_json_rpc_answer_is(status, body, is_answer):
    expected = body if is_answer else CannotTell
    assert told(read_rpc_answer, answer(status, body)) == expected


@given(st.sampled_from(READERS), st.integers(100, 599), st.binary(max_size=80))
def test_junk_never_refuses(read, status, body):
    outcome = told(read, HttpAnswer("a", status, body))
    assert not isinstance(outcome, type) or outcome is CannotTell


def test_cannot_tell_is_never_definite():
    assert issubclass(CannotTell, Unreachable)
    assert not CannotTell.definite
    assert NotFound.definite
    assert not ServiceRefused.definite
