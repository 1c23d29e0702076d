"""Where a mailbox ends: what a service says of it, and what is made of a service that says nothing (5.4)."""

from __future__ import annotations

from typing import Any

import pytest

from dm3.base.errors import MalformedData
from dm3.net.clients.mailbox_pages import page_from

ENTRY = {"hash": "0x01", "cursor": 1, "envelope": {"nobody": "reads this"}}


@pytest.mark.parametrize(
    ("told", "more"),
    [
        ({"messages": [ENTRY], "cursor": 1, "more": True}, True),
        ({"messages": [ENTRY], "cursor": 1, "more": False}, False),
        ({"messages": [ENTRY], "cursor": 1}, True),
        ({"messages": [ENTRY], "cursor": 1, "more": "no"}, True),
        ({"messages": [ENTRY] * 60, "cursor": 1}, True),
        ({"messages": [], "cursor": 1}, False),
        ({"messages": [], "cursor": 1, "more": True}, False),
    ],
    ids=[
        "more is said",
        "the end is said",
        "nothing is said",
        "nothing that can be read is said",
        "a large page",
        "an empty page is the end",
        "whatever a service says",
    ],
)
def test_a_mailbox_ends_where_its_service_says_so_or_a_page_is_empty(
    told: dict[str, Any], more: bool
) -> None:
    page = page_from(told)
    assert page.more is more
    assert [entry.envelope for entry in page.messages] == [None] * len(told["messages"]), "its place is kept"


@pytest.mark.parametrize("told", [[], {}, {"messages": []}, {"messages": {}, "cursor": 1}, {"cursor": 1}])
def test_what_is_no_page_is_no_end(told: Any) -> None:
    with pytest.raises(MalformedData):
        page_from(told)
