"""What a client makes of a delivery service's JSON-RPC error."""

import pytest

from dm3.base.errors import NotFound, ServiceRefused, TooLarge
from dm3.net.clients.service_line import _rpc_error


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        ({"code": -32001, "message": "nobody"}, NotFound, None),
        ({"code": -32011, "message": "too big"}, TooLarge, None),
        ({"code": -32012, "message": "else"}, ServiceRefused, -32012),
        (
            {"code": -32000, "message": "sealed", "data": {"code": "cannot-open"}},
            ServiceRefused,
            "cannot-open",
        ),
        ({"code": -32000, "message": "else", "data": {"code": "cannot-tell"}}, ServiceRefused, -32000),
        ({"code": -32000, "message": "else", "data": "cannot-open"}, ServiceRefused, -32000),
        ({"message": 7}, ServiceRefused, ""),
    ],
)
def test_an_error_is_told_as_what_it_is(error, kind, code):
    told = _rpc_error(error)
    assert type(told) is kind
    assert getattr(told, "service_code", None) == code
    assert str(error["message"]) in str(told) or "no reason given" in str(told)
