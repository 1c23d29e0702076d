"""The door of a service: so many requests of one source at a time, and answers in pieces."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm3.service import budget
from dm3.service.connection_limits import ConnectionLimits
from dm3.service.door import ABORT, ANSWER_BYTES, ANSWERS, PIECE, Door, send_pieces
from dm3.service.sources import Counted

NEAR = st.builds(lambda pieces, more: max(1, pieces * PIECE + more), st.integers(0, 3), st.integers(-2, 2))


class Taken(list):
    """What an application has sent."""

    async def __call__(self, message):
        self.append(message)

    @property
    def bodies(self):
        return [message["body"] for message in self if message["type"] == "http.response.body"]


def scope(host="192.0.2.1", **more):
    return {"type": "http", "client": None if host is None else (host, 1), **more}


def door(proxies=(), **limits):
    return Door(ConnectionLimits(**limits), proxies)


def answering(*parts):
    """An application that answers with these parts of a body."""

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for number, part in enumerate(parts, 1):
            await send({"type": "http.response.body", "body": part, "more_body": number < len(parts)})

    return app


@given(length=NEAR, more=st.booleans())
async def test_pieces_are_the_whole_and_the_last_one_says_so(length, more):
    taken, body = Taken(), bytes(index % 251 for index in range(length))
    await send_pieces(taken, body, more=more)
    assert b"".join(taken.bodies) == body
    assert all(0 < len(piece) <= PIECE for piece in taken.bodies)
    assert [message["more_body"] for message in taken] == [True] * (len(taken) - 1) + [more]
    assert {message["type"] for message in taken} == {"http.response.body"}


@given(lengths=st.lists(st.one_of(st.just(0), NEAR), min_size=1, max_size=3))
async def test_an_answer_comes_whole_after_one_start(lengths):
    taken, opened = Taken(), door()
    await opened.around(answering(*(b"x" * length for length in lengths)))(scope(), None, taken)
    assert [message["type"] for message in taken[:2]] == ["http.response.start", "http.response.body"]
    assert [message["type"] for message in taken].count("http.response.start") == 1
    assert sum(map(len, taken.bodies)) == sum(lengths)
    assert all(len(piece) <= PIECE for piece in taken.bodies)
    assert [message["more_body"] for message in taken[1:]] == [True] * (len(taken) - 2) + [False]
    assert (opened.answers.held, opened.requests.count) == (0, 0)


async def test_more_of_one_source_than_may_be_are_refused_and_others_are_not():
    opened = door(per_address=2)
    guarded = opened.around(answering(b"done"))

    async def answer(host):
        taken = Taken()
        await guarded(scope(host), None, taken)
        return taken[0]["status"], taken.bodies

    assert opened.requests.enter("192.0.2.1")
    assert (await answer("192.0.2.1"))[0] == 200
    assert opened.requests.enter("192.0.2.1")
    status, [refusal] = await answer("192.0.2.1")
    assert (status, json.loads(refusal)) == (
        429,
        {
            "error": "There are too many requests of this address under way.",
            "code": "http-429",
            "hint": "Wait a moment and try again.",
        },
    )
    assert await answer("192.0.2.2") == (200, [b"done"])
    assert await answer(None) == (200, [b"done"])
    opened.requests.leave("192.0.2.1")
    assert (await answer("192.0.2.1"))[0] == 200
    assert (opened.requests.count, opened.requests.of("192.0.2.1")) == (1, 1)


@pytest.mark.parametrize("fails", [False, True])
async def test_what_has_ended_counts_no_more(fails):
    opened = door(per_address=1)

    async def app(scope, receive, send):
        assert opened.requests.count == 1
        assert scope[ANSWERS] is opened.answers
        if fails:
            raise RuntimeError("it breaks")

    for _ in range(3):
        if fails:
            with pytest.raises(RuntimeError):
                await opened.around(app)(scope(), None, Taken())
        else:
            await opened.around(app)(scope(), None, Taken())
        assert (opened.requests.count, opened.requests.of("192.0.2.1")) == (0, 0)


async def test_a_proxy_is_no_source_and_what_is_no_request_is_not_counted():
    opened, met = door(("10.0.0.0/8",), per_address=1), []

    async def app(scope, receive, send):
        met.append((scope["type"], receive, send, opened.requests.count))

    for _ in range(2):
        assert opened.requests.enter(opened.source_of_peer("10.1.2.3"))
    await opened.around(app)(scope("10.1.2.3"), "receive", Taken())
    taken = Taken()
    await opened.around(app)({"type": "lifespan"}, "receive", taken)
    assert met[0][3] == 3
    assert met[1] == ("lifespan", "receive", taken, 2)
    assert opened.source_of_peer("10.1.2.3") is None
    assert opened.source_of_peer("192.0.2.7") == "192.0.2.7"


@pytest.mark.parametrize("begun", [False, True])
async def test_big_answers_beyond_the_budget_are_refused_or_broken_off(begun, monkeypatch):
    monkeypatch.setattr(budget, "MAX_WAITING", 0)
    opened, ended, taken = door(), [], Taken()
    parts = (b"begun", b"x" * (PIECE + 1)) if begun else (b"x" * (PIECE + 1),)
    with opened.answers.share("192.0.2.9", lambda: None) as held:
        await held.take(ANSWER_BYTES)
        await opened.around(answering(*parts))(scope(**{ABORT: lambda: ended.append(1)}), None, taken)
    statuses = [message["status"] for message in taken if message["type"] == "http.response.start"]
    assert (statuses, ended) == (([200], [1]) if begun else ([503], []))
    assert (taken.bodies == [b"begun"]) is begun


def test_counting():
    counted = Counted(3, 2)
    assert [counted.enter("a") for _ in range(3)] == [True, True, False]
    assert (counted.count, counted.of("a"), counted.full) == (2, 2, False)
    assert counted.enter(None)
    assert counted.full
    assert not counted.enter("b")
    assert not counted.enter(None)
    counted.leave("a")
    assert (counted.count, counted.of("a"), counted.full) == (2, 1, False)
    assert counted.enter("b")
    counted.leave(None)
    counted.leave("a")
    counted.leave("b")
    assert (counted.count, counted.of("a"), counted.of("b")) == (0, 0, 0)
