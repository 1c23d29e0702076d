"""Whatever is sent, a delivery service answers with an error of its own and goes on."""

import asyncio
import json
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.e2e.delivery_scene import Person, envelope, serving

ALICE, BOB = Person("alice"), Person("bob")

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["\ud800", "\0", "0x" + "0" * 64, BOB.name, "2.0", 10**400, -1]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
segments = st.text(min_size=1, max_size=40) | st.sampled_from(
    [BOB.name, ALICE.name, "a.b", "%00", "..", "\0"]
)
printable = st.text(st.characters(max_codepoint=255, exclude_categories=["C"]), max_size=40)
acknowledgements = st.fixed_dictionaries(
    {"acknowledgements": st.lists(st.fixed_dictionaries({"messageHash": json_values}), max_size=3)},
    optional={"reader": json_values},
)
queries = st.dictionaries(
    st.sampled_from(["after", "limit", "wait", "reader", "x"]),
    st.text(max_size=30) | st.integers().map(str) | st.sampled_from(["0", "1e9", "nan", "-1", "9" * 18]),
)


class World:
    """A running service on an event loop of its own, for tests that are not coroutines."""

    def __init__(self, url: str) -> None:
        self.runner = asyncio.Runner()
        self._context = serving(url, rate_per_address=0, rate_of_strangers=0, wait_seconds=0)
        self.scene = self.runner.run(self._context.__aenter__())
        self.token = self.runner.run(self.scene.arrive(BOB))

    def request(self, method: str, path: str, **options):
        return self.runner.run(self.scene.client.http.request(method, path, **options))

    def close(self) -> None:
        self.runner.run(self._context.__aexit__(None, None, None))
        self.runner.close()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    opened = World(f"sqlite:///{tmp_path_factory.mktemp('ds')}/ds.sqlite")
    yield opened
    opened.close()


def fine(answer) -> None:
    assert answer.status_code < 500, (answer.status_code, answer.text)
    if answer.status_code >= 400:
        assert answer.json()["error"], answer.text


def dumped(value) -> bytes:
    return json.dumps(value).encode()


def mutated(draw, value):
    """``value`` with one of its members replaced or removed, at any depth."""
    if isinstance(value, dict) and value and draw(st.booleans()):
        key = draw(st.sampled_from(sorted(value)))
        if draw(st.booleans()):
            return {**value, key: mutated(draw, value[key])}
        return {name: item for name, item in value.items() if name != key}
    return draw(json_values)


@settings(max_examples=150)
@given(st.binary(max_size=300) | json_values.map(dumped))
def test_any_body_on_rpc(world, body):
    answer = world.request("POST", "/rpc", content=body)
    fine(answer)
    if answer.status_code == 200:
        assert "internal" not in answer.text


@settings(max_examples=200)
@given(st.data())
def test_nearly_right_calls(world, data):
    sent = envelope(ALICE, BOB.name, world.scene.service.profile)
    call = {"jsonrpc": "2.0", "id": 1, "method": "dm3_submitMessage", "params": [sent]}
    if data.draw(st.booleans()):
        call["params"] = [mutated(data.draw, sent)]
    elif data.draw(st.booleans()):
        call["method"] = data.draw(
            st.sampled_from(["dm3_getProfileExtension", "dm3_getDeliveryServiceProperties", "dm3_x"])
        )
        call["params"] = data.draw(json_values)
    else:
        call = mutated(data.draw, call)
    answer = world.request("POST", "/rpc", content=dumped([call, call]))
    assert answer.status_code in (200, 204)
    answers = answer.json() if answer.content else []
    for item in answers if isinstance(answers, list) else [answers]:
        assert "result" in item or item["error"]["code"] != -32603, item


ROUTES = [
    ("GET", "/auth/{0}"),
    ("POST", "/auth/{0}"),
    ("DELETE", "/auth/{0}"),
    ("GET", "/profile/{0}"),
    ("POST", "/profile/{0}"),
    ("PUT", "/profile/{0}/extension"),
    ("GET", "/mailbox/{0}"),
    ("PUT", "/mailbox/{0}/readers/{1}"),
    ("DELETE", "/mailbox/{0}/readers/{1}"),
    ("GET", "/delivery/messages/incoming/{0}"),
    ("POST", "/delivery/messages/{0}/syncAcknowledgements"),
    ("PUT", "/escrow/{0}"),
    ("DELETE", "/escrow/{0}"),
    ("GET", "/escrow/{0}/{1}/challenge"),
    ("POST", "/escrow/{0}/{1}"),
    ("PATCH", "/{0}/{1}"),
]


@settings(max_examples=300)
@given(
    st.sampled_from(ROUTES),
    segments,
    segments,
    queries,
    st.none() | printable.map(lambda text: f"Bearer {text}".strip().encode("latin-1")),
    st.binary(max_size=100) | json_values.map(dumped),
)
def test_any_request_from_a_stranger(world, route, first, second, query, authorization, body):
    method, path = route
    url = path.format(_quoted(first), _quoted(second))
    headers = {} if authorization is None else {"authorization": authorization}
    fine(world.request(method, url, params=query, headers=headers, content=body if method != "GET" else None))


@settings(max_examples=300)
@given(
    st.sampled_from([route for route in ROUTES if "{0}/" in route[1] or "mailbox" in route[1]]),
    segments,
    queries,
    json_values | acknowledgements,
)
def test_any_request_from_the_owner(world, route, second, query, body):
    method, path = route
    url = path.format(BOB.name, _quoted(second))
    content = dumped(body) if method != "GET" else None
    fine(world.request(method, url, params=query, headers=world.token, content=content))


@settings(max_examples=100)
@given(st.data())
def test_nearly_right_answers_to_a_challenge(world, data):
    challenge = world.request("GET", f"/auth/{BOB.name}").json()
    body = mutated(data.draw, {"challenge": challenge, "signature": "A" * 88})
    answer = world.request("POST", f"/auth/{BOB.name}", content=dumped(body))
    fine(answer)
    assert answer.status_code in (400, 401)


@settings(max_examples=100)
@given(st.data())
def test_nearly_right_profiles(world, data):
    body = mutated(data.draw, json.loads(BOB.signed.text))
    fine(world.request("POST", f"/profile/{BOB.name}", content=dumped(body)))


def _quoted(segment: str) -> str:
    return quote(segment.encode("utf-8", "replace"), safe="%")
