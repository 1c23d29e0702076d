"""The conformance vectors of Linked Profiles, run against our own code."""

import json

import jsonschema
import pytest

from dm3.base import canonical_json, from_base64, one_spelling, spellings_of
from dm3.base.errors import BadSignature, Dm3Error
from dm3.crypto import (
    MistypedPairingCode,
    is_signed,
    parse_pairing_code,
    print_pairing_code,
    recover_personal,
)
from dm3.protocol.linking import (
    LinkRefused,
    Reason,
    RejectCode,
    RequestState,
    acceptance,
    approve,
    handle_acceptance,
    handle_keys,
    is_decision_told,
    pairing_proofs,
    parse_link_message,
    print_link_message,
    reject,
    verify_record,
)
from dm3.protocol.messages.composing import check_message, open_envelope
from dm3.protocol.names.owner_alias import OwnerPolicy, check_authorisation, consent_text, owner_alias_for
from dm3.protocol.names.resolving import resolve_profile
from dm3.wire import link_member, link_type, read_envelope
from tests.unit.linking.vector_reading import (
    LINKING,
    asking_of,
    cases,
    decided,
    disclosure_of,
    failure_of,
    keys_of,
    link_message_of,
    link_of,
    message_of,
    outcome_of,
    policy_of,
    recovery_of,
    vector_file,
    world_of,
)
from tests.vectors_linking.generate import generated

FILES = [
    "acceptances",
    "decisions",
    "endings",
    "envelopes",
    "link_messages",
    "owner_aliases",
    "paired_requests",
    "pairing",
    "records",
    "recovered_keys",
    "requests",
    "revocations",
    "told_refusals",
]


# --- the files ------------------------------------------------------------------------------------


def test_the_files_are_what_the_generator_writes():
    """Which also checks them against their schema."""
    for path, text in generated().items():
        assert path.read_text(encoding="ascii") == text, f"{path.name}: run `make vectors`"
    assert sorted(path.stem for path in LINKING.iterdir()) == FILES


@pytest.mark.parametrize("name", FILES)
def test_the_schema_refuses_what_it_does_not_know(name):
    schema = json.loads((LINKING.parent / "schema" / "linking.schema.json").read_text())
    broken = json.loads(json.dumps(vector_file(name)))
    broken["cases"][0]["surprise"] = 1
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, schema, cls=jsonschema.Draft202012Validator)


def test_every_reason_occurs_and_there_are_enough():
    faulty = [case for name in FILES for case in vector_file(name)["cases"] if not case["valid"]]
    assert len(faulty) >= 60
    assert {case["failure"] for case in faulty} >= set(Reason)


# --- Link Messages --------------------------------------------------------------------------------


@pytest.mark.parametrize("case", cases("link_messages", valid=True))
def test_link_messages_are_read(case):
    expected = link_message_of(case["expected"])
    assert parse_link_message(case["text"]) == expected
    assert expected.is_bound is case["expected"]["bound"]
    if case["printed"]:
        assert print_link_message(expected) == case["text"]


@pytest.mark.parametrize("case", cases("link_messages", valid=False))
def test_link_messages_are_refused(case):
    with pytest.raises(LinkRefused) as refused:
        parse_link_message(case["text"])
    assert refused.value.reason == case["failure"]


# --- the main profile -----------------------------------------------------------------------------


@pytest.mark.parametrize("case", [*cases("requests", valid=True), *cases("paired_requests", valid=True)])
def test_requests_are_taken_in(case):
    checked, decision = decided(case)
    expected, held = case["expected"], link_of(case["link"])
    assert outcome_of(decision, held) == expected["outcome"]
    assert list(decision.effects) == expected["effects"]
    assert checked.owner == expected["owner"]
    assert checked.own_wallet is expected["own_wallet"]
    assert checked.bound is expected["bound"]
    assert checked.sender.name == expected["sender"]
    if expected["outcome"] == "pending":
        assert decision.request is not None
        assert decision.link == held
    for name, part in (("link", decision.link), ("request", decision.request)):
        for member, value in expected.get(name, {}).items():
            assert getattr(part, member) == value, f"{name}.{member}"


@pytest.mark.parametrize("case", [*cases("requests", valid=False), *cases("paired_requests", valid=False)])
def test_requests_are_refused(case):
    with pytest.raises(LinkRefused) as refused:
        decided(case)
    assert refused.value.reason == case["failure"]


def decision_of(case):
    _, asked = decided(case)
    assert asked.request is not None
    link = link_of(case["link_then"])
    if not case["approve"]:
        return asked.request, reject(asked.request, link)
    policy = policy_of(case["policy"])
    return asked.request, approve(asked.request, link, policy, case["decided_at"], case["valid_until"])


@pytest.mark.parametrize("case", cases("decisions", valid=True))
def test_the_user_s_word_counts(case):
    request, decision = decision_of(case)
    expected = case["expected"]
    assert (decision.request.state if decision.request else "none") == expected["request_state"]
    if not case["approve"]:
        assert decision.link == link_of(case["link_then"])
        assert decision.request.state is RequestState.REJECTED
        assert is_decision_told(request) is (expected["code"] == RejectCode.REJECTED)
        return
    assert list(decision.effects) == expected["effects"]
    assert decision.link.state == expected["link"]["state"]
    assert decision.link.valid_until == expected["link"]["valid_until"]
    assert decision.link.link_message == expected["link"]["link_message"]
    seed = expected["link"]["profile_private_key"]
    assert decision.link.profile_key == (keys_of(seed).seed if seed else None)
    main = keys_of(case["main_seed"])
    with_keys = "send-keys" in expected["effects"]
    answer = acceptance(
        decision.link,
        main.signing_private,
        answers=request.payload,
        with_keys=with_keys,
        paired=request.paired,
    )
    assert request.reply_to == expected["to"]
    assert link_type(answer) == expected["type"]
    assert json.loads(canonical_json(link_member(answer)[1])) == expected["acceptance"]


@pytest.mark.parametrize("case", cases("decisions", valid=False))
def test_a_word_that_comes_too_late_does_not_count(case):
    with pytest.raises(LinkRefused) as refused:
        decision_of(case)
    assert refused.value.reason == case["failure"]


# --- those who asked ------------------------------------------------------------------------------


def accepted(case):
    message = message_of(case)
    sender = world_of(case).conclude(resolve_profile(message.from_)).signed.profile
    asking = asking_of(case["asking"])
    return handle_acceptance(asking, message, sender, case["own_name"], case["own_hash"], case["now"])


@pytest.mark.parametrize("case", cases("acceptances", valid=True))
def test_acceptances_are_taken_in(case):
    step, expected = accepted(case), case["expected"]
    assert step.asking.state == expected["state"]
    assert step.asking.valid_until == expected["valid_until"]
    assert list(step.effects) == expected["effects"]


@pytest.mark.parametrize("case", cases("acceptances", valid=False))
def test_acceptances_are_refused(case):
    with pytest.raises(LinkRefused) as refused:
        accepted(case)
    assert refused.value.reason == case["failure"]


def recovered(case):
    message, world = message_of(case), world_of(case)
    sender = world.conclude(resolve_profile(message.from_)).signed.profile
    recovery = recovery_of(case["recovery"])
    published = world.conclude(resolve_profile(recovery.profile_name))
    return handle_keys(recovery, message, sender, published)


@pytest.mark.parametrize("case", cases("recovered_keys", valid=True))
def test_keys_are_taken_over(case):
    step, expected = recovered(case), case["expected"]
    assert step.keys.seed == keys_of(expected["seed"]).seed
    wallet = step.payload.wallet_key
    assert (wallet and "0x" + wallet.reveal().hex()) == expected.get("wallet_private_key")


@pytest.mark.parametrize("case", cases("recovered_keys", valid=False))
def test_keys_are_refused(case):
    with pytest.raises(LinkRefused) as refused:
        recovered(case)
    assert refused.value.reason == case["failure"]


# --- pairing ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", cases("pairing", valid=True))
def test_pairing_codes_are_read_and_proved(case):
    code, expected = parse_pairing_code(case["typed"]), case["expected"]
    assert code.reveal().decode("ascii") == expected["code"]
    assert print_pairing_code(code) == expected["shown"]
    proofs = pairing_proofs(code, case["link_message"])
    assert (proofs.request, proofs.acceptance) == (expected["request"], expected["acceptance"])


@pytest.mark.parametrize("case", cases("pairing", valid=False))
def test_what_is_no_pairing_code_is_refused(case):
    with pytest.raises(MistypedPairingCode) as refused:
        parse_pairing_code(case["typed"])
    assert refused.value.code == case["failure"]
    assert case["typed"] not in str(refused.value) or not case["typed"]


# --- third parties, and those on the way ----------------------------------------------------------


def verified(case):
    inquiry = verify_record(case["profile"], case["now"], disclosure_of(case["disclosure"]))
    return world_of(case).conclude(inquiry)


@pytest.mark.parametrize("case", cases("records", valid=True))
def test_records_are_verified(case):
    found = verified(case)
    assert {"main": found.main, "owner": found.owner} == case["expected"]


@pytest.mark.parametrize("case", cases("records", valid=False))
def test_records_are_refused(case):
    with pytest.raises(Dm3Error) as refused:
        verified(case)
    assert failure_of(refused.value) == case["failure"]


def opened(case):
    envelope = read_envelope(canonical_json(case["envelope"]))
    message = open_envelope(envelope, keys_of(case["receiver_seed"])).message
    sender = world_of(case).conclude(resolve_profile(message.from_))
    check_message(message, sender.signed.profile)
    return message


@pytest.mark.parametrize("case", cases("envelopes", valid=True))
def test_envelopes_are_opened(case):
    assert json.loads(opened(case).text) == case["expected"]["message"]


@pytest.mark.parametrize("case", cases("envelopes", valid=False))
def test_envelopes_are_refused(case):
    with pytest.raises(Dm3Error) as refused:
        opened(case)
    assert failure_of(refused.value) == case["failure"]


# --- the owner's word ---------------------------------------------------------------------------------


def authorised(case):
    policy = OwnerPolicy(tuple(case["siwe_domains"]), chain_ids=tuple(case["chain_ids"]))
    check_authorisation(
        case["text"],
        domain=case["app"],
        owner=case["owner"],
        name=case["profile"],
        now=case["now"],
        policy=policy,
    )
    if recover_personal(case["text"], case["signature"]) != case["owner"]:
        raise BadSignature
    alias = owner_alias_for(case["profile"], case["owner"])
    key = from_base64(case["consent_key"])
    if not any(is_signed(key, consent_text(one), case["consent"]) for one in spellings_of(alias)):
        raise BadSignature
    return alias


@pytest.mark.parametrize("case", cases("owner_aliases", valid=True))
def test_owners_authorise(case):
    alias, other = case["expected"]["alias"], case["expected"]["other_spelling"]
    assert authorised(case) == alias
    assert spellings_of(alias) == (alias, other)
    assert one_spelling(other) == one_spelling(alias) == alias


@pytest.mark.parametrize("case", cases("owner_aliases", valid=False))
def test_what_authorises_something_else_is_refused(case):
    with pytest.raises(Dm3Error) as refused:
        authorised(case)
    assert failure_of(refused.value) == case["failure"]
