"""Registering profiles: whose they must be, and that nobody turns a name back or takes it along."""

import pytest

from dm3.base import address_name, owner_alias, spellings_of
from dm3.wire import open_text, read_postmark
from tests.e2e.delivery_scene import APP, Person, serving

ALICE, BOB, EVE = Person("alice"), Person("bob"), Person("eve")
ALIAS = f"bob.user.{APP}"


@pytest.fixture
async def scene(tmp_path):
    async with serving(f"sqlite:///{tmp_path}/ds.sqlite") as running:
        yield running


def publish(scene, person, name=None):
    scene.names.put_profile(name or person.name, person.signed, person.wallet.address)


async def refused(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    return answer.json()["error"]


async def test_an_address_name_is_registered_before_its_resolver_knows_it(scene):
    for reachable in (False, True):
        scene.names.reachable = reachable
        answer = await scene.client.register(BOB)
        assert answer.status_code == 200
        assert answer.json() == {"name": BOB.name, "profileHash": BOB.signed.hash}
    shown = await scene.client.http.get(f"/profile/{BOB.name}")
    assert shown.text == BOB.signed.text


async def test_an_address_name_takes_no_foreign_profile(scene):
    name = address_name(BOB.wallet.address, APP)
    await refused(await scene.client.register(EVE, name), 403, "bad-signature")
    assert (await scene.client.http.get(f"/profile/{name}")).status_code == 404


async def test_the_profile_must_list_this_service(scene):
    elsewhere = Person("bob", services=("other.eth",))
    sentence = await refused(await scene.client.register(elsewhere), 400, "invalid-input")
    assert "ds.eth" in sentence


async def test_another_name_must_resolve_to_the_very_profile(scene):
    await refused(await scene.client.register(BOB, ALIAS), 404, "not-found")
    publish(scene, EVE, ALIAS)
    await refused(await scene.client.register(BOB, ALIAS), 409, "already-taken")
    publish(scene, BOB, ALIAS)
    assert (await scene.client.register(BOB, ALIAS)).status_code == 200
    scene.names.reachable = False
    await refused(await scene.client.register(ALICE, "alice.user.myapp.eth"), 503, "unreachable")


async def test_an_alias_is_the_same_mailbox(scene):
    token = await scene.arrive(BOB)
    publish(scene, BOB, ALIAS)
    await scene.client.register(BOB, ALIAS)
    await scene.client.send(ALICE, ALIAS, "to the alias")
    await scene.client.send(ALICE, BOB.name, "to the address name")
    assert len((await scene.client.fetch(BOB, token))["messages"]) == 2
    by_alias = await scene.client.log_in(BOB, ALIAS)
    answer = await scene.client.http.get(f"/mailbox/{ALIAS}", headers=by_alias)
    assert len(answer.json()["messages"]) == 2


@pytest.mark.parametrize("registered", spellings_of(owner_alias(EVE.wallet.address, APP)))
async def test_an_owner_alias_is_one_mailbox_in_both_spellings(scene, registered):
    token = await scene.arrive(BOB)
    one, other = spellings_of(registered)
    await refused(await scene.client.http.get(f"/auth/{other}"), 404, "not-registered")
    publish(scene, BOB, one)
    assert (await scene.client.register(BOB, one)).status_code == 200
    for name in (one, other):
        await scene.client.send(ALICE, name, f"to {name}")
    by_other = await scene.client.log_in(BOB, other)
    answer = await scene.client.http.get(f"/mailbox/{other}", headers=by_other)
    assert len(answer.json()["messages"]) == len((await scene.client.fetch(BOB, token))["messages"]) == 2


async def test_new_keys_keep_the_mailbox_and_end_the_old_tokens(scene):
    old_token = await scene.arrive(BOB)
    await scene.client.send(ALICE, BOB.name, "before")
    newer = BOB.rotated()
    publish(scene, newer)
    assert (await scene.client.register(newer)).status_code == 200
    answer = await scene.client.http.get(f"/mailbox/{BOB.name}", headers=old_token)
    assert answer.status_code == 401
    token = await scene.client.log_in(newer)
    await scene.client.send(ALICE, BOB.name, "after")
    assert len((await scene.client.fetch(newer, token))["messages"]) == 2


async def test_messages_after_a_rotation_are_stamped_for_the_new_keys(scene):
    await scene.arrive(BOB)
    await scene.client.send(ALICE, BOB.name, "before")
    newer = BOB.rotated()
    publish(scene, newer)
    await scene.client.register(newer)
    token = await scene.client.log_in(newer)
    await scene.client.send(ALICE, BOB.name, "after")
    page = await scene.client.fetch(newer, token)
    stamped = page["messages"][1]["envelope"]["postmark"]
    postmark = read_postmark(open_text(stamped, newer.keys))
    assert postmark.incoming_timestamp == int(scene.clock.now * 1000)


async def test_a_replayed_older_profile_does_not_turn_a_name_back(scene):
    await scene.arrive(BOB)
    newer = BOB.rotated()
    publish(scene, newer)
    await scene.client.register(newer)
    await refused(await scene.client.register(BOB), 409, "already-taken")
    scene.names.reachable = False
    await refused(await scene.client.register(BOB), 503, "unreachable")
    scene.names.reachable = True
    scene.names.remove(BOB.name)
    await refused(await scene.client.register(BOB), 404, "not-found")
    shown = await scene.client.http.get(f"/profile/{BOB.name}")
    assert shown.text == newer.signed.text


async def test_an_older_profile_is_refused_the_first_time_too_where_the_name_resolves(scene):
    publish(scene, BOB.rotated())
    await refused(await scene.client.register(BOB), 409, "already-taken")


async def test_rotating_with_an_alias_keeps_everything_together(scene):
    await scene.arrive(BOB)
    publish(scene, BOB, ALIAS)
    await scene.client.register(BOB, ALIAS)
    await scene.client.send(ALICE, ALIAS, "waiting")
    newer = BOB.rotated()
    publish(scene, newer)
    publish(scene, newer, ALIAS)
    assert (await scene.client.register(newer)).status_code == 200
    token = await scene.client.log_in(newer, ALIAS)
    assert len((await scene.client.fetch(newer, token))["messages"]) == 1


async def test_who_points_a_name_at_bobs_profile_cannot_take_his_mailbox_along(scene):
    token = await scene.arrive(BOB)
    # Eve's own name shows Bob's address and Bob's profile; that is hers to say.
    evil = f"evil.user.{APP}"
    publish(scene, BOB, evil)
    assert (await scene.client.register(BOB, evil)).status_code == 200
    await scene.client.send(ALICE, BOB.name, "for Bob")
    # Now she points it at a profile of her own.
    publish(scene, EVE, evil)
    assert (await scene.client.register(EVE, evil)).status_code == 200
    eves = await scene.client.log_in(EVE, evil)
    answer = await scene.client.http.get(f"/mailbox/{evil}", headers=eves)
    assert answer.json()["messages"] == []
    answer = await scene.client.http.get(f"/mailbox/{BOB.name}", headers=eves)
    assert answer.status_code == 403
    assert len((await scene.client.fetch(BOB, token))["messages"]) == 1


async def test_what_is_no_signed_profile_is_refused(scene):
    for body in (b"", b"[]", b"{}", b"\xff", b'{"profile": {}}', b"x" * 70_000):
        answer = await scene.client.http.post(f"/profile/{BOB.name}", content=body)
        assert answer.status_code in (400, 413)
        assert answer.json()["error"]
