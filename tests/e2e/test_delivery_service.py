"""A delivery service over HTTP: what is submitted is fetched, acknowledged and gone."""

import asyncio
import time

import pytest

from dm3.base import sha256_hex
from dm3.crypto import is_signed
from dm3.model import DeliveryInformation
from dm3.wire import envelope_from, open_text, read_postmark, sealed_message_hash
from tests.e2e.delivery_scene import APP, SERVICE, Person, Stream, envelope, serving
from tests.kit import eventually, happens

ALICE, BOB, EVE = Person("alice"), Person("bob"), Person("eve")


@pytest.fixture
async def scene(tmp_path):
    async with serving(f"sqlite:///{tmp_path}/ds.sqlite") as running:
        yield running


async def test_the_service_says_what_it_is(scene):
    about = (await scene.client.http.get("/")).json()
    assert about["service"] == "dm3 delivery service"
    assert about["name"] == SERVICE
    assert about["profile"]["url"] == scene.url
    answer = await scene.client.rpc("dm3_getDeliveryServiceProperties", [])
    assert answer["result"] == {"messageTTL": 30, "sizeLimit": 10_000_000}


async def test_a_message_reaches_its_receiver_stamped_and_otherwise_unchanged(scene):
    token = await scene.arrive(BOB)
    scene.names.put_profile(ALICE.name, ALICE.signed, ALICE.wallet.address)
    sent = envelope(ALICE, BOB.name, scene.service.profile)
    assert (await scene.client.submit(sent))["result"] == "success"

    page = await scene.client.fetch(BOB, token)
    (message,) = page["messages"]
    assert page["cursor"] == message["cursor"]
    assert message["hash"] == sha256_hex("hello")
    received = message["envelope"]
    postmark = received.pop("postmark")
    assert received == sent

    opened = read_postmark(open_text(postmark, BOB.keys))
    assert opened.message_hash == sealed_message_hash(sent["message"])
    assert opened.incoming_timestamp == int(scene.clock.now * 1000)
    assert opened.information == DeliveryInformation(BOB.name, ALICE.name)
    signed = sha256_hex(opened.signed_text)
    assert is_signed(scene.service.profile.signing_key, signed, opened.signature)
    read = envelope_from(received)
    assert read.signed_text is not None
    assert is_signed(ALICE.keys.signing_public, read.signed_text, read.signature)


async def test_the_same_envelope_twice_is_stored_once(scene):
    token = await scene.arrive(BOB)
    sent = envelope(ALICE, BOB.name, scene.service.profile)
    answers = await asyncio.gather(*[scene.client.submit(sent) for _ in range(8)])
    assert [answer["result"] for answer in answers] == ["success"] * 8
    assert len((await scene.client.fetch(BOB, token))["messages"]) == 1


@pytest.mark.parametrize("published", [True, False], ids=["mallory is verified", "mallory is a stranger"])
async def test_a_message_is_not_blocked_by_another_with_its_hash(scene, published):
    token = await scene.arrive(BOB)
    people = (ALICE, EVE) if published else (ALICE,)
    for one in people:
        scene.names.put_profile(one.name, one.signed, one.wallet.address)
    bogus = envelope(EVE, BOB.name, scene.service.profile, "bogus", messageHash=sha256_hex("hello"))
    assert (await scene.client.submit(bogus))["result"] == "success"
    sent = envelope(ALICE, BOB.name, scene.service.profile, "hello")
    for _ in range(2):
        assert (await scene.client.submit(sent))["result"] == "success"
    found = (await scene.client.fetch(BOB, token))["messages"]
    assert [entry["envelope"]["message"] for entry in found] == [bogus["message"], sent["message"]]


async def test_a_message_sealed_anew_by_its_sender_is_the_same(scene):
    token = await scene.arrive(BOB)
    scene.names.put_profile(ALICE.name, ALICE.signed, ALICE.wallet.address)
    for attempt in ("first", "second"):
        sent = envelope(ALICE, BOB.name, scene.service.profile, random=Stream(attempt))
        assert (await scene.client.submit(sent))["result"] == "success"
    assert len((await scene.client.fetch(BOB, token))["messages"]) == 1


async def test_what_is_acknowledged_takes_nothing_along_that_came_later_with_its_hash(scene):
    token = await scene.arrive(BOB)
    for one in (ALICE, EVE):
        scene.names.put_profile(one.name, one.signed, one.wallet.address)
    hello = sha256_hex("hello")
    await scene.client.submit(envelope(EVE, BOB.name, scene.service.profile, "bogus", messageHash=hello))
    (bogus,) = (await scene.client.fetch(BOB, token))["messages"]
    await scene.client.send(ALICE, BOB.name, "hello")
    path = f"/delivery/messages/{BOB.name}/syncAcknowledgements"
    for cursor, count in ((bogus["cursor"], 1), (bogus["cursor"], 0), ("77", 0)):
        body = {"acknowledgements": [{"messageHash": hello, "cursor": cursor}]}
        answer = await scene.client.http.post(path, headers=token, json=body)
        assert answer.json() == {"acknowledged": count}
    (genuine,) = (await scene.client.fetch(BOB, token))["messages"]
    assert genuine["hash"] == hello
    # Who tells no place, as reference clients, means all with this hash.
    assert (await scene.client.acknowledge(BOB, token, [hello])).json() == {"acknowledged": 1}


async def test_messages_come_in_the_order_of_their_arrival_page_by_page(scene):
    token = await scene.arrive(BOB)
    sent = [await scene.client.send(ALICE, BOB.name, f"message {n}") for n in range(7)]
    cursor, seen = "0", []
    while True:
        page = await scene.client.fetch(BOB, token, after=cursor, limit=3)
        if not page["messages"]:
            break
        assert len(page["messages"]) <= 3
        seen += [message["hash"] for message in page["messages"]]
        cursor = page["cursor"]
    assert seen == sent
    assert page["cursor"] == cursor


async def test_the_description_is_json_and_no_page_with_programs_of_others(scene):
    described = await scene.client.http.get("/schema/openapi.json")
    assert described.json()["info"]["title"] == "dm3 delivery service"
    for path in ("/schema", "/schema/swagger", "/schema/redoc", "/schema/elements", "/schema/scalar"):
        answer = await scene.client.http.get(path)
        assert "<script" not in answer.text, path
        assert answer.status_code == 404 or answer.json()["openapi"], path


async def test_a_parameter_of_another_type_is_named(scene):
    token = await scene.arrive(BOB)
    for query, told in (("limit=many", "limit: "), ("wait=soon&limit=x", "limit: ")):
        answer = await scene.client.http.get(f"/mailbox/{BOB.name}?{query}", headers=token)
        assert answer.status_code == 400
        assert told in answer.json()["error"]
        assert BOB.name not in answer.json()["error"]


async def test_what_is_acknowledged_is_gone_and_acknowledging_again_does_no_harm(scene):
    token = await scene.arrive(BOB)
    first = await scene.client.send(ALICE, BOB.name, "first")
    second = await scene.client.send(ALICE, BOB.name, "second")
    assert (await scene.client.acknowledge(BOB, token, [first])).json() == {"acknowledged": 1}
    assert (await scene.client.acknowledge(BOB, token, [first])).json() == {"acknowledged": 0}
    assert [m["hash"] for m in (await scene.client.fetch(BOB, token))["messages"]] == [second]


async def test_reference_clients_fetch_and_acknowledge(scene):
    token = await scene.arrive(BOB)
    sent = await scene.client.send(ALICE, BOB.name)
    path = f"/delivery/messages/incoming/{BOB.name}"
    (received,) = (await scene.client.http.get(path, headers=token)).json()
    assert received["metadata"]["messageHash"] == sent
    body = {"acknowledgements": [{"contactAddress": ALICE.name, "messageHash": sent}]}
    path_ack = f"/delivery/messages/{BOB.name}/syncAcknowledgements"
    assert (await scene.client.http.post(path_ack, headers=token, json=body)).json() == {"acknowledged": 1}
    assert (await scene.client.http.get(path, headers=token)).json() == []


async def test_a_message_is_kept_until_every_reader_has_it(scene):
    token = await scene.arrive(BOB, reader="phone")
    readers = f"/mailbox/{BOB.name}/readers"
    for count, reader in enumerate(("phone", "desk"), start=1):
        answer = await scene.client.http.put(f"{readers}/{reader}", headers=token)
        assert answer.json() == {"reader": reader, "readers": count}
    sent = await scene.client.send(ALICE, BOB.name)
    await scene.client.acknowledge(BOB, token, [sent], reader="phone")
    assert (await scene.client.fetch(BOB, token, reader="phone"))["messages"] == []
    assert len((await scene.client.fetch(BOB, token, reader="desk"))["messages"]) == 1

    assert (await scene.client.http.delete(f"{readers}/desk", headers=token)).status_code == 204
    # The phone has it and nobody else reads here, so a newcomer finds nothing.
    assert (await scene.client.fetch(BOB, token, reader="newcomer"))["messages"] == []


async def test_the_first_reader_is_there_from_registration(scene):
    token = await scene.arrive(BOB, reader="page")
    sent = await scene.client.send(ALICE, BOB.name)
    # The main profile's messenger is faster than the page, which has fetched nothing yet.
    await scene.client.fetch(BOB, token, reader="messenger")
    await scene.client.acknowledge(BOB, token, [sent], reader="messenger")
    assert (await scene.client.register(BOB)).status_code == 200
    assert (await scene.client.register(BOB, reader="third")).status_code == 200
    page = await scene.client.fetch(BOB, token, reader="page")
    assert [message["hash"] for message in page["messages"]] == [sent]
    await scene.client.acknowledge(BOB, token, [sent], reader="page")
    # Neither an unnamed reader nor a third one was left behind to keep it.
    assert (await scene.client.fetch(BOB, token))["messages"] == []
    refused = await scene.client.register(Person("carol"), reader="a b")
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid-input")


async def test_whoever_registers_without_a_name_is_the_unnamed_reader(scene):
    token = await scene.arrive(BOB)
    sent = await scene.client.send(ALICE, BOB.name)
    await scene.client.acknowledge(BOB, token, [sent], reader="messenger")
    assert len((await scene.client.fetch(BOB, token))["messages"]) == 1


async def test_readers_are_bounded_and_named_plainly(scene):
    token = await scene.arrive(BOB, reader="r0")
    for n in range(16):
        await scene.client.fetch(BOB, token, reader=f"r{n}")
    answer = await scene.client.http.get(f"/mailbox/{BOB.name}", headers=token, params={"reader": "one-more"})
    assert (answer.status_code, answer.json()["code"]) == (429, "too-many-readers")
    answer = await scene.client.http.put(f"/mailbox/{BOB.name}/readers/a%20b", headers=token)
    assert answer.status_code == 400


async def test_a_waiting_fetch_is_woken_by_a_message(scene):
    token = await scene.arrive(BOB)
    waiting = asyncio.create_task(scene.client.fetch(BOB, token, wait=25))
    await happens(lambda: _waiting(scene) == 1)
    sent = await scene.client.send(ALICE, BOB.name)
    started = time.perf_counter()
    page = await eventually(waiting)
    assert time.perf_counter() - started < 20  # woken: it would have waited for longer
    assert [message["hash"] for message in page["messages"]] == [sent]


async def test_a_waiting_fetch_ends_empty_and_keeps_the_cursor(scene):
    token = await scene.arrive(BOB)
    await scene.client.send(ALICE, BOB.name)
    cursor = (await scene.client.fetch(BOB, token))["cursor"]
    started = time.perf_counter()
    page = await scene.client.fetch(BOB, token, after=cursor, wait=0.3)
    assert time.perf_counter() - started >= 0.3
    assert page == {"messages": [], "cursor": cursor, "more": False}


async def test_a_message_stored_by_another_process_wakes_a_waiting_fetch(scene, tmp_path):
    token = await scene.arrive(BOB)
    scene.names.put_profile(ALICE.name, ALICE.signed, ALICE.wallet.address)
    url = f"sqlite:///{tmp_path}/ds.sqlite"
    # A second service with its own connections and no memory in common is what another process is.
    async with serving(url, clock=scene.clock, names=scene.names) as other:
        waiting = asyncio.create_task(scene.client.fetch(BOB, token, wait=25))
        await happens(lambda: _waiting(scene) == 1)
        sent = await other.client.send(ALICE, BOB.name)
        started = time.perf_counter()
        page = await eventually(waiting)
        assert time.perf_counter() - started < 20  # woken: it would have waited for longer
        assert [message["hash"] for message in page["messages"]] == [sent]
        # Tokens are good at either, since their secret comes from the service's keys.
        assert len((await other.client.fetch(BOB, token))["messages"]) == 1


async def test_waiting_fetches_are_bounded_and_let_go_when_the_client_goes(scene, tmp_path):
    token = await scene.arrive(BOB)
    waiting = [asyncio.create_task(scene.client.fetch(BOB, token, wait=20)) for _ in range(16)]
    await happens(lambda: _waiting(scene) == 16)
    answer = await scene.client.http.get(f"/mailbox/{BOB.name}", headers=token, params={"wait": 5})
    assert (answer.status_code, answer.json()["code"]) == (429, "too-many-requests")
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    await happens(lambda: _waiting(scene) == 0)


async def test_whoever_would_wait_longer_gets_an_empty_page_at_the_limit(tmp_path):
    async with serving(f"sqlite:///{tmp_path}/short.sqlite", wait_seconds=1) as scene:
        token = await scene.arrive(BOB)
        started = time.perf_counter()
        page = await eventually(scene.client.fetch(BOB, token, wait=25))
        assert page["messages"] == []
        assert time.perf_counter() - started < 25


def _waiting(scene):
    return scene.service.metrics.registry.get_sample_value("dm3_delivery_waiting_fetches")


async def test_messages_expire(scene):
    token = await scene.arrive(BOB)
    await scene.client.send(ALICE, BOB.name, "old")
    await scene.pass_days(29)
    young = await scene.client.send(ALICE, BOB.name, "young")
    await scene.pass_days(2)
    token = await scene.client.log_in(BOB)
    page = await scene.client.fetch(BOB, token)
    assert [message["hash"] for message in page["messages"]] == [young]
    await scene.service.clean_up()
    counted = scene.service.metrics.registry.get_sample_value("dm3_delivery_expired_messages_total")
    assert counted == 1


async def test_a_reader_who_stays_away_does_not_hold_messages_back(scene):
    token = await scene.arrive(BOB)
    await scene.client.http.put(f"/mailbox/{BOB.name}/readers/lost", headers=token)
    await scene.pass_days(20)
    token = await scene.client.log_in(BOB)
    await scene.client.fetch(BOB, token, reader="phone")
    sent = await scene.client.send(ALICE, BOB.name)
    await scene.client.acknowledge(BOB, token, [sent], reader="phone")
    await scene.pass_days(11)
    await scene.service.clean_up()
    token = await scene.client.log_in(BOB)
    assert (await scene.client.fetch(BOB, token, reader="newcomer"))["messages"] == []


async def test_a_big_message_does_not_crowd_out_others_on_its_page(scene):
    token = await scene.arrive(BOB)
    for n in range(3):
        await scene.client.send(ALICE, BOB.name, f"{n}" + "x" * 1_200_000)
    page = await scene.client.fetch(BOB, token)
    assert len(page["messages"]) == 1
    page = await scene.client.fetch(BOB, token, after=page["cursor"])
    assert len(page["messages"]) == 1


async def test_a_profile_says_what_it_supports(scene):
    answer = await scene.client.rpc("dm3_getProfileExtension", [BOB.name])
    assert answer["error"]["code"] == -32001
    token = await scene.arrive(BOB)
    default = (await scene.client.rpc("dm3_getProfileExtension", [BOB.name]))["result"]
    assert default["stated"] is False
    base = "NEW DELETE_REQUEST EDIT REPLY REACTION READ_OPENED READ_RECEIVED RESEND_REQUEST READ_RECEIPT"
    assert default["supportedMessageTypes"] == base.split()
    assert default["encryptionScheme"] == ["x25519-chacha20-poly1305"]
    own = {"encryptionScheme": ["x25519-chacha20-poly1305"], "supportedMessageTypes": ["NEW"]}
    path = f"/profile/{BOB.name}/extension"
    assert (await scene.client.http.put(path, json=own)).status_code == 401
    assert (await scene.client.http.put(path, json=own, headers=token)).status_code == 200
    stored = (await scene.client.rpc("dm3_getProfileExtension", {"name": BOB.name}))["result"]
    assert stored["supportedMessageTypes"] == ["NEW"]
    assert "stated" not in stored


async def test_metrics_and_logs_name_nobody(scene, capfd):
    token = await scene.arrive(BOB)
    await scene.client.send(ALICE, BOB.name)
    await scene.client.fetch(BOB, token)
    metrics = (await scene.client.http.get("/metrics")).text
    assert 'dm3_delivery_submissions_total{outcome="stored"} 1.0' in metrics
    shown = metrics + "".join(capfd.readouterr())
    for secret in (BOB.wallet.address.lower()[2:], ALICE.wallet.address.lower()[2:], APP):
        assert secret not in shown.lower()
