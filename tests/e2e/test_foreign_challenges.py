"""A hostile delivery service gets nothing signed that is good elsewhere."""

import asyncio
import json

import pytest

from dm3.base import sha256_hex
from dm3.base.errors import MalformedData
from dm3.net.clients.delivery import DeliveryClient
from dm3.protocol.delivery.auth_challenge import ForeignChallenge
from dm3.service import Server
from tests.e2e.delivery_scene import SERVICE, Person, serving

BOB = Person("bob")


class Hostile:
    """A delivery service that has signed what it likes, and keeps the answers."""

    def __init__(self, challenge):
        self.challenge, self.answers = challenge, []

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return
        body = json.dumps(self.challenge if scope["method"] == "GET" else "a-token-of-mine").encode()
        if scope["method"] == "POST":
            self.answers.append((await receive())["body"])
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@pytest.fixture
async def honest(tmp_path):
    async with serving(f"sqlite:///{tmp_path}/ds.sqlite") as running:
        await running.arrive(BOB)
        yield running


async def signed_for(hostile, http, name="hostile.eth"):
    async with Server(hostile) as server:
        client = DeliveryClient(http, server.url, name)
        return await client.authenticate(BOB.name, BOB.keys.signing_private)


async def test_the_challenge_of_an_honest_service_is_not_signed_for_a_hostile_one(honest):
    passed_on = (await honest.client.http.get(f"/auth/{BOB.name}")).json()
    hostile = Hostile(passed_on)
    with pytest.raises(ForeignChallenge, match="another service"):
        await signed_for(hostile, honest.client.http)
    assert hostile.answers == []


@pytest.mark.parametrize("value", [sha256_hex("an acceptance"), sha256_hex("x")[2:], "alias: bob.eth", ""])
async def test_a_hash_or_a_claim_is_not_signed_as_a_challenge(honest, value):
    hostile = Hostile(value)
    with pytest.raises(MalformedData):
        await signed_for(hostile, honest.client.http)
    assert hostile.answers == []


async def test_the_service_that_one_talks_to_gets_its_own_signed(honest):
    client = DeliveryClient(honest.client.http, honest.url, SERVICE)
    token = await asyncio.wait_for(client.authenticate(BOB.name, BOB.keys.signing_private), 60)
    await client.fetch(BOB.name, token, reader="phone")


async def test_one_that_says_nothing_of_itself_is_signed_as_the_reference_needs_it(honest):
    hostile = Hostile("0f8fad5b-d9cb-469f-a165-70867728950e")
    await signed_for(hostile, honest.client.http)
    assert len(hostile.answers) == 1
