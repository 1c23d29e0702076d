"""Authenticating: who gets an access token, what it opens, and when it stops."""

from typing import Any

import jwt
import pytest

from dm3.crypto import Seed, service_key_from, sign
from dm3.delivery.tokens import Tokens
from tests.e2e.delivery_scene import SERVICE, Person, Stream, digest, serving

BOB, CAROL, EVE = Person("bob"), Person("carol"), Person("eve")


@pytest.fixture
async def scene(tmp_path):
    async with serving(f"sqlite:///{tmp_path}/ds.sqlite") as running:
        await running.arrive(BOB)
        yield running


async def challenge(scene, name=BOB.name) -> Any:
    answer = await scene.client.http.get(f"/auth/{name}")
    assert answer.status_code == 200
    return answer.json()


async def answered(scene, text, *, signed_by=BOB, name=BOB.name, signature=None):
    signature = signature if signature is not None else sign(signed_by.keys.signing_private, text)
    body = {"challenge": text, "signature": signature}
    return await scene.client.http.post(f"/auth/{name}", json=body)


def refused(answer, status=401):
    assert "error" in answer.json(), answer.text
    return answer.status_code == status


async def fetched(scene, token, name=BOB.name):
    return await scene.client.http.get(f"/mailbox/{name}", headers={"Authorization": f"Bearer {token}"})


async def test_a_signed_challenge_opens_the_mailbox(scene):
    answer = await answered(scene, await challenge(scene))
    assert answer.status_code == 200
    assert (await fetched(scene, answer.json())).status_code == 200


async def test_the_name_may_be_written_in_any_form(scene):
    text = await challenge(scene, BOB.name.upper().replace("0X", "0x"))
    assert (await answered(scene, text)).status_code == 200


async def test_a_challenge_counts_once(scene):
    text = await challenge(scene)
    assert (await answered(scene, text)).status_code == 200
    again = await answered(scene, text)
    assert refused(again)
    assert "before" in again.json()["error"]


async def test_a_wrong_answer_does_not_use_the_challenge_up(scene):
    text = await challenge(scene)
    assert refused(await answered(scene, text, signed_by=EVE))
    assert (await answered(scene, text)).status_code == 200


async def test_a_challenge_of_another_name_is_refused(scene):
    await scene.arrive(CAROL)
    assert refused(await answered(scene, await challenge(scene, CAROL.name)))


async def test_an_expired_challenge_is_refused(scene):
    text = await challenge(scene)
    scene.clock.now += 300
    answer = await answered(scene, text)
    assert refused(answer)
    assert "expired" in answer.json()["error"]


async def test_a_registered_profile_alone_gives_no_token(scene):
    text = await challenge(scene)
    for signature in ("", BOB.signed.signature, "A" * 88, "é"):
        assert refused(await answered(scene, text, signature=signature))
    answer = await scene.client.http.post(f"/auth/{BOB.name}", content=BOB.signed.text)
    assert refused(answer, 400)


async def test_challenges_and_tokens_of_other_services_are_refused(scene):
    # The same secret, so that nothing but the audience tells them apart.
    secret = service_key_from(Seed(digest("service")), "tokens")
    foreign = Tokens(secret, "other.eth", clock=scene.clock, random=Stream())
    own = Tokens(secret, SERVICE, clock=scene.clock, random=Stream())
    assert (await answered(scene, own.new_challenge(BOB.name, 60))).status_code == 200
    assert refused(await answered(scene, foreign.new_challenge(BOB.name, 60)))
    token = (await answered(scene, await challenge(scene))).json()
    box = jwt.decode(token, options={"verify_signature": False})["sub"]
    assert (await fetched(scene, own.new_token(box, 0, 60))).status_code == 200
    assert refused(await fetched(scene, foreign.new_token(box, 0, 60)))


async def test_a_challenge_is_no_token_and_a_token_no_challenge(scene):
    text = await challenge(scene)
    token = (await answered(scene, text)).json()
    assert refused(await fetched(scene, text))
    assert refused(await answered(scene, token))


async def test_forged_and_unsigned_tokens_are_refused(scene):
    token = (await answered(scene, await challenge(scene))).json()
    claims = jwt.decode(token, options={"verify_signature": False})
    for forged in (
        jwt.encode(claims, "x" * 32, "HS256"),
        jwt.encode(claims, None, "none"),
        token[:-4] + "AAAA",
        token.rsplit(".", 1)[0] + ".",
        "x",
        "..",
        "A" * 5_000,
    ):
        assert refused(await fetched(scene, forged))
    for header in (
        {},
        {"Authorization": "Bearer"},
        {"Authorization": token},
        {"Authorization": f"Basic {token}"},
    ):
        assert refused(await scene.client.http.get(f"/mailbox/{BOB.name}", headers=header))


async def test_a_token_of_one_mailbox_does_not_open_another(scene):
    await scene.arrive(CAROL)
    token = (await answered(scene, await challenge(scene))).json()
    headers = {"Authorization": f"Bearer {token}"}
    http, name = scene.client.http, CAROL.name
    for answer in (
        await http.get(f"/mailbox/{name}", headers=headers),
        await http.get(f"/delivery/messages/incoming/{name}", headers=headers),
        await http.post(f"/delivery/messages/{name}/syncAcknowledgements", headers=headers, json={}),
        await http.put(f"/mailbox/{name}/readers/x", headers=headers),
        await http.delete(f"/mailbox/{name}/readers/x", headers=headers),
        await http.put(f"/profile/{name}/extension", headers=headers, json={}),
        await http.delete(f"/auth/{name}", headers=headers),
    ):
        assert refused(answer, 403)
        assert answer.json()["code"] == "forbidden"


async def test_tokens_expire(scene):
    token = (await answered(scene, await challenge(scene))).json()
    scene.clock.now += 86_399
    assert (await fetched(scene, token)).status_code == 200
    scene.clock.now += 1
    assert refused(await fetched(scene, token))


async def test_revoking_ends_every_token_of_the_mailbox_and_no_other(scene):
    carols = await scene.arrive(CAROL)
    first = (await answered(scene, await challenge(scene))).json()
    second = (await answered(scene, await challenge(scene))).json()
    headers = {"Authorization": f"Bearer {first}"}
    assert (await scene.client.http.delete(f"/auth/{BOB.name}", headers=headers)).status_code == 204
    assert refused(await fetched(scene, first))
    assert refused(await fetched(scene, second))
    assert (await scene.client.http.get(f"/mailbox/{CAROL.name}", headers=carols)).status_code == 200
    third = (await answered(scene, await challenge(scene))).json()
    assert (await fetched(scene, third)).status_code == 200


async def test_names_that_are_not_registered_get_no_challenge(scene):
    answer = await scene.client.http.get(f"/auth/{CAROL.name}")
    assert refused(answer, 404)
    assert answer.json()["code"] == "not-registered"
    assert refused(await scene.client.http.get("/auth/no..name"), 400)


async def test_an_answered_challenge_stays_used_after_a_restart(tmp_path):
    url = f"sqlite:///{tmp_path}/ds.sqlite"
    async with serving(url) as scene:
        await scene.arrive(BOB)
        text = await challenge(scene)
        token = (await answered(scene, text)).json()
    async with serving(url) as scene:
        assert refused(await answered(scene, text))
        assert (await fetched(scene, token)).status_code == 200
