"""``/rpc`` over HTTP: the rules of JSON-RPC, each error code, and bodies that misbehave."""

import asyncio
import json
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest

from dm3.service import body_reader
from tests.e2e.delivery_scene import Person, envelope, serving
from tests.kit import eventually

ALICE, BOB, EVE = Person("alice"), Person("bob"), Person("eve")
CALL = {"jsonrpc": "2.0", "id": 1, "method": "dm3_getDeliveryServiceProperties", "params": []}


@pytest.fixture
async def scene(tmp_path):
    async with serving(f"sqlite:///{tmp_path}/ds.sqlite", size_limit=100_000) as running:
        yield running


async def post(scene, body):
    content = body if isinstance(body, bytes) else json.dumps(body)
    return await scene.client.http.post("/rpc", content=content)


async def code(scene, method, params):
    answer = await scene.client.rpc(method, params)
    assert "result" not in answer
    assert answer["error"]["message"]
    assert answer["error"]["data"]["code"]
    return answer["error"]["code"]


async def test_batches_and_notifications_follow_the_rules(scene):
    notification = {key: value for key, value in CALL.items() if key != "id"}
    answer = await post(scene, [CALL, 1, notification, {**CALL, "id": "x"}])
    assert answer.status_code == 200
    assert [(item.get("id"), "result" in item) for item in answer.json()] == [
        (1, True),
        (None, False),
        ("x", True),
    ]
    for silent in (notification, [notification, notification]):
        answer = await post(scene, silent)
        assert (answer.status_code, answer.content) == (204, b"")
    assert (await post(scene, [])).json()["error"]["code"] == -32600
    assert (await post(scene, [CALL] * 51)).json()["error"]["code"] == -32005


async def test_a_notification_submits_as_well(scene):
    token = await scene.arrive(BOB)
    sent = envelope(ALICE, BOB.name, scene.service.profile)
    body = {"jsonrpc": "2.0", "method": "dm3_submitMessage", "params": [sent]}
    assert (await post(scene, body)).status_code == 204
    assert len((await scene.client.fetch(BOB, token))["messages"]) == 1


async def test_a_refused_notification_is_not_taken_for_success(scene):
    """The reference's clients submit without an id; nobody may believe that such a message was stored."""
    sent = envelope(ALICE, "nobody.user.myapp.eth", scene.service.profile)
    body = {"jsonrpc": "2.0", "method": "dm3_submitMessage", "params": [sent]}
    answer = await post(scene, body)
    assert answer.status_code == 404
    assert answer.json()["error"]
    # In a batch the others are answered, and it stays silent.
    assert [item["id"] for item in (await post(scene, [body, CALL])).json()] == [1]


@pytest.mark.parametrize("method", ["dm3_unknown", "eth_chainId", ""])
async def test_a_notification_of_an_unknown_method_is_not_answered(scene, method):
    body = {"jsonrpc": "2.0", "method": method}
    for silent in (body, [body], [body, body]):
        answer = await post(scene, silent)
        assert (answer.status_code, answer.content) == (204, b"")
    assert (await post(scene, {**body, "id": 1})).json()["error"]["code"] in (-32004, -32601)


@pytest.mark.parametrize("sent", ["1.0", "-0", "0", "1e400", "9007199254740993", "1E2", '"\\ud800"', "null"])
async def test_ids_come_back_as_they_were_sent(scene, sent):
    call = b'{"jsonrpc":"2.0","method":"dm3_getDeliveryServiceProperties","params":[],"id":%s}'
    one, batch = call % sent.encode(), b"[1, %s]" % (call % sent.encode())
    for body in (one, batch, one.replace(b"Properties", b"Nothing")):
        answer = await scene.client.http.post("/rpc", content=body)
        assert f'"id":{sent},' in answer.text


async def test_a_batch_of_messages_is_taken_in(scene):
    token = await scene.arrive(BOB)
    batch = [
        {**CALL, "id": n, "method": "dm3_submitMessage", "params": {"envelope": value}}
        for n, value in enumerate(
            envelope(ALICE, BOB.name, scene.service.profile, f"message {n}") for n in range(10)
        )
    ]
    answers = (await post(scene, batch)).json()
    assert answers == [{"jsonrpc": "2.0", "id": n, "result": "success"} for n in range(10)]
    assert len((await scene.client.fetch(BOB, token))["messages"]) == 10


async def test_parse_error(scene):
    for body in (b"", b"{", b"\xff", b"[" * 3_000, b'{"a": NaN}'):
        answer = await post(scene, body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (200, -32700)


async def test_invalid_request_and_other_versions(scene):
    assert (await post(scene, {})).json()["error"]["code"] == -32600
    assert (await post(scene, {**CALL, "params": None})).json()["error"]["code"] == -32600
    assert (await post(scene, {**CALL, "jsonrpc": "1.0"})).json()["error"]["code"] == -32006


async def test_methods_that_are_not_there(scene):
    assert await code(scene, "eth_call", []) == -32601
    assert await code(scene, "dm3_flyToTheMoon", []) == -32004


async def test_parameters_that_do_not_fit(scene):
    unfit: list[Any] = [[], {}, [1], [None], {"envelope": []}]
    for params in unfit:
        assert await code(scene, "dm3_submitMessage", params) == -32602
    for params in (*unfit[:4], {"name": None}):
        assert await code(scene, "dm3_getProfileExtension", params) == -32602
    answer = await post(scene, {key: value for key, value in CALL.items() if key != "params"})
    assert "result" in answer.json()


async def test_invalid_input(scene):
    await scene.arrive(BOB)
    sent = envelope(ALICE, BOB.name, scene.service.profile)
    assert await code(scene, "dm3_submitMessage", ["no envelope"]) == -32000
    assert await code(scene, "dm3_submitMessage", [{**sent, "more": 1}]) == -32000
    assert await code(scene, "dm3_getProfileExtension", ["not..a name"]) == -32000
    foreign = envelope(ALICE, BOB.name, scene.service.profile, deliveryInformation=sent["message"])
    assert await code(scene, "dm3_submitMessage", [foreign]) == -32000


async def test_unknown_receivers(scene):
    sent = envelope(ALICE, BOB.name, scene.service.profile)
    assert await code(scene, "dm3_submitMessage", [sent]) == -32001
    # It is no longer unknown the moment it is registered.
    await scene.arrive(BOB)
    assert (await scene.client.submit(sent))["result"] == "success"


async def test_forged_senders_are_rejected(scene):
    token = await scene.arrive(BOB)
    scene.names.put_profile(ALICE.name, ALICE.signed, ALICE.wallet.address)
    forged = envelope(ALICE, BOB.name, scene.service.profile, key=EVE.keys)
    assert await code(scene, "dm3_submitMessage", [forged]) == -32003
    assert (await scene.client.fetch(BOB, token))["messages"] == []


async def test_a_sender_with_new_keys_is_recognised_at_once(scene):
    await scene.arrive(BOB)
    scene.names.put_profile(ALICE.name, ALICE.signed, ALICE.wallet.address)
    await scene.client.send(ALICE, BOB.name, "first")
    newer = ALICE.rotated()
    scene.names.put_profile(newer.name, newer.signed, newer.wallet.address)
    await scene.client.send(newer, BOB.name, "second")


async def test_wrong_signatures_do_not_make_us_ask_again_and_again(scene):
    await scene.arrive(BOB)
    scene.names.put_profile(ALICE.name, ALICE.signed, ALICE.wallet.address)
    for n in range(20):
        forged = envelope(ALICE, BOB.name, scene.service.profile, f"{n}", key=EVE.keys)
        assert await code(scene, "dm3_submitMessage", [forged]) == -32003
    assert scene.names.asked[ALICE.name] <= 4


@asynccontextmanager
async def strict(tmp_path, **options):
    async with serving(f"sqlite:///{tmp_path}/ds.sqlite", **options) as running:
        await running.arrive(BOB)
        yield running


async def test_unknown_senders_may_be_refused(tmp_path):
    async with strict(tmp_path, unknown_senders="refuse") as scene:
        sent = envelope(ALICE, BOB.name, scene.service.profile)
        assert await code(scene, "dm3_submitMessage", [sent]) == -32003
        scene.names.reachable = False
        other = envelope(EVE, BOB.name, scene.service.profile)
        assert await code(scene, "dm3_submitMessage", [other]) == -32002


async def test_blocked_senders_are_spam(tmp_path):
    async with strict(tmp_path, blocked_senders=(ALICE.name,)) as scene:
        sent = envelope(ALICE, BOB.name, scene.service.profile)
        assert await code(scene, "dm3_submitMessage", [sent]) == -32010
        await scene.client.send(EVE, BOB.name)


async def test_a_full_mailbox_is_a_limit(tmp_path):
    async with strict(tmp_path, mailbox_messages=1) as scene:
        await scene.client.send(ALICE, BOB.name, "first")
        sent = envelope(ALICE, BOB.name, scene.service.profile, "second")
        assert await code(scene, "dm3_submitMessage", [sent]) == -32005
        await scene.client.send(ALICE, BOB.name, "first")


@pytest.mark.parametrize("limit", ["rate_of_strangers", "rate_per_receiver", "rate_per_sender"])
async def test_rates_are_limits(tmp_path, limit):
    # One source has a quarter of what all strangers may send.
    async with strict(tmp_path, **{limit: 8 if limit == "rate_of_strangers" else 2}) as scene:
        if limit == "rate_per_sender":
            scene.names.put_profile(ALICE.name, ALICE.signed, ALICE.wallet.address)
        for text in ("1", "2"):
            await scene.client.send(ALICE, BOB.name, text)
        sent = envelope(ALICE, BOB.name, scene.service.profile, "3")
        assert await code(scene, "dm3_submitMessage", [sent]) == -32005


async def test_strangers_cannot_use_up_what_a_verified_sender_may_send(tmp_path):
    async with strict(tmp_path, rate_of_strangers=1) as scene:
        await scene.client.send(EVE, BOB.name, "stranger")
        scene.names.put_profile(ALICE.name, ALICE.signed, ALICE.wallet.address)
        await scene.client.send(ALICE, BOB.name, "friend")


async def test_each_address_has_an_allowance(tmp_path):
    async with serving(f"sqlite:///{tmp_path}/ds.sqlite", rate_per_address=3) as scene:
        codes = [(await post(scene, CALL)).json().get("error", {}).get("code") for _ in range(5)]
        assert codes == [None, None, None, -32005, -32005]
        answer = await scene.client.http.get(f"/auth/{BOB.name}")
        assert (answer.status_code, answer.json()["code"]) == (429, "too-many-requests")


async def test_the_store_being_away_is_said(scene):
    await scene.arrive(BOB)
    sent = envelope(ALICE, BOB.name, scene.service.profile)
    await scene.database.close()
    assert await code(scene, "dm3_submitMessage", [sent]) == -32002
    assert (await scene.client.http.get(f"/profile/{BOB.name}")).status_code == 503


async def test_too_big(scene):
    await scene.arrive(BOB)
    sent = envelope(ALICE, BOB.name, scene.service.profile)
    sent["message"] = "x" * 110_000
    assert await code(scene, "dm3_submitMessage", [sent]) == -32011
    assert await code(scene, "dm3_submitMessage", [json.dumps(sent)]) == -32011


async def test_a_body_above_the_limit_is_answered_without_being_read(scene):
    answer = await post(scene, b"x" * 200_000)
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == -32011

    host, port = urlsplit(scene.url).hostname, urlsplit(scene.url).port
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(b"POST /rpc HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999\r\n\r\n")
    assert b"413" in await eventually(reader.readuntil(b"\r\n"))
    writer.close()


async def test_a_body_without_end_is_cut_off(scene):
    host, port = urlsplit(scene.url).hostname, urlsplit(scene.url).port
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(b"POST /rpc HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    head = asyncio.create_task(reader.readuntil(b"\r\n"))
    for _ in range(100):
        if head.done():
            break
        writer.write(chunk)
        await asyncio.sleep(0.01)
    assert b"413" in await eventually(head)
    writer.close()


async def test_a_slow_client_is_given_up(scene, monkeypatch):
    host, port = urlsplit(scene.url).hostname, urlsplit(scene.url).port
    reader, writer = await asyncio.open_connection(host, port)
    with monkeypatch.context() as hasty:
        hasty.setattr(body_reader, "BODY_SECONDS", 0.2)
        writer.write(b"POST /rpc HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{")
        assert b"408" in await eventually(reader.readuntil(b"\r\n"))
    writer.close()
    _, leaving = await asyncio.open_connection(host, port)
    leaving.write(b"POST /rpc HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{")
    leaving.close()
    assert "result" in (await post(scene, CALL)).json()


async def test_any_web_page_may_call(scene):
    asked = {"origin": "https://dapp.example", "access-control-request-method": "POST"}
    answer = await scene.client.http.options("/rpc", headers=asked)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert (await post(scene, CALL)).headers["access-control-allow-origin"] == "*"
    assert (await scene.client.http.get("/rpc")).status_code == 405


async def test_a_defect_is_answered_logged_and_the_service_goes_on(scene, monkeypatch, capfd):
    await scene.arrive(BOB)

    async def broken(_work):
        raise ZeroDivisionError("private detail")

    sent = envelope(ALICE, BOB.name, scene.service.profile)
    with monkeypatch.context() as patch:
        patch.setattr(scene.database, "write", broken)
        answer = await scene.client.submit(sent)
    assert answer["error"]["code"] == -32603
    assert "private detail" not in json.dumps(answer)
    assert (await scene.client.submit(sent))["result"] == "success"
    capfd.readouterr()
