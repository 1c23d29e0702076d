"""A message's hash is only claimed by who hands it in: nobody keeps another's message away by it."""

import os

import httpx
import pytest

from dm3.client.messaging.dispatcher import dispatch
from dm3.crypto import ProfileKeys, Seed
from dm3.model import DeliveryInformation, Draft
from dm3.protocol.messages.composing import compose
from tests.e2e.sdk_scene import APP, line_of, new_wallet, sealed_for, submit, texts
from tests.kit.inside import context_of, identity_of

pytestmark = pytest.mark.asyncio(loop_scope="module")
SERVICE = f"ds.{APP}"


def draft_of(account, to) -> str:
    """A message that is about to be sent, as who knows its hash beforehand may have seen it."""
    draft = Draft(to=to, from_=account.name, timestamp=context_of(account).milliseconds(), content="hello")
    return compose(draft, identity_of(account).keys.signing_private).text


async def held(account):
    """The envelopes that the delivery service keeps. Asking makes a reader, for whom later ones stay."""
    service = await context_of(account).service(SERVICE)
    token = await service.authenticate(account.name, identity_of(account).keys.signing_private)
    return (await service.fetch(account.name, token, reader="newcomer", after="", wait=0, limit=50)).messages


@pytest.mark.parametrize("known", [True, False], ids=["of a verified sender", "of a stranger"])
async def test_the_genuine_message_arrives_although_a_bogus_one_was_there_before(world, monkeypatch, known):
    home, alice = await world.client(), await world.alice()
    team = await home.create_profile(APP, new_wallet(), alias=world.team_name)
    mallory = await (await world.client()).create_profile(APP, new_wallet())
    text = draft_of(alice, team.name)
    genuine = await sealed_for(alice, context_of(alice), team.name, text)
    nobody = f"{new_wallet().address.lower()}.addr.{APP}"
    garbage = {
        "receiver_key": ProfileKeys.from_seed(Seed(os.urandom(32))).encryption_public,
        "information": DeliveryInformation(team.name, mallory.name if known else nobody),
    }
    bogus = await sealed_for(mallory, context_of(mallory), team.name, text, **garbage)
    assert bogus.message_hash == genuine.message_hash

    line = line_of(home)
    handle, waiting = line.handle_async_request, [genuine]

    async def with_an_arrival_before_acknowledging(request):
        if request.url.path.endswith("/syncAcknowledgements") and waiting:
            await submit(context_of(alice), waiting.pop(), SERVICE)
        return await handle(request)

    monkeypatch.setattr(line, "handle_async_request", with_an_arrival_before_acknowledging)
    await submit(context_of(mallory), bogus, SERVICE)
    assert await team.sync() == []
    assert (waiting, team.errors) == ([], [])
    assert [(refused.hash, refused.reason) for refused in await team.refused()] == [
        (genuine.message_hash, "cannot-open")
    ]
    assert texts(await team.sync()) == ["hello"]

    await submit(context_of(mallory), bogus, SERVICE)
    assert await team.sync() == []
    assert [head.messages for head in await team.conversations()] == [1]
    assert await held(team) == ()


async def test_what_is_handed_in_again_after_a_lost_answer_is_kept_once_though_sealed_anew(world):
    client, team = await world.client(), await world.team()
    alice = await client.create_profile(APP, new_wallet())
    line = line_of(client)
    lost: list[httpx.Request] = []

    def loses_the_first_submission(request, _):
        if b"dm3_submitMessage" in request.content and not lost:
            lost.append(request)
            return True
        return False

    line.cut_after = loses_the_first_submission
    await alice.send(team.name, "once")
    assert len(lost) == 1
    assert await dispatch(context_of(client), alice.name, due_only=False) == []
    submissions = {request.content for request in line.requests if b"dm3_submitMessage" in request.content}
    assert len(submissions) == 2
    assert len(await held(team)) == 1
    assert texts(await team.sync()) == ["once"]
