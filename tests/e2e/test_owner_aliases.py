"""Owner aliases over HTTP: who may show that an LSP is an owner's (specification 3.1, 3.2)."""

import pytest
from msgspec.structs import replace

from dm3.base import address_name, owner_alias, spellings_of
from dm3.crypto import sign
from dm3.protocol.names.owner_alias import consent_text
from dm3.resolver import StaticName
from tests.e2e.resolver_scene import (
    APP,
    NAME,
    NOW,
    SECOND,
    SETTINGS,
    own_text,
    owner_claim,
    resolver_scene,
    sign_in,
)
from tests.unit.people import ALICE, BOB, MALLORY

# Bob's wallet owns the LSPs; Alice and Mallory are LSPs here.
OWNER = BOB
ALIAS = owner_alias(OWNER.wallet.address, APP)
OTHER = address_name(MALLORY.wallet.address, APP)
PATH = "/profile/owner-alias"


@pytest.fixture
async def scene(tmp_path):
    async with resolver_scene(tmp_path) as running:
        await running.claim(ALICE)
        await running.claim(MALLORY)
        yield running


async def target(scene):
    found = await scene.records(ALIAS)
    return found and found["canonicalName"]


@pytest.mark.parametrize("message", [own_text(OWNER, ALICE), sign_in(OWNER)], ids=["own", "siwe"])
async def test_the_owner_ties_an_lsp_to_itself(scene, message):
    assert await target(scene) is None
    for _ in range(2):
        answer = await scene.send("POST", PATH, owner_claim(OWNER, ALICE, message))
        assert (answer.status_code, answer.json()) == (200, {"name": ALIAS})
    found = await scene.records(ALIAS)
    assert found == {**await scene.records(NAME), "name": ALIAS}
    # The alias leads to the LSP, whose own address signed the profile.
    assert found["address"] == ALICE.wallet.address


MESSAGE = sign_in(OWNER)


def stolen_consent(message: str, **changes):
    """A claim for Mallory's profile with what Alice agreed to."""
    return owner_claim(OWNER, MALLORY, message, consent=owner_claim(OWNER, ALICE, message)["consent"])


@pytest.mark.parametrize(
    ("claim", "refusal"),
    [
        (owner_claim(OWNER, ALICE, MESSAGE, owner=MALLORY.wallet.address), (403, "bad-signature")),
        (
            owner_claim(OWNER, ALICE, MESSAGE, signature=MALLORY.wallet.sign_now(MESSAGE)),
            (403, "bad-signature"),
        ),
        (owner_claim(OWNER, ALICE, MESSAGE, signature="0x"), (403, "bad-signature")),
        (stolen_consent(MESSAGE), (403, "bad-signature")),
        (
            owner_claim(OWNER, ALICE, MESSAGE, consent=sign(ALICE.keys.signing_private, f"alias: {ALIAS}")),
            (403, "bad-signature"),
        ),
        (
            owner_claim(
                OWNER,
                ALICE,
                MESSAGE,
                consent=sign(
                    ALICE.keys.signing_private,
                    consent_text(owner_alias(MALLORY.wallet.address, APP)),
                ),
            ),
            (403, "bad-signature"),
        ),
        (owner_claim(OWNER, OWNER, MESSAGE), (404, "not-found")),
        (owner_claim(OWNER, ALICE, MESSAGE, name="alice.user.myapp.eth"), (400, "invalid-input")),
        (owner_claim(OWNER, ALICE, MESSAGE, name=NAME.replace(APP, "x.eth")), (400, "not-served")),
        (owner_claim(OWNER, ALICE, MESSAGE, name=NAME.replace(APP, "closed.eth")), (400, "claims-closed")),
        (owner_claim(OWNER, ALICE, MESSAGE, owner="bob"), (400, "invalid-input")),
        (owner_claim(OWNER, ALICE, MESSAGE, consent=None), (400, "malformed")),
        (owner_claim(OWNER, ALICE, MESSAGE, message=None), (400, "malformed")),
        (owner_claim(OWNER, ALICE, MESSAGE + " "), (400, "malformed")),
        (owner_claim(OWNER, ALICE, "\n" * 9000), (413, "too-large")),
        (owner_claim(OWNER, ALICE, sign_in(OWNER, domain="evil.example")), (400, "siwe-domain")),
        (owner_claim(OWNER, ALICE, sign_in(OWNER, uri="https://evil.example")), (400, "siwe-uri")),
        (owner_claim(OWNER, ALICE, sign_in(OWNER, chain_id=2)), (400, "siwe-chain")),
        (owner_claim(OWNER, ALICE, sign_in(MALLORY)), (400, "siwe-address")),
        (owner_claim(OWNER, ALICE, sign_in(OWNER, expires_at=NOW - 120)), (400, "siwe-expired")),
        (owner_claim(OWNER, ALICE, sign_in(OWNER, issued_at=NOW - 86_520)), (400, "siwe-expired")),
        (owner_claim(OWNER, ALICE, sign_in(OWNER, issued_at=NOW + 121)), (400, "siwe-not-yet-valid")),
        (owner_claim(OWNER, ALICE, sign_in(OWNER, not_before=NOW + 121)), (400, "siwe-not-yet-valid")),
        (owner_claim(OWNER, ALICE, own_text(OWNER, MALLORY)), (400, "authorisation-mismatch")),
        (owner_claim(OWNER, ALICE, own_text(MALLORY, ALICE)), (400, "authorisation-mismatch")),
        (owner_claim(OWNER, ALICE, own_text(OWNER, ALICE, domain=SECOND)), (400, "authorisation-mismatch")),
        (
            owner_claim(OWNER, ALICE, own_text(OWNER, ALICE, issued_at=NOW - 900, expires_at=NOW - 120)),
            (400, "authorisation-expired"),
        ),
        (
            owner_claim(OWNER, ALICE, own_text(OWNER, ALICE, issued_at=NOW + 121)),
            (400, "authorisation-not-yet-valid"),
        ),
    ],
)
async def test_one_fault_in_an_owners_claim(scene, claim, refusal):
    assert await scene.refused("POST", PATH, claim) == refusal
    assert await target(scene) is None


async def test_a_sign_in_message_counts_only_where_the_application_accepts_it(scene):
    await scene.claim(ALICE, SECOND)
    claim = owner_claim(OWNER, ALICE, sign_in(OWNER), SECOND)
    assert await scene.refused("POST", PATH, claim) == (400, "siwe-domain")


async def test_an_authorisation_that_has_expired_cannot_be_replayed(scene):
    claim = owner_claim(OWNER, ALICE, sign_in(OWNER, expires_at=NOW + 60))
    scene.now = NOW + 60 + 120
    assert await scene.refused("POST", PATH, claim) == (400, "siwe-expired")


async def test_a_sign_in_message_ties_one_lsp_only(scene):
    await scene.send("POST", PATH, owner_claim(OWNER, ALICE, MESSAGE))
    again = owner_claim(OWNER, MALLORY, MESSAGE)
    assert await scene.refused("POST", PATH, again) == (400, "authorisation-used")
    fresh = owner_claim(OWNER, MALLORY, sign_in(OWNER, nonce="another1nonce"))
    assert await scene.refused("POST", PATH, fresh) == (409, "already-taken")
    assert await target(scene) == NAME


async def test_an_lsp_is_replaced_by_a_text_that_says_so(scene):
    first = owner_claim(OWNER, ALICE, own_text(OWNER, ALICE, "first"))
    await scene.send("POST", PATH, first)
    silent = owner_claim(OWNER, MALLORY, own_text(OWNER, MALLORY, "second"))
    assert await scene.refused("POST", PATH, silent) == (409, "already-taken")
    wrong = owner_claim(OWNER, MALLORY, own_text(OWNER, MALLORY, "third", replaces=OTHER))
    assert await scene.refused("POST", PATH, wrong) == (409, "already-taken")
    outspoken = owner_claim(OWNER, MALLORY, own_text(OWNER, MALLORY, "fourth", replaces=NAME))
    for _ in range(2):
        assert (await scene.send("POST", PATH, outspoken)).status_code == 200
    assert await target(scene) == OTHER
    # Neither the first authorisation nor the sign-in of the host page brings the old one back.
    assert await scene.refused("POST", PATH, first) == (400, "authorisation-used")
    back = owner_claim(OWNER, ALICE, MESSAGE)
    assert await scene.refused("POST", PATH, back) == (409, "already-taken")
    assert await target(scene) == OTHER


async def test_used_nonces_are_remembered_over_a_restart(tmp_path):
    async with resolver_scene(tmp_path) as scene:
        await scene.claim(ALICE)
        await scene.claim(ALICE, SECOND)
        await scene.client.claim_owner_alias(
            NAME, OWNER.wallet.address, MESSAGE, OWNER.wallet.sign_now(MESSAGE), ALICE.keys
        )
    async with resolver_scene(tmp_path) as scene:
        await scene.claim(MALLORY)
        claim = owner_claim(OWNER, MALLORY, MESSAGE)
        assert await scene.refused("POST", PATH, claim) == (400, "authorisation-used")


async def test_a_nonce_that_was_forgotten_does_not_count_again_when_the_clock_is_set_back(tmp_path):
    async with resolver_scene(tmp_path) as scene:
        await scene.claim(ALICE)
        await scene.claim(MALLORY)
        first = owner_claim(OWNER, ALICE, own_text(OWNER, ALICE, "first"))
        second = owner_claim(OWNER, MALLORY, own_text(OWNER, MALLORY, "second", replaces=NAME))
        for claim in (first, second):
            assert (await scene.send("POST", PATH, claim)).status_code == 200
        back = owner_claim(OWNER, ALICE, own_text(OWNER, ALICE, "third", replaces=OTHER))
        assert (await scene.send("POST", PATH, back)).status_code == 200
        scene.now += 2 * 86_400
        await scene.resolver.clean_up()
    async with resolver_scene(tmp_path) as scene:  # its clock is two days behind
        assert await scene.refused("POST", PATH, second) == (400, "authorisation-used")
        assert await target(scene) == NAME


@pytest.mark.parametrize("consented", spellings_of(ALIAS))
async def test_the_alias_is_one_in_both_spellings(scene, consented):
    usual, newest = spellings_of(ALIAS)
    assert [await scene.records(one) for one in (usual, newest)] == [None, None]
    consent = sign(ALICE.keys.signing_private, consent_text(consented))
    answer = await scene.send("POST", PATH, owner_claim(OWNER, ALICE, MESSAGE, consent=consent))
    assert (answer.status_code, answer.json()) == (200, {"name": usual})
    found = await scene.records(usual)
    assert await scene.records(newest) == {**found, "name": newest}
    # It moves as one, and what was remembered of either spelling is gone at once.
    moved = owner_claim(OWNER, MALLORY, own_text(OWNER, MALLORY, "later", replaces=NAME))
    assert (await scene.send("POST", PATH, moved)).status_code == 200
    for one in (usual, newest):
        assert (await scene.records(one))["canonicalName"] == OTHER


@pytest.mark.parametrize("served", spellings_of(ALIAS))
async def test_what_the_operator_has_given_away_is_reserved_in_both_spellings(tmp_path, served):
    settings = replace(SETTINGS, static={served: StaticName(texts={"url": "https://a.example"})})
    async with resolver_scene(tmp_path, settings) as scene:
        await scene.claim(ALICE)
        assert await scene.refused("POST", PATH, owner_claim(OWNER, ALICE, MESSAGE)) == (400, "reserved-name")
        for one in spellings_of(ALIAS):
            assert (await scene.records(one))["texts"] == {"url": "https://a.example"}
