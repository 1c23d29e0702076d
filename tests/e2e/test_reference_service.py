"""Writing to somebody at a reference delivery service works, is told as delivered, and happens once."""

import json
import os
from contextlib import asynccontextmanager
from math import inf

import pytest
from msgspec.structs import replace

from dm3.base import read_json, sha256_hex
from dm3.base.canonical import canonical_json
from dm3.client.state.outbox_entry import OutboxState
from dm3.crypto import ProfileKeys, Seed
from dm3.model import DeliveryInformation, DeliveryServiceProfile, Draft, Profile
from dm3.net.clients.delivery import DeliveryClient
from dm3.protocol.messages.composing import compose, envelop, open_envelope
from dm3.wire import (
    data_uri,
    delivery_service_json,
    envelope_from,
    envelope_text,
    profile_json,
    profile_message,
    with_signature,
)
from tests.e2e.sdk_scene import APP, MAIN, new_wallet
from tests.e2e.widget_scene import widget_app, widget_host
from tests.kit import open_client
from tests.kit.hostile import Proxy, a_page
from tests.kit.inside import context_of, identity_of
from tests.kit.reference_service import ReferenceService

pytestmark = pytest.mark.asyncio(loop_scope="module")
BOB = "bob.elsewhere.eth"
SERVICE = "ds.elsewhere.eth"
BOBS_KEYS = ProfileKeys.from_seed(Seed(b"b" * 32))


def names_of_bob(tmp_path, service, url=None):
    """A file of names by which Bob is known at the reference ``service``."""
    wallet = new_wallet()
    profile = Profile(BOBS_KEYS.signing_public, BOBS_KEYS.encryption_public, (SERVICE,))
    text = canonical_json(profile_json(profile))
    signed = with_signature(profile, wallet.sign_now(profile_message(text, wallet.address)))
    about = DeliveryServiceProfile(
        service.keys.signing_public, service.keys.encryption_public, url or service.url
    )
    names = {
        BOB: {
            "address": wallet.address,
            "texts": {"network.dm3.profile": data_uri(read_json(signed.text))},
        },
        SERVICE: {"texts": {"network.dm3.deliveryService": data_uri(delivery_service_json(about))}},
    }
    file = tmp_path / "names.json"
    file.write_text(json.dumps(names))
    return file


@asynccontextmanager
async def writing(world, tmp_path, service, url=None):
    """Alice, who knows Bob at the reference ``service`` from a file of names."""
    file = names_of_bob(tmp_path, service, url)
    client = await world.client(names_file=file)
    yield await client.create_profile(MAIN, new_wallet(), alias=world.alice_name)


def read_by_bob(envelope):
    return open_envelope(envelope_from(envelope), BOBS_KEYS).message.content


@pytest.mark.parametrize("member", ["messageHash", "encryptedMessageHash"])
async def test_a_message_is_delivered_once_in_the_form_that_is_taken(world, tmp_path, member):
    async with ReferenceService(member) as service, writing(world, tmp_path, service) as alice:
        sent = await alice.send(BOB, "hello")
        assert await alice.waiting() == []
        assert await alice.entry_of(sent) is None
        world.clock.ahead += 100_000
        await alice.sync()
        await alice.send(BOB, "and again")
        assert list(map(read_by_bob, service.stored)) == ["hello", "and again"]
        # The form that a service wants is found once and remembered.
        tries = 2 if member == "messageHash" else 3
        assert service.asked.count("dm3_submitMessage") == tries
        [first, _] = service.stored
        hashed = sent.hash if member == "messageHash" else sha256_hex(canonical_json(first["message"]))
        assert first["metadata"][member] == hashed


async def test_what_is_too_large_for_it_fails_at_once_and_says_so(world, tmp_path):
    async with ReferenceService(size_limit=20_000) as service, writing(world, tmp_path, service) as alice:
        await alice.send(BOB, "short")
        sent = await alice.send(BOB, "x" * 14_000)
        entry = await alice.entry_of(sent)
        assert (entry.state, entry.last_code) == (OutboxState.FAILED, "too-large")
        assert len(service.stored) == 1


async def test_what_it_refuses_in_both_forms_fails_and_is_not_tried_for_days(world, tmp_path):
    async with ReferenceService("neither") as service, writing(world, tmp_path, service) as alice:
        entry = await alice.entry_of(await alice.send(BOB, "hello"))
        assert (entry.state, entry.last_code) == (OutboxState.FAILED, "service-refused")
        assert service.asked.count("dm3_submitMessage") == 2
        assert service.stored == []


@pytest.mark.parametrize(
    "page",
    [a_page(200), a_page(302, b""), a_page(204), a_page(400), a_page(403), a_page(200, b""), a_page(503)],
)
async def test_a_page_in_between_neither_delivers_nor_fails(world, tmp_path, page):
    async with (
        ReferenceService() as service,
        Proxy(service.url) as proxy,
        writing(world, tmp_path, service, proxy.url) as alice,
    ):
        await alice.send(BOB, "first")
        proxy.instead = page
        entry = await alice.entry_of(await alice.send(BOB, "second"))
        assert (entry.state, entry.last_code) == (OutboxState.WAITING, "cannot-tell")
        proxy.instead = None
        world.clock.ahead += 100
        await alice.sync()
        assert await alice.waiting() == []
        assert list(map(read_by_bob, service.stored)) == ["first", "second"]


async def test_a_word_is_no_acceptance_of_a_service_that_answers_in_json(world):
    """A proxy may say OK, too: only a service that has shown to be plain is believed."""
    alice, team = await world.alice(), await world.team()
    await alice.send(team.name, "before")
    service = await context_of(alice).directory.delivery_service(f"ds.{APP}")
    async with Proxy(service.url) as proxy:
        proxy.instead = a_page(200, b"OK", "text/plain")
        moved = replace(service, url=proxy.url)
        context_of(alice).directory._cache.put_until(("service", f"ds.{APP}"), moved, inf)
        entry = await alice.entry_of(await alice.send(team.name, "hello"))
        assert (entry.state, entry.last_code) == (OutboxState.WAITING, "cannot-tell")


async def hand_in(http, lsp, service, text, *, encrypted_hash=False):
    """Hand a message for Bob in at the widget's gateway, as the chat in a browser does."""
    own = DeliveryClient(http, f"/{APP}/ds/ds.{APP}", f"ds.{APP}")
    token = await own.authenticate(lsp.name, identity_of(lsp).keys.signing_private)
    draft = Draft(to=BOB, from_=lsp.name, timestamp=1_764_300_000_000, content=text)
    envelope = envelop(
        compose(draft, identity_of(lsp).keys.signing_private).text,
        receiver_key=BOBS_KEYS.encryption_public,
        service_key=service.keys.encryption_public,
        information=DeliveryInformation(BOB, lsp.name),
        signing_key=identity_of(lsp).keys.signing_private,
        random=os.urandom,
        encrypted_hash=encrypted_hash,
    )
    body = {"from": lsp.name, "to": BOB, "envelope": json.loads(envelope_text(envelope))}
    bearer = {"Authorization": f"Bearer {token.reveal().decode()}"}
    answer = await http.post(f"/{APP}/send", json=body, headers=bearer)
    return answer.status_code, answer.json().get("code")


@pytest.mark.parametrize("member", ["messageHash", "encryptedMessageHash"])
async def test_a_visitor_s_message_is_handed_on_once_in_the_form_that_is_taken(world, tmp_path, member):
    async with (
        ReferenceService(member, size_limit=20_000) as service,
        widget_host(
            world.place, tmp_path, widget_app(BOB), names_file=names_of_bob(tmp_path, service)
        ) as host,
        open_client(base_url=host.url) as http,
    ):
        lsp = await world.lsp()
        for text in ("hello", "and again"):
            answer = await hand_in(http, lsp, service, text)
            if member == "encryptedMessageHash":
                assert answer == (422, "plain-refusal")
                answer = await hand_in(http, lsp, service, text, encrypted_hash=True)
            assert answer == (200, None)
        assert list(map(read_by_bob, service.stored)) == ["hello", "and again"]
        # The form that a service wants is found once and remembered.
        tries = 2 if member == "messageHash" else 3
        assert service.asked.count("dm3_submitMessage") == tries
        other = member == "encryptedMessageHash"
        assert await hand_in(http, lsp, service, "x" * 14_000, encrypted_hash=other) == (422, "-32011")
        assert service.asked.count("dm3_submitMessage") == tries, "what is too large is not handed in"
