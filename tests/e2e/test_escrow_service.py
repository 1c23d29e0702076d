"""The escrow at the delivery service: who may store, to whom it is given out, and what it tells others."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from dm3.base import owner_alias, to_base64
from dm3.net import ChainWalletVerifier, JsonRpcChain
from dm3.protocol.escrow.challenge import parse_escrow_challenge
from tests.development_chain import development_chain
from tests.e2e.delivery_scene import APP, SERVICE, Person, Stream, serving
from tests.e2e.test_delivery_fuzz import World, dumped, fine, json_values, mutated
from tests.e2e.wallet_scene import Workshop, key
from tests.npm import NpmUnavailable, skip_or_fail

LSP, OTHER = Person("lsp"), Person("other lsp")
OWNER, EVE = Person("owner").wallet, Person("eve").wallet
BLOB = bytes(range(256)) * 4
ALIAS = owner_alias(OWNER.address, APP)
PLACE = f"/escrow/{APP}/{OWNER.address}"


@pytest.fixture
async def scene(tmp_path):
    async with serving(f"sqlite:///{tmp_path}/ds.sqlite") as running:
        running.token = await running.arrive(LSP)
        running.names.addresses[ALIAS] = LSP.wallet.address
        yield running


def deposit(**changes):
    fields = {"app": APP, "owner": OWNER.address, "ownerProof": ALIAS, "blob": to_base64(BLOB)}
    return {**fields, **changes}


async def put(scene, body=None, *, name=LSP.name, token=None):
    headers = scene.token if token is None else token
    return await scene.client.http.put(f"/escrow/{name}", headers=headers, json=body or deposit())


async def challenge(scene, place=PLACE):
    answer = await scene.client.http.get(f"{place}/challenge")
    assert answer.status_code == 200, answer.text
    return answer.json()["challenge"]


async def ask(scene, text, signature=None, *, place=PLACE, wallet=OWNER):
    body = {"challenge": text, "signature": signature or wallet.sign_now(text)}
    return await scene.client.http.post(place, json=body)


async def released(scene):
    return await ask(scene, await challenge(scene))


def refusal(answer):
    assert answer.json()["error"]
    return answer.status_code, answer.json()["code"]


# --- the way it goes -------------------------------------------------------------------------------


async def test_the_owner_gets_what_the_profile_has_stored(scene):
    assert (await put(scene)).status_code == 204
    answer = await released(scene)
    assert answer.status_code == 200
    assert answer.json() == {"name": LSP.name, "blob": to_base64(BLOB), "sealedBy": "entropy"}


async def test_names_and_accounts_may_be_written_in_any_form(scene):
    await put(
        scene,
        deposit(app=APP.upper(), owner=OWNER.address.lower(), ownerProof=ALIAS.upper().replace("0X", "0x")),
    )
    place = f"/escrow/{APP.title()}/{OWNER.address.lower()}"
    answer = await ask(scene, await challenge(scene, place), place=place)
    assert answer.json()["name"] == LSP.name


async def test_a_later_copy_counts_and_a_deleted_one_is_gone(scene):
    await put(scene, deposit(blob=to_base64(b"earlier")))
    await put(scene)
    assert (await released(scene)).json()["blob"] == to_base64(BLOB)
    for _ in range(2):
        answer = await scene.client.http.delete(f"/escrow/{LSP.name}", headers=scene.token)
        assert answer.status_code == 204
    assert refusal(await released(scene)) == (404, "no-escrow")


async def test_it_is_there_after_a_restart_and_answered_challenges_stay_used(tmp_path):
    url = f"sqlite:///{tmp_path}/ds.sqlite"
    async with serving(url) as scene:
        scene.token = await scene.arrive(LSP)
        scene.names.addresses[ALIAS] = LSP.wallet.address
        await put(scene)
        used, unused = await challenge(scene), await challenge(scene)
        assert (await ask(scene, used)).status_code == 200
    async with serving(url) as scene:
        assert refusal(await ask(scene, used)) == (401, "unauthorized")
        assert (await ask(scene, unused)).status_code == 200


async def test_the_challenge_says_what_it_is_for_and_differs_each_time(scene):
    texts = {await challenge(scene) for _ in range(5)}
    assert len(texts) == 5
    for text in texts:
        said = parse_escrow_challenge(text)
        assert (said.service, said.app, said.owner) == (SERVICE, APP, OWNER.address)
        assert said.issued_at == scene.clock.now
        assert said.expires_at == scene.clock.now + 300


# --- who may store ---------------------------------------------------------------------------------


async def test_only_the_mailbox_itself_stores_and_deletes(scene):
    other = await scene.arrive(OTHER)
    http = scene.client.http
    assert refusal(await put(scene, token={})) == (401, "unauthorized")
    assert refusal(await put(scene, token=other)) == (403, "forbidden")
    assert refusal(await http.delete(f"/escrow/{LSP.name}", headers=other)) == (403, "forbidden")
    assert refusal(await http.delete(f"/escrow/{LSP.name}")) == (401, "unauthorized")
    assert refusal(await released(scene)) == (404, "no-escrow")


async def test_a_profile_that_the_owner_has_not_named_is_refused(scene):
    await put(scene)
    token = await scene.arrive(OTHER)
    stolen = await put(scene, deposit(blob=to_base64(b"mine")), name=OTHER.name, token=token)
    assert refusal(stolen) == (403, "not-the-owners")
    del scene.names.addresses[ALIAS]
    assert refusal(await put(scene)) == (403, "not-the-owners")
    assert (await released(scene)).json()["blob"] == to_base64(BLOB)


async def test_a_profile_named_in_its_place_takes_the_place(scene):
    await put(scene)
    token = await scene.arrive(OTHER)
    scene.names.addresses[ALIAS] = OTHER.wallet.address
    body = deposit(blob=to_base64(b"mine"))
    assert (await put(scene, body, name=OTHER.name, token=token)).status_code == 204
    assert (await released(scene)).json() == {"name": OTHER.name, "blob": to_base64(b"mine")}


async def test_without_the_resolver_nothing_is_taken(scene):
    scene.names.reachable = False
    assert refusal(await put(scene)) == (503, "unreachable")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"app": "other.eth"}, (400, "invalid-input")),
        ({"app": "a..eth"}, (400, "invalid-name")),
        ({"owner": "0x12"}, (400, "invalid-input")),
        ({"owner": OWNER.address[:-1] + "0"}, (400, "invalid-input")),
        ({"owner": EVE.address}, (400, "invalid-input")),
        ({"owner": EVE.address, "ownerProof": owner_alias(EVE.address, APP)}, (403, "not-the-owners")),
        ({"ownerProof": LSP.name}, (400, "invalid-input")),
        ({"ownerProof": None}, (400, "malformed")),
        ({"blob": None}, (400, "malformed")),
        ({"blob": 1}, (400, "malformed")),
        ({"blob": "not base64!"}, (400, "malformed")),
        ({"blob": "A" * 8_196}, (400, "malformed")),
        ({"blob": "A" * 40_000}, (413, "too-large")),
    ],
)
async def test_one_fault_in_a_deposit(scene, changes, expected):
    assert refusal(await put(scene, deposit(**changes))) == expected
    assert refusal(await released(scene)) == (404, "no-escrow")


async def test_the_largest_blob_is_taken(scene):
    assert (await put(scene, deposit(blob="A" * 8_192))).status_code == 204


async def test_an_alias_of_the_mailbox_is_not_its_address_name(scene):
    scene.names.put_profile(ALIAS, LSP.signed, LSP.wallet.address)
    assert (await scene.client.register(LSP, ALIAS)).status_code == 200
    assert refusal(await put(scene, name=ALIAS)) == (400, "invalid-input")


# --- to whom it is given out -----------------------------------------------------------------------


async def test_a_challenge_counts_once(scene):
    await put(scene)
    text = await challenge(scene)
    assert (await ask(scene, text)).status_code == 200
    again = await ask(scene, text)
    assert refusal(again) == (401, "unauthorized")
    assert "before" in again.json()["error"]


async def test_another_wallet_gets_nothing_and_does_not_use_the_challenge_up(scene):
    await put(scene)
    text = await challenge(scene)
    assert refusal(await ask(scene, text, wallet=EVE)) == (403, "not-the-owner")
    for signature in ("0x", "0x" + "00" * 65, "x", OWNER.sign_now(text + " "), "\ud800"):
        answer = await scene.client.http.post(
            PLACE, content=json.dumps({"challenge": text, "signature": signature})
        )
        assert refusal(answer) == (403, "not-the-owner")
    assert (await ask(scene, text)).status_code == 200


async def test_an_expired_challenge_is_refused(scene):
    await put(scene)
    text = await challenge(scene)
    scene.clock.now += 300
    answer = await ask(scene, text)
    assert refusal(answer) == (401, "unauthorized")
    assert "expired" in answer.json()["error"]


async def test_a_challenge_for_another_application_or_account_is_refused(scene):
    await put(scene)
    for place in (f"/escrow/other.eth/{OWNER.address}", f"/escrow/{APP}/{EVE.address}"):
        text = await challenge(scene, place)
        assert refusal(await ask(scene, text)) == (401, "unauthorized")
        assert refusal(await ask(scene, text, place=place, wallet=EVE)) in (
            (403, "not-the-owner"),
            (404, "no-escrow"),
        )


async def test_challenges_that_the_service_has_not_made_are_refused(scene):
    await put(scene)
    own = parse_escrow_challenge(await challenge(scene))
    forged = [
        replace(own, expires_at=own.expires_at + 3_000).text,
        replace(own, nonce=Stream("eve")(32).hex()).text,
        replace(own, nonce=own.nonce[:32]).text,
        replace(own, nonce=own.nonce + "00").text,
        replace(own, service="ds.evil.eth").text,
        own.text + "\n",
        "sign this",
        "",
    ]
    for text in forged:
        assert refusal(await ask(scene, text)) == (401, "unauthorized")


async def test_another_service_with_the_same_secret_makes_other_challenges(scene, tmp_path):
    await put(scene)
    url = scene.database._engine.url.render_as_string()
    async with serving(url, names=scene.names, clock=scene.clock, name="other.eth") as elsewhere:
        assert refusal(await ask(scene, await challenge(elsewhere))) == (401, "unauthorized")


async def test_who_has_an_escrow_cannot_be_found_out_without_the_owners_wallet(scene):
    """Every answer to a stranger is the same with and without an escrow."""
    nobody = Person("nobody").wallet
    with_one, without = PLACE, f"/escrow/{APP}/{nobody.address}"
    await put(scene)

    async def answers(place, address):
        text = await challenge(scene, place)
        expired = await challenge(scene, place)
        tries = [
            await ask(scene, text, wallet=EVE, place=place),
            await ask(scene, text, "0x", place=place),
            await ask(scene, "sign this", wallet=EVE, place=place),
            await scene.client.http.post(place, json={}),
        ]
        scene.clock.now += 300
        tries.append(await ask(scene, expired, wallet=EVE, place=place))
        scene.clock.now -= 300
        said = parse_escrow_challenge(text)
        shown = replace(said, owner=EVE.address, nonce="00" * 32).text
        return shown, [(one.status_code, one.text.replace(address, "")) for one in tries]

    assert await answers(with_one, OWNER.address) == await answers(without, nobody.address)
    # Its own owner learns that there is none.
    answer = await ask(scene, await challenge(scene, without), wallet=nobody, place=without)
    assert refusal(answer) == (404, "no-escrow")


@pytest.mark.interop
async def test_a_contract_wallet_speaks_for_itself(tmp_path):
    try:
        with development_chain() as chain:
            wallet = Workshop(chain).keyed(key("the owner"))
            async with JsonRpcChain(chain.url) as node:
                await _released_to(wallet, ChainWalletVerifier(node), f"sqlite:///{tmp_path}/ds.sqlite")
    except NpmUnavailable as error:
        skip_or_fail("the development chain is", error)


async def _released_to(wallet, verifier, url):
    alias, place = owner_alias(wallet.address, APP), f"/escrow/{APP}/{wallet.address}"
    async with serving(url, verifier=verifier) as scene:
        scene.token = await scene.arrive(LSP)
        scene.names.addresses[alias] = LSP.wallet.address
        assert (await put(scene, deposit(owner=wallet.address, ownerProof=alias))).status_code == 204
        text = await challenge(scene, place)
        assert refusal(await ask(scene, text, wallet=OWNER, place=place)) == (403, "not-the-owner")
        answer = await ask(scene, text, wallet.sign_bare(text), place=place)
        assert answer.json()["name"] == LSP.name


async def test_releases_and_requests_are_limited(tmp_path):
    async with serving(f"sqlite:///{tmp_path}/a.sqlite") as scene:
        scene.token = await scene.arrive(LSP)
        statuses = [refusal(await released(scene)) for _ in range(12)]
        assert statuses[:10] == [(404, "no-escrow")] * 10
        assert statuses[10:] == [(429, "too-many-requests")] * 2
        # Those who are not the owner cannot lock the owner out.
    async with serving(f"sqlite:///{tmp_path}/b.sqlite") as scene:
        for _ in range(20):
            await ask(scene, await challenge(scene), wallet=EVE)
        assert refusal(await released(scene)) == (404, "no-escrow")
    async with serving(f"sqlite:///{tmp_path}/c.sqlite", rate_per_address=5) as scene:
        answers = [await scene.client.http.get(f"{PLACE}/challenge") for _ in range(7)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2


async def test_where_it_is_turned_off_nothing_is_taken_or_given_and_old_copies_can_be_removed(tmp_path):
    url = f"sqlite:///{tmp_path}/ds.sqlite"
    async with serving(url) as scene:
        scene.token = await scene.arrive(LSP)
        scene.names.addresses[ALIAS] = LSP.wallet.address
        await put(scene)
        text = await challenge(scene)
    async with serving(url, escrow=False) as scene:
        token = await scene.arrive(LSP)
        assert refusal(await put(scene, token=token)) == (404, "escrow-off")
        assert refusal(await scene.client.http.get(f"{PLACE}/challenge")) == (404, "escrow-off")
        assert refusal(await ask(scene, text)) == (404, "escrow-off")
        answer = await scene.client.http.delete(f"/escrow/{LSP.name}", headers=token)
        assert answer.status_code == 204
    async with serving(url) as scene:
        assert refusal(await released(scene)) == (404, "no-escrow")


# --- whatever is sent ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    opened = World(f"sqlite:///{tmp_path_factory.mktemp('ds')}/ds.sqlite")
    opened.token = opened.runner.run(opened.scene.arrive(LSP))
    opened.scene.names.addresses[ALIAS] = LSP.wallet.address
    yield opened
    opened.close()


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_nearly_right_deposits(world, data):
    body = mutated(data.draw, deposit())
    answer = world.request("PUT", f"/escrow/{LSP.name}", headers=world.token, content=dumped(body))
    fine(answer)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_nearly_right_answers(world, data):
    text = world.request("GET", f"{PLACE}/challenge").json()["challenge"]
    body = mutated(data.draw, {"challenge": text, "signature": EVE.sign_now(text)})
    answer = world.request("POST", PLACE, content=dumped(body))
    fine(answer)
    assert answer.status_code in (400, 401, 403)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=100) | json_values.map(dumped))
def test_any_body(world, body):
    fine(world.request("POST", PLACE, content=body))
    fine(world.request("PUT", f"/escrow/{LSP.name}", headers=world.token, content=body))
