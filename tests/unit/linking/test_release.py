"""When keys leave without asking, and what the user is warned of (specification 3.5)."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from dm3.base import sha256_hex
from dm3.crypto import checksum_address
from dm3.protocol.linking import (
    Doubt,
    Effect,
    LinkPolicy,
    RecoveryMode,
    approve,
    decide,
    doubts_of,
    is_unasked,
    pass_time_at_main,
    recovery_mode,
    same_page,
)
from tests.unit.linking.scene import APP_URI, LSP, NOBODY, NOW, POLICY, TEMPORARY, Ask, held_link, recover

ELSEWHERE = "https://other.example"
ASK = LinkPolicy(recovery=RecoveryMode.ASK)


def request_of(ask):
    request = decide(ask.check(), None, ask.link, NOBODY, ASK, NOW).request
    assert request is not None
    return request


# --- pages -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    [
        APP_URI,
        f"{APP_URI}/",
        f"{APP_URI}/chat/room?a=1#b",
        f"{APP_URI}:443",
        "HTTPS://MyApp.Example/",
    ],
)
def test_pages_of_one_origin(other):
    assert same_page(APP_URI, other)
    assert same_page(other, APP_URI)


@pytest.mark.parametrize(
    "other",
    [
        "http://myapp.example",
        f"{APP_URI}:8443",
        "https://www.myapp.example",
        "https://myapp.example.evil.example",
        "https://myapp.example@evil.example",
        "https://user@myapp.example",
        "https://evil.example/https://myapp.example",
        "https://myapp.example:port",
        "https://[myapp.example",
        "https:myapp.example",
        "myapp.example",
        "",
    ],
)
def test_pages_of_other_origins(other):
    assert not same_page(APP_URI, other)
    assert not same_page(other, APP_URI)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("http://localhost:8000/a", "http://localhost:8000", True),
        ("http://localhost:80", "http://localhost", True),
        ("http://localhost:443", "http://localhost", False),
        ("https://[::1]:8443/x", "https://[::1]:8443", True),
        ("https://[::1]/x", "https://[::2]", False),
        ("dapp://wallet/one", "dapp://wallet/one/", True),
        ("dapp://wallet/one", "dapp://wallet/two", False),
        ("https://a b", "https://a b", True),
    ],
)
def test_addresses_with_ports_and_of_other_schemes(one, other, same):
    assert same_page(one, other) is same


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_can_be_compared(one, other):
    assert same_page(one, one)
    assert same_page(one, other) is same_page(other, one)


# --- keys leave -------------------------------------------------------------------------------------


NOTHING = {"kind": None, "profile_name": None, "profile_hash": None, "recover_into": None, "owner": None}
LACKING = {
    "the page": lambda ask: ask.says(uri=ELSEWHERE),
    "a readable text": lambda ask: replace(ask, hashed=True),
    "every binding": lambda ask: ask.says(**NOTHING),
    "the target": lambda ask: ask.says(recover_into=None),
    "the step": lambda ask: ask.says(kind=None),
    "the profile": lambda ask: ask.says(profile_name=None),
    "the profile's hash": lambda ask: ask.says(profile_hash=None),
}


def test_a_recovery_from_the_link_s_page_that_binds_everything_is_answered():
    ask = recover()
    assert is_unasked(ask.check(), held_link(), POLICY)
    decision = decide(ask.check(), None, held_link(), NOBODY, POLICY, NOW)
    assert decision.effects == (Effect.SEND_KEYS, Effect.FORWARD_HELD, Effect.NOTIFY_OF_RECOVERY)


@pytest.mark.parametrize("mode", [None, *RecoveryMode])
@pytest.mark.parametrize("lacks", LACKING.values(), ids=LACKING)
def test_nothing_leaves_without_asking_where_one_of_them_lacks(lacks, mode):
    held = held_link(recovery=mode)
    ask = lacks(recover(link=held))
    assert not is_unasked(ask.check(), held, POLICY)
    decision = decide(ask.check(), None, held, NOBODY, POLICY, NOW)
    assert decision.effects == (Effect.ASK_USER,)
    assert decision.link == held
    granted = approve(request_of(ask), held, POLICY, NOW)
    assert Effect.SEND_KEYS in granted.effects, "the user may say yes"


@pytest.mark.parametrize(("policy", "switch"), [*product(RecoveryMode, [None, *RecoveryMode])])
def test_the_switch_of_the_link_goes_before_the_policy(policy, switch):
    link, rules = held_link(recovery=switch), LinkPolicy(recovery=policy)
    wanted = switch or policy
    assert recovery_mode(link, rules) is wanted
    unasked = is_unasked(recover(link=link).check(), link, rules)
    assert unasked is (wanted is RecoveryMode.UNATTENDED)


def test_without_a_word_of_the_user_the_sdk_does_as_the_specification_draws_it():
    assert LinkPolicy().recovery is RecoveryMode.UNATTENDED


# --- what the user sees ------------------------------------------------------------------------------


def test_a_recovery_shows_both_pages_and_where_the_keys_would_go():
    request = request_of(recover().says(uri=ELSEWHERE))
    assert request.is_recovery
    assert (request.uri, request.link_uri, request.reply_to) == (ELSEWHERE, APP_URI, TEMPORARY.name)
    assert doubts_of(request) == (Doubt.OTHER_PAGE,)


def test_a_request_to_be_linked_for_the_first_time_has_one_page():
    request = request_of(Ask())
    assert not request.is_recovery
    assert (request.uri, request.link_uri, request.reply_to) == (APP_URI, "", LSP.name)
    assert doubts_of(request) == ()


def test_a_changed_page_of_a_request_to_be_linked_is_told():
    held = held_link(uri=ELSEWHERE)
    assert doubts_of(request_of(replace(Ask(), link=held))) == (Doubt.OTHER_PAGE,)


@pytest.mark.parametrize("make", [Ask, recover])
def test_an_opaque_signature_is_told_before_what_it_may_bind(make):
    bound, unbound = replace(make(), hashed=True), replace(make().says(kind=None), hashed=True)
    for ask in (bound, unbound):
        checked = ask.check()
        assert checked.opaque
        assert not checked.bound
        assert doubts_of(request_of(ask)) == (Doubt.OPAQUE,)
    readable = make().says(kind=None)
    assert not readable.check().opaque
    assert doubts_of(request_of(readable)) == (Doubt.UNBOUND,)


def test_a_contract_wallet_that_confirms_a_hash_is_opaque_too():
    ask = recover()
    owner = checksum_address("0x" + "c0" * 20)
    ask = replace(ask.says(owner=owner), link=held_link(owner=owner)).carries(signature="0x12")
    for signed, opaque in ((ask.link_message, False), (sha256_hex(ask.link_message), True)):
        ask.world.contracts[owner] = {(signed, "0x12")}
        assert ask.check().opaque is opaque


# --- a switch is for the page and the owner that the user knew ---------------------------------------


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({}, RecoveryMode.UNATTENDED),
        ({"uri": ELSEWHERE}, None),
        ({"owner": TEMPORARY.wallet.address}, None),
        ({"profile_hash": TEMPORARY.signed_profile.hash}, None),
    ],
    ids=["the same", "another page", "another owner", "another profile"],
)
def test_a_switch_does_not_pass_to_another_party(change, kept):
    link = held_link(recovery=RecoveryMode.UNATTENDED, **change)
    longer = Ask().says(expires_at=NOW + 600).carries(valid_until=NOW + 900)
    request = request_of(replace(longer, link=link))
    granted = approve(request, link, POLICY, NOW).link
    assert granted is not None
    assert granted.recovery is kept


def test_a_renewal_leaves_the_switch():
    link = held_link(recovery=RecoveryMode.ASK)
    renewed = decide(replace(Ask(), link=link).check(), None, link, NOBODY, POLICY, NOW).link
    assert renewed is not None
    assert renewed.recovery is RecoveryMode.ASK


def test_a_recovery_lapses_with_its_link():
    request = request_of(recover())
    link = held_link()
    assert pass_time_at_main(request, link, POLICY, NOW).request == request
    assert pass_time_at_main(request, None, POLICY, NOW).request is None
    assert pass_time_at_main(request, link, POLICY, link.valid_until + 1).request is None
    asked = structs.replace(request_of(Ask()), expires_at=request.expires_at)
    assert pass_time_at_main(asked, None, POLICY, NOW).request == asked
