"""Large pages go out message by message: the same bytes, in bounded memory, whoever does not read them."""

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from dm3.delivery.page_answers import AT_ONCE
from dm3.service import budget
from dm3.service.door import ANSWER_BYTES
from tests.e2e.delivery_scene import Person, serving
from tests.kit.waiting import eventually, happens

ALICE, BOB, CAROL = Person("alice"), Person("bob"), Person("carol")
LARGE = AT_ONCE + 100_000


@pytest.fixture
async def scene(tmp_path):
    async with serving(f"sqlite:///{tmp_path}/ds.sqlite", proxies=["127.0.0.1"]) as running:
        yield running


def bearer(token):
    return token["Authorization"].removeprefix("Bearer ")


async def stored(scene, person, texts):
    return [await scene.client.send(ALICE, person.name, text) for text in texts]


async def test_a_large_page_has_what_a_small_one_has(scene):
    token = await scene.arrive(BOB)
    hashes = await stored(scene, BOB, ["small", "ü" + "x" * LARGE, "another", "y" * LARGE, "last"])
    page = await scene.client.fetch(BOB, token)
    one_by_one, cursor = [], "0"
    for _ in hashes:
        single = await scene.client.fetch(BOB, token, after=cursor, limit=1)
        one_by_one += single["messages"]
        cursor = single["cursor"]
    assert [message["hash"] for message in page["messages"]] == hashes
    assert page["messages"] == one_by_one
    assert (page["cursor"], page["more"]) == (cursor, False)
    assert all(message["envelope"]["metadata"] for message in page["messages"])


async def test_any_web_page_may_read_it_in_every_form(scene):
    token = await scene.arrive(BOB)
    [_, large] = await stored(scene, BOB, ["small", "x" * LARGE])
    headers = {**token, "origin": "https://dapp.example"}
    path = f"/delivery/messages/incoming/{BOB.name}"
    answer = await scene.client.http.get(path, headers=headers)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["content-type"] == "application/json"
    assert [envelope["metadata"]["messageHash"] for envelope in answer.json()][1] == large
    body = {"mailboxes": [{"name": BOB.name, "token": bearer(token)}]}
    several = await scene.client.http.post("/mailboxes/fetch", json=body, headers=headers)
    assert [message["hash"] for message in several.json()["pages"][BOB.name]["messages"]][1] == large


async def test_what_is_removed_while_the_answer_goes_out_is_left_out(scene, monkeypatch):
    token = await scene.arrive(BOB)
    hashes = await stored(scene, BOB, ["x" * LARGE, "y" * LARGE, "z" * LARGE])
    read, removed = scene.database.read, []

    async def removing(work):
        if "envelopes" in work.__code__.co_names:
            removed.append(True)
            if len(removed) == 2:
                await scene.client.acknowledge(BOB, token, [hashes[1]])
        return await read(work)

    monkeypatch.setattr(scene.database, "read", removing)
    page = await scene.client.fetch(BOB, token)
    assert [message["hash"] for message in page["messages"]] == [hashes[0], hashes[2]]


async def test_readers_that_do_not_read_hold_a_bounded_part_and_hold_up_no_other_source(scene):
    token, carol = await scene.arrive(BOB), await scene.arrive(CAROL)
    await stored(scene, BOB, ["x" * 7_000_000])
    await stored(scene, CAROL, ["y" * 7_000_000])
    parts = urlsplit(scene.url)
    request = (
        f"GET /mailbox/{BOB.name} HTTP/1.1\r\nhost: x\r\nx-forwarded-for: 192.0.2.66\r\n"
        f"authorization: {token['Authorization']}\r\n\r\n"
    ).encode()
    silent = [await asyncio.open_connection(parts.hostname, parts.port, limit=1024) for _ in range(12)]
    for _, writer in silent:
        transport: Any = writer.transport
        transport.pause_reading()
        writer.write(request)
    held = scene.door.answers
    await happens(lambda: len(held._waiting) == 11)
    assert 0 < held.held <= ANSWER_BYTES // 2
    headers = {**carol, "x-forwarded-for": "192.0.2.77"}
    answer = await eventually(scene.client.http.get(f"/mailbox/{CAROL.name}", headers=headers))
    assert len(json.loads(answer.text)["messages"]) == 1
    for _, writer in silent:
        writer.transport.abort()
    await happens(lambda: held.held == 0)


async def test_busy_is_told_before_anything_is_read(scene, monkeypatch):
    monkeypatch.setattr(budget, "WAIT_SECONDS", 0.05)
    token = await scene.arrive(BOB)
    await stored(scene, BOB, ["x" * LARGE])
    with scene.door.answers.share("127.0.0.1", lambda: None) as share:
        await share.take(ANSWER_BYTES)
        answer = await scene.client.http.get(f"/mailbox/{BOB.name}", headers=token)
        assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert len((await scene.client.fetch(BOB, token))["messages"]) == 1
