"""The off-chain resolver over HTTP: what is claimed, what is served, what is refused."""

import asyncio
from dataclasses import replace

import pytest

from dm3.base import address_name, owner_alias, read_json, sha256_hex
from dm3.base.errors import ConfigurationError
from dm3.crypto import sign
from dm3.model import RecordKey
from dm3.protocol.names.claims import alias_text, profile_update_message, removal_text
from dm3.resolver import DomainSettings, Resolver, ResolverSettings, StaticName
from dm3.store import Database
from tests.e2e.resolver_scene import (
    APP,
    CLOSED,
    NAME,
    NOW,
    RECORD_PATH,
    SECOND,
    SERVICE_NAME,
    SERVICE_RECORD,
    address_claim,
    alias_claim,
    link_value,
    record_update,
    resolver_scene,
)
from tests.unit.people import ALICE, BOB, MALLORY, Person, person

ALIAS = "alice.user.myapp.eth"


@pytest.fixture
async def scene(tmp_path):
    async with resolver_scene(tmp_path) as running:
        yield running


def renewed(someone: Person, label: str) -> Person:
    """The same wallet with other profile keys."""
    other = person(label, "ds.eth")
    return replace(someone, keys=other.keys, profile=other.profile)


async def test_the_front_page_tells_what_is_served(scene):
    answer = (await scene.send("GET", "/")).json()
    assert answer["service"] == "dm3 off-chain resolver"
    assert answer["domains"] == [APP, SECOND, CLOSED]


# --- address names ---


async def test_a_claimed_profile_is_served_as_it_was_signed(scene):
    answer = await scene.send("POST", "/profile/address", address_claim(ALICE))
    assert (answer.status_code, answer.json()) == (200, {"name": NAME})
    found = await scene.records(NAME)
    assert found == {
        "name": NAME,
        "canonicalName": NAME,
        "address": ALICE.wallet.address,
        "texts": {RecordKey.PROFILE: "data:application/json," + ALICE.signed_profile.text},
    }
    profile = await scene.send("GET", f"/profile/{ALICE.wallet.address.lower()}")
    assert profile.text == ALICE.signed_profile.text
    assert profile.headers["content-type"].startswith("application/json")


async def test_the_time_to_keep_an_answer_is_told(scene):
    await scene.claim(ALICE)
    answer = await scene.send("GET", f"/names/{NAME}")
    assert answer.headers["cache-control"] == "public, max-age=30"


async def test_a_claim_may_be_repeated(scene):
    for _ in range(3):
        answer = await scene.send("POST", "/profile/address", address_claim(ALICE))
        assert (answer.status_code, answer.json()) == (200, {"name": NAME})


async def test_the_first_domain_is_the_default(scene):
    body = address_claim(ALICE)
    del body["subdomain"]
    assert (await scene.send("POST", "/profile/address", body)).json() == {"name": NAME}


async def test_one_address_has_a_name_in_every_domain(scene):
    await scene.claim(ALICE, SECOND)
    assert await scene.records(NAME) is None
    path = f"/profile/{ALICE.wallet.address}"
    assert (await scene.send("GET", path)).status_code == 200
    assert await scene.refused("GET", f"{path}?domain={APP}") == (404, "not-found")
    assert (await scene.send("GET", f"{path}?domain={SECOND}")).status_code == 200
    assert await scene.refused("GET", f"{path}?domain=other.eth") == (400, "not-served")


def damaged_profile(**changes):
    signed = read_json(ALICE.signed_profile.text)
    return {**signed, "profile": {**signed["profile"], **changes}}


@pytest.mark.parametrize(
    ("fault", "refusal"),
    [
        ({"address": BOB.wallet.address}, (403, "bad-signature")),
        ({"signedUserProfile": damaged_profile(deliveryServices=["x.eth"])}, (403, "bad-signature")),
        ({"signedUserProfile": damaged_profile(extra=1)}, (403, "bad-signature")),
        ({"signedUserProfile": {**damaged_profile(), "extra": 1}}, (400, "malformed")),
        ({"signedUserProfile": damaged_profile(publicSigningKey="AA==")}, (400, "malformed")),
        ({"signedUserProfile": {**damaged_profile(), "signature": "0x"}}, (403, "bad-signature")),
        ({"signedUserProfile": None}, (400, "malformed")),
        ({"address": "alice"}, (400, "invalid-input")),
        ({"address": None}, (400, "malformed")),
        ({"address": ALICE.wallet.address.swapcase().replace("0X", "0x")}, (400, "invalid-input")),
        ({"subdomain": "addr.other.eth"}, (400, "not-served")),
        ({"subdomain": "addr..eth"}, (400, "invalid-name")),
        ({"subdomain": 7}, (400, "malformed")),
        ({"subdomain": f"addr.{CLOSED}"}, (400, "claims-closed")),
    ],
)
async def test_one_fault_in_an_address_claim(scene, fault, refusal):
    assert await scene.refused("POST", "/profile/address", address_claim(ALICE, **fault)) == refusal
    assert await scene.refused("GET", f"/profile/{ALICE.wallet.address}") == (404, "not-found")


def update_signature(old: Person, new: Person, signer: Person | None = None) -> str:
    text = profile_update_message(NAME, old.signed_profile.hash, new.signed_profile.hash)
    return (signer or new).wallet.sign_now(text)


async def test_a_profile_is_replaced_with_the_wallets_word_only(scene):
    newer = renewed(ALICE, "alice's new device")
    await scene.claim(ALICE)
    path, claim = "/profile/address", address_claim(newer)
    assert await scene.refused("POST", path, claim) == (409, "already-taken")
    for wrong in (
        update_signature(newer, ALICE),
        update_signature(ALICE, newer, BOB),
        newer.signed_profile.signature,
        "0x",
    ):
        refusal = await scene.refused("POST", path, {**claim, "authorization": wrong})
        assert refusal == (403, "bad-signature")
    assert (await scene.records(NAME))["texts"][RecordKey.PROFILE].endswith(ALICE.signed_profile.text)

    claim["authorization"] = update_signature(ALICE, newer)
    assert (await scene.send("POST", path, claim)).status_code == 200
    assert (await scene.send("POST", path, claim)).status_code == 200
    assert (await scene.records(NAME))["texts"][RecordKey.PROFILE].endswith(newer.signed_profile.text)


async def test_an_older_profile_cannot_be_brought_back(scene):
    newer = renewed(ALICE, "alice's new device")
    await scene.claim(ALICE)
    authorization = update_signature(ALICE, newer)
    await scene.client.claim_address(newer.signed_profile, newer.wallet.address, APP, authorization)
    path, older = "/profile/address", address_claim(ALICE)
    assert await scene.refused("POST", path, older) == (409, "already-taken")
    older["authorization"] = authorization
    assert await scene.refused("POST", path, older) == (403, "bad-signature")
    assert (await scene.records(NAME))["texts"][RecordKey.PROFILE].endswith(newer.signed_profile.text)


async def test_a_replaced_profile_takes_its_link_record_along(scene):
    newer = renewed(ALICE, "alice's new device")
    await scene.claim(ALICE)
    await scene.send("PUT", RECORD_PATH, record_update(ALICE, link_value(ALICE)))
    authorization = update_signature(ALICE, newer)
    claim = address_claim(newer, authorization=authorization)
    assert (await scene.send("POST", "/profile/address", claim)).status_code == 200
    assert RecordKey.LINK not in (await scene.records(NAME))["texts"]


async def test_an_authorization_that_is_not_needed_does_no_harm(scene):
    claim = address_claim(ALICE, authorization="0x1234")
    assert (await scene.send("POST", "/profile/address", claim)).status_code == 200


async def test_a_closed_domain_takes_no_names_but_lets_its_people_repeat(tmp_path):
    opened = ResolverSettings(domains=(DomainSettings(name=CLOSED),))
    closed = ResolverSettings(domains=(DomainSettings(name=CLOSED, claims_open=False),))
    async with resolver_scene(tmp_path, opened) as scene:
        await scene.claim(ALICE, CLOSED)
    async with resolver_scene(tmp_path, closed) as scene:
        await scene.claim(ALICE, CLOSED)
        body = address_claim(BOB, subdomain=f"addr.{CLOSED}")
        assert await scene.refused("POST", "/profile/address", body) == (400, "claims-closed")


# --- aliases ---


async def test_an_alias_has_the_records_of_its_name(scene):
    await scene.claim(ALICE)
    answer = await scene.send("POST", "/profile/name", alias_claim(ALICE, "Alice.user.myapp.eth"))
    assert (answer.status_code, answer.json()) == (200, {"name": ALIAS})
    named = await scene.records(NAME)
    assert await scene.records("ALICE.user.myapp.eth") == {**named, "name": ALIAS}
    shown = await scene.send("GET", f"/profile/name/{ALICE.wallet.address}")
    assert shown.json() == {"name": ALIAS}


async def test_an_address_without_an_alias_is_shown_by_its_address_name(scene):
    path = f"/profile/name/{ALICE.wallet.address}"
    assert await scene.refused("GET", path) == (404, "not-found")
    await scene.claim(ALICE)
    assert (await scene.send("GET", path)).json() == {"name": NAME}


async def test_an_alias_claim_may_be_repeated(scene):
    await scene.claim(ALICE)
    for _ in range(2):
        answer = await scene.send("POST", "/profile/name", alias_claim(ALICE, ALIAS))
        assert answer.status_code == 200


async def test_an_alias_belongs_to_the_first_who_claims_it(scene):
    await asyncio.gather(scene.claim(ALICE), scene.claim(BOB))
    bob = address_name(BOB.wallet.address, APP)
    answers = await asyncio.gather(
        scene.send("POST", "/profile/name", alias_claim(ALICE, ALIAS)),
        scene.send("POST", "/profile/name", alias_claim(BOB, ALIAS, name=bob)),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]


@pytest.mark.parametrize(
    ("alias", "fault", "refusal"),
    [
        (ALIAS, {"signature": sign(MALLORY.keys.signing_private, alias_text(ALIAS))}, (403, "bad-signature")),
        (ALIAS, {"signature": sign(ALICE.keys.signing_private, "alias: x")}, (403, "bad-signature")),
        (ALIAS, {"signature": ""}, (403, "bad-signature")),
        (ALIAS, {"signature": None}, (400, "malformed")),
        (ALIAS, {"name": address_name(BOB.wallet.address, APP)}, (404, "not-found")),
        (ALIAS, {"name": "alice.other.eth"}, (400, "not-served")),
        (ALIAS, {"name": SERVICE_NAME}, (404, "not-found")),
        ("alice.myapp.eth", {}, (400, "not-served")),
        ("alice.user.dm3.eth", {}, (400, "not-served")),
        ("alice.user.closed.eth", {}, (400, "claims-closed")),
        ("www.user.myapp.eth", {}, (400, "reserved-name")),
        ("team.user.myapp.eth", {}, (400, "reserved-name")),
        ("a b.user.myapp.eth", {}, (400, "invalid-name")),
        ("", {}, (400, "invalid-name")),
        (7, {}, (400, "malformed")),
    ],
)
async def test_one_fault_in_an_alias_claim(scene, alias, fault, refusal):
    await scene.claim(ALICE)
    body = alias_claim(ALICE, alias, **fault)
    assert await scene.refused("POST", "/profile/name", body) == refusal
    shown = await scene.send("GET", f"/profile/name/{ALICE.wallet.address}")
    assert shown.json() == {"name": NAME}


async def test_a_name_has_a_bounded_number_of_aliases(scene):
    name = await scene.claim(ALICE, SECOND)
    for alias in ("a.user.dm3.eth", "b.vip.dm3.eth"):
        body = alias_claim(ALICE, alias, name=name)
        assert (await scene.send("POST", "/profile/name", body)).status_code == 200
    body = alias_claim(ALICE, "c.user.dm3.eth", name=name)
    assert await scene.refused("POST", "/profile/name", body) == (400, "too-many-aliases")


@pytest.mark.parametrize("path", ["/profile/deleteName", "/profile/name"])
async def test_an_alias_is_given_up_and_free_again(scene, path):
    await scene.claim(ALICE)
    await scene.claim(BOB)
    await scene.client.claim_alias(ALIAS, NAME, ALICE.keys.signing_private)
    body = {"name": ALIAS, "signature": sign(ALICE.keys.signing_private, removal_text(ALIAS))}
    answer = await scene.send("POST", path, body)
    assert (answer.status_code, answer.json()) == (200, {"name": ALIAS})
    assert await scene.records(ALIAS) is None
    assert await scene.refused("POST", path, body) == (404, "not-found")
    bob = address_name(BOB.wallet.address, APP)
    assert await scene.client.claim_alias(ALIAS, bob, BOB.keys.signing_private) == ALIAS


async def test_an_alias_is_given_up_by_its_holder_only(scene):
    await scene.claim(ALICE)
    await scene.client.claim_alias(ALIAS, NAME, ALICE.keys.signing_private)
    for signature in (
        sign(MALLORY.keys.signing_private, removal_text(ALIAS)),
        sign(ALICE.keys.signing_private, alias_text(ALIAS)),
    ):
        body = {"name": ALIAS, "signature": signature}
        assert await scene.refused("POST", "/profile/deleteName", body) == (403, "bad-signature")
    own = {"name": NAME, "signature": sign(ALICE.keys.signing_private, removal_text(NAME))}
    assert await scene.refused("POST", "/profile/deleteName", own) == (404, "not-found")
    assert (await scene.records(ALIAS))["canonicalName"] == NAME


async def test_an_old_removal_is_not_played_again(scene):
    await scene.claim(ALICE)
    sent = []

    async def watching(request):
        if request.method == "POST":
            sent.append((request.url.path, request.content))

    scene.http.event_hooks["request"].append(watching)
    key = ALICE.keys.signing_private
    await scene.client.claim_alias(ALIAS, NAME, key)
    await scene.client.remove_alias(ALIAS, key)
    await scene.client.claim_alias(ALIAS, NAME, key)
    scene.http.event_hooks["request"].clear()
    claim, removal, _ = sent
    assert b"issued" in claim[1]
    assert await scene.refused("POST", *removal) == (409, "outdated")
    assert (await scene.records(ALIAS))["canonicalName"] == NAME
    await scene.client.remove_alias(ALIAS, key)
    assert await scene.refused("POST", *claim) == (409, "outdated")
    assert await scene.records(ALIAS) is None
    scene.now += 601
    assert await scene.refused("POST", *claim) == (400, "outside-window")


async def test_the_references_texts_count_once_each(scene):
    await scene.claim(ALICE)
    claim = alias_claim(ALICE, ALIAS)
    removal = {"name": ALIAS, "signature": sign(ALICE.keys.signing_private, removal_text(ALIAS))}
    for _ in range(2):  # safe to repeat
        assert (await scene.send("POST", "/profile/name", claim)).status_code == 200
    assert (await scene.send("POST", "/profile/deleteName", removal)).status_code == 200
    assert await scene.refused("POST", "/profile/name", claim) == (409, "outdated")
    await scene.client.claim_alias(ALIAS, NAME, ALICE.keys.signing_private)
    assert await scene.refused("POST", "/profile/deleteName", removal) == (409, "outdated")
    assert (await scene.records(ALIAS))["canonicalName"] == NAME


async def test_what_a_change_has_to_follow_is_told(scene):
    await scene.claim(ALICE)
    told = await scene.send("GET", f"/aliases/{ALIAS}/last")
    assert told.json() == {"name": ALIAS, "last": "none", "time": "2023-11-14T22:13:20Z"}
    await scene.send("POST", "/profile/name", alias_claim(ALICE, ALIAS))
    told = await scene.send("GET", f"/aliases/{ALIAS}/last")
    assert told.json()["last"] == sha256_hex(alias_text(ALIAS))
    assert await scene.refused("GET", "/aliases/a.other.eth/last") == (400, "not-served")


@pytest.mark.parametrize("label", ["supp0rt", "adm1n", "adrnin"])
async def test_look_alikes_of_reserved_labels_are_reserved(scene, label):
    await scene.claim(ALICE)
    body = alias_claim(ALICE, f"{label}.user.myapp.eth")
    assert await scene.refused("POST", "/profile/name", body) == (400, "reserved-name")


# --- link records ---


async def test_a_link_record_is_published_renewed_and_removed(scene):
    await scene.claim(ALICE)
    first, second = link_value(ALICE), link_value(ALICE, valid_until=NOW + 9)
    at = NOW * 1000
    for value, time in ((first, at), (first, at), (second, at + 1), (None, at + 2)):
        answer = await scene.send("PUT", RECORD_PATH, record_update(ALICE, value, time))
        assert (answer.status_code, answer.json()) == (200, {"name": NAME})
        assert (await scene.records(NAME))["texts"].get(RecordKey.LINK) == value
    # What was signed before can be sent again by anybody who saw it.
    stale = record_update(ALICE, first, at)
    assert await scene.refused("PUT", RECORD_PATH, stale) == (409, "outdated")


@pytest.mark.parametrize(
    ("fault", "refusal"),
    [
        (record_update(MALLORY, link_value(ALICE)), (403, "bad-signature")),
        (record_update(ALICE, link_value(BOB)), (400, "malformed")),
        (record_update(ALICE, link_value(ALICE, SECOND)), (400, "malformed")),
        (record_update(ALICE, link_value(ALICE, profile_hash="0x" + "c" * 64)), (400, "malformed")),
        (record_update(ALICE, "data:application/json,{"), (400, "malformed")),
        (record_update(ALICE, None, (NOW + 601) * 1000), (400, "outside-window")),
        (record_update(ALICE, None, (NOW - 601) * 1000), (400, "outside-window")),
        (record_update(ALICE, None, issuedAt=NOW * 1000 + 1), (403, "bad-signature")),
        ({**record_update(ALICE, None), "value": "x"}, (403, "bad-signature")),
        (record_update(ALICE, None, issuedAt=None), (400, "malformed")),
        (record_update(ALICE, None, signature=None), (400, "malformed")),
        ({**record_update(ALICE, None), "value": "x" * 70_000}, (400, "malformed")),
        ([], (400, "malformed")),
    ],
)
async def test_one_fault_in_a_record(scene, fault, refusal):
    await scene.claim(ALICE)
    assert await scene.refused("PUT", RECORD_PATH, fault) == refusal
    assert RecordKey.LINK not in (await scene.records(NAME))["texts"]


async def test_only_link_records_of_registered_address_names_are_published(scene):
    body = record_update(ALICE, None)
    assert await scene.refused("PUT", RECORD_PATH, body) == (404, "not-found")
    await scene.claim(ALICE)
    await scene.client.claim_alias(ALIAS, NAME, ALICE.keys.signing_private)
    for path, refusal in (
        (f"/records/{NAME}/{RecordKey.PROFILE}", (400, "invalid-input")),
        (f"/records/{ALIAS}/{RecordKey.LINK}", (400, "invalid-input")),
        (f"/records/{SERVICE_NAME}/{RecordKey.LINK}", (400, "invalid-input")),
        (f"/records/{NAME.replace(APP, 'x.eth')}/{RecordKey.LINK}", (400, "not-served")),
    ):
        assert await scene.refused("PUT", path, body) == refusal


# --- static names, domains, operation ---


async def test_static_names_are_served(scene):
    assert await scene.records(SERVICE_NAME.upper()) == {
        "name": SERVICE_NAME,
        "canonicalName": SERVICE_NAME,
        "address": None,
        "texts": {RecordKey.DELIVERY_SERVICE: SERVICE_RECORD},
    }
    assert (await scene.records("team.user.myapp.eth"))["address"] == BOB.wallet.address
    assert await scene.records("ds2.myapp.eth") is None
    await scene.resolver.add_static("ds2.myapp.eth", StaticName(texts={"url": "x"}))
    assert (await scene.records("ds2.myapp.eth"))["texts"] == {"url": "x"}
    with pytest.raises(ConfigurationError):
        await scene.resolver.add_static("ds2.other.eth", StaticName())


@pytest.mark.parametrize("name", ["x.myapp.eth", "x.other.eth", "eth", NAME, f"lsp.{NAME[:42]}.{APP}"])
async def test_other_names_are_not_found(scene, name):
    assert await scene.refused("GET", f"/names/{name}") == (404, "not-found")


async def test_what_is_no_name_or_address_is_told_so(scene):
    assert await scene.refused("GET", "/names/a..eth") == (400, "invalid-name")
    assert await scene.refused("GET", "/names/%00") == (400, "invalid-name")
    assert await scene.refused("GET", "/profile/alice") == (400, "invalid-input")
    assert await scene.refused("GET", "/profile/name/0x12") == (400, "invalid-input")


@pytest.mark.parametrize(
    "settings",
    [
        ResolverSettings(domains=()),
        ResolverSettings(domains=(DomainSettings(name="a..eth"),)),
        ResolverSettings(domains=(DomainSettings(name="a.eth"), DomainSettings(name="A.eth"))),
        ResolverSettings(domains=(DomainSettings(name="a.eth", alias_parents=("b.eth",)),)),
        ResolverSettings(domains=(DomainSettings(name="a.eth"),), static={"x.b.eth": StaticName(texts={})}),
        ResolverSettings(
            domains=(DomainSettings(name="a.eth"),), static={"x.a.eth": StaticName(address="0x1")}
        ),
    ],
)
async def test_settings_that_contradict_themselves_are_refused(settings):
    database = Database.open("sqlite://", "resolver")
    try:
        with pytest.raises(ConfigurationError):
            Resolver(settings, database)
    finally:
        await database.close()


async def test_two_resolvers_know_nothing_of_each_other(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    async with resolver_scene(first) as one, resolver_scene(second) as other:
        await one.claim(ALICE)
        assert await one.records(NAME) is not None
        assert await other.records(NAME) is None


async def test_what_was_answered_is_there_after_a_restart(tmp_path):
    async with resolver_scene(tmp_path) as scene:
        await scene.claim(ALICE)
        await scene.client.claim_alias(ALIAS, NAME, ALICE.keys.signing_private)
    async with resolver_scene(tmp_path) as scene:
        assert (await scene.records(ALIAS))["canonicalName"] == NAME


async def test_metrics_count_without_naming(scene):
    await scene.claim(ALICE)
    await scene.records(NAME)
    await scene.records("x.myapp.eth")
    await scene.refused("POST", "/profile/address", address_claim(ALICE, address=BOB.wallet.address))
    shown = (await scene.send("GET", "/metrics")).text
    assert 'dm3_resolver_claims_total{kind="address",outcome="ok"} 1.0' in shown
    assert 'dm3_resolver_claims_total{kind="address",outcome="bad-signature"} 1.0' in shown
    assert 'dm3_resolver_lookups_total{found="no"} 1.0' in shown
    assert "0x" not in shown
    assert owner_alias(ALICE.wallet.address, APP)[:8] not in shown


@pytest.mark.parametrize(
    "given",
    [
        {"a.myapp.eth": StaticName(texts={"network.dm3.deliveryService": "no record"})},
        {"a.myapp.eth": StaticName(texts={"url": 17})},  # type: ignore[dict-item]
        {"a.myapp.eth": StaticName(texts=["url"])},  # type: ignore[arg-type]
        {"a.myapp.eth": StaticName(address=17)},  # type: ignore[arg-type]
        {"a.myapp.eth": StaticName(address="0x12")},
        {"a.myapp.eth\n": StaticName()},
    ],
)
async def test_static_names_are_checked_when_they_are_read(tmp_path, given):
    database = Database.open(f"sqlite:///{tmp_path}/r.sqlite", "resolver")
    try:
        with pytest.raises(ConfigurationError, match="the static name 'a"):
            Resolver(ResolverSettings(domains=(DomainSettings(name=APP),), static=given), database)
    finally:
        await database.close()
