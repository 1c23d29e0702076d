"""Nothing that is sent to a resolver gives a defect: no 5xx, always a code and a sentence."""

import asyncio
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dm3.model import RecordKey
from tests.e2e.resolver_scene import (
    APP,
    NAME,
    Scene,
    address_claim,
    alias_claim,
    link_value,
    own_text,
    owner_claim,
    record_update,
    resolver_scene,
    sign_in,
)
from tests.unit.people import ALICE, BOB
from tests.unit.strategies import any_text, damaged_text

VALID = {
    "/profile/address": address_claim(ALICE, authorization="0x12"),
    "/profile/name": alias_claim(ALICE, "alice.user.myapp.eth"),
    "/profile/deleteName": alias_claim(ALICE, "alice.user.myapp.eth"),
    "/profile/owner-alias": owner_claim(BOB, ALICE, sign_in(BOB)),
    f"/records/{NAME}/{RecordKey.LINK}": record_update(ALICE, link_value(ALICE)),
}
bodies = st.sampled_from(sorted(VALID)).flatmap(
    lambda path: st.tuples(
        st.just(path),
        damaged_text(VALID[path]).map(lambda text: text.encode("utf-8", "surrogatepass"))
        | st.binary(max_size=60),
    )
)
segments = any_text.map(lambda text: quote(text.encode("utf-8", "surrogatepass"), safe=""))
paths = st.builds(
    str.format,
    st.sampled_from(
        [
            "/names/{}",
            "/profile/{}",
            "/profile/name/{}",
            f"/profile/{ALICE.wallet.address}?domain={{}}",
            "/{}",
        ]
    ),
    segments | st.sampled_from([NAME, f"x.{APP}", "%FF", "%00", ".", "..", "%2e%2e%2f", "0x" + "0" * 40]),
)


@pytest.fixture(scope="module")
def serving(tmp_path_factory):
    """A loop with a resolver in it, for all examples."""
    with asyncio.Runner() as runner:
        context = resolver_scene(tmp_path_factory.mktemp("fuzz"))
        scene = runner.run(context.__aenter__())
        runner.run(scene.claim(ALICE))
        yield runner, scene
        runner.run(context.__aexit__(None, None, None))


async def asked(scene: Scene, method: str, path: str, body: bytes | None = None) -> None:
    answer = await scene.send(method, path, body)
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        told = answer.json()
        assert told["code"]
        assert told["error"]
        assert len(told["error"]) < 1000


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(bodies)
@example(("/profile/owner-alias", b'{"name": null}'))
@example(("/profile/address", b""))
@example(("/profile/name", b"[" * 100_000))
@example(("/profile/name", b'{"alias": "\\ud800.user.myapp.eth", "name": "\\ud800"}'))
def test_any_body_gets_an_answer(serving, request_sent):
    runner, scene = serving
    path, body = request_sent
    runner.run(asked(scene, "PUT" if path.startswith("/records") else "POST", path, body))


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(paths)
def test_any_path_gets_an_answer(serving, path):
    runner, scene = serving
    runner.run(asked(scene, "GET", path))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(segments, segments)
def test_any_record_path_gets_an_answer(serving, name, key):
    runner, scene = serving
    body = b'{"value": null, "issuedAt": 1, "signature": ""}'
    runner.run(asked(scene, "PUT", f"/records/{name}/{key}", body))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(any_text)
def test_any_owners_text_gets_an_answer(serving, text):
    runner, scene = serving
    for message in (text, own_text(BOB, ALICE).replace(NAME, text), sign_in(BOB).replace("https:", text)):
        claim = {**VALID["/profile/owner-alias"], "message": message}
        runner.run(scene.send("POST", "/profile/owner-alias", claim))
        assert runner.run(scene.send("GET", "/health")).status_code == 200


def test_a_body_that_is_too_large_is_refused(serving):
    runner, scene = serving
    for path in VALID:
        method = "PUT" if path.startswith("/records") else "POST"
        answer = runner.run(scene.send(method, path, b"[" + b" " * 200_000 + b"]"))
        assert answer.status_code == 413
