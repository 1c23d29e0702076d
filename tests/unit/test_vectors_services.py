"""The conformance vectors of what delivery services and resolvers say and are asked, run against our code."""

from __future__ import annotations

import json
from collections.abc import Callable

import jsonschema
import pytest
from msgspec import structs

from dm3.base import canonical_json, from_base64, normalize, to_base64
from dm3.base.errors import BadSignature, Dm3Error
from dm3.crypto import (
    Entropy,
    KeyWallet,
    PasskeyOutput,
    ProfileKeys,
    RecoveryCode,
    Seed,
    is_signed,
    passkey_account_key,
    passkey_salt,
)
from dm3.protocol.board import GoneItem
from dm3.protocol.delivery.auth_challenge import check_challenge
from dm3.protocol.delivery.jsonrpc import Call, Refused, answer_text, read_request, result_json
from dm3.protocol.delivery.rpc_refusals import code_of, unknown_method
from dm3.protocol.escrow import EscrowKey, open_escrow, seal_escrow
from dm3.protocol.messages.composing import open_envelope
from dm3.protocol.names.alias_changes import change_of, claim_text, dating_of, give_up_text
from dm3.protocol.names.claims import Outdated
from dm3.wire import extension_from, properties_from, read_envelope
from dm3.wire.envelopes import envelope_id
from tests.unit.board_reader import verified
from tests.vectors_services.generate import SCHEMA, VECTORS, generated

FOLDER = VECTORS / "services"
FILES = sorted(path.stem for path in FOLDER.iterdir())


def file_of(name):
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="ascii"))


def cases(name, *, valid):
    found = [case for case in file_of(name)["cases"] if case["valid"] is valid]
    assert found
    return [pytest.param(case, id=case["name"]) for case in found]


def refuses(case, action):
    with pytest.raises(Dm3Error) as refused:
        action(case)
    failure = "bad-signature" if case["failure"] == "hash-mismatch" else case["failure"]
    assert refused.value.code == failure


def test_the_files_are_what_the_generator_writes():
    assert sorted(path.stem for path in generated()) == FILES
    for path, text in generated().items():
        assert path.read_text(encoding="ascii") == text, f"{path.name}: run `make vectors`"


@pytest.mark.parametrize("name", FILES)
def test_the_schema_refuses_what_it_does_not_know(name):
    broken = file_of(name)
    broken["cases"][0]["surprise"] = 1
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, json.loads(SCHEMA.read_text()), cls=jsonschema.Draft202012Validator)


# --- alias texts ----------------------------------------------------------------------------------


def changed(case):
    """The text of a claim or removal and what it makes the last change, as the resolver checks them."""
    dating = dating_of(case["issued"], case["after"], case["now"])
    text = (claim_text if case["action"] == "claim" else give_up_text)(case["alias"], dating)
    key = from_base64(case["public_key"])
    if not is_signed(key, text, case["signature"]):
        raise BadSignature("it is not signed by the profile")
    change = change_of(text, dating, key)
    if change.after not in (None, case["last"]):
        raise Outdated()
    return {"text": text, "last": change.text_hash}


@pytest.mark.parametrize("case", cases("alias_texts", valid=True))
def test_alias_texts_are_read(case):
    assert changed(case) == case["expected"]


@pytest.mark.parametrize("case", cases("alias_texts", valid=False))
def test_alias_texts_are_refused(case):
    refuses(case, changed)


# --- names, and calls ------------------------------------------------------------------------------


@pytest.mark.parametrize("case", cases("names", valid=True))
def test_names_have_a_normal_form(case):
    assert normalize(case["typed"]) == case["expected"]


@pytest.mark.parametrize("case", cases("names", valid=False))
def test_what_is_no_name_is_refused(case):
    refuses(case, lambda case: normalize(case["typed"]))


def answered_id(call_id):
    """The text in which an id goes back."""
    text = answer_text([result_json(call_id, None)], batch=False)
    assert text is not None
    return text.decode().removeprefix('{"id":').removesuffix(',"jsonrpc":"2.0","result":null}')


@pytest.mark.parametrize("case", cases("rpc_calls", valid=True))
def test_calls_are_read(case):
    [call] = read_request(case["body"].encode()).elements
    assert isinstance(call, Call)
    call_id = None if call.notification else answered_id(call.id)
    assert {"method": call.method, "id": call_id} == case["expected"]


@pytest.mark.parametrize("case", cases("rpc_calls", valid=False))
def test_calls_are_refused(case):
    [element] = read_request(case["body"].encode()).elements
    error = element.error if isinstance(element, Refused) else unknown_method(element.method)
    assert (error.code, code_of(error)) == (case["failure"], case["code"])
    answered = isinstance(element, Refused) or not element.notification
    assert (answered_id(element.id) if answered else None) == case["id"]


# --- challenges -----------------------------------------------------------------------------------


def signed_challenge(case):
    return check_challenge(case["challenge"], case["service"], case["profile"])


@pytest.mark.parametrize("case", cases("auth_challenges", valid=True))
def test_challenges_are_signed(case):
    assert signed_challenge(case) == case["expected"]


@pytest.mark.parametrize("case", cases("auth_challenges", valid=False))
def test_challenges_are_refused(case):
    refuses(case, signed_challenge)


# --- boards ---------------------------------------------------------------------------------------


def read_entry(case):
    found = verified(case["entry"], case["board"])
    if isinstance(found, GoneItem):
        return {"hash": found.hash, "gone": found.reason}
    return structs.asdict(found)


@pytest.mark.parametrize("case", cases("board", valid=True))
def test_entries_of_a_board_are_verified(case):
    assert read_entry(case) == case["expected"]


@pytest.mark.parametrize("case", cases("board", valid=False))
def test_entries_of_a_board_are_refused(case):
    refuses(case, read_entry)


# --- sealed copies --------------------------------------------------------------------------------

KEYS: dict[str, Callable[[bytes], EscrowKey]] = {
    "entropy": Entropy,
    "code": RecoveryCode,
    "passkey": PasskeyOutput,
}


def key_of(case):
    return KEYS[case["key"]["by"]](from_base64(case["key"]["secret"]))


def opened(case):
    found = open_escrow(from_base64(case["blob"]), case["profile"], case["owner"], key_of(case))
    return {
        "name": found.name,
        "seed": to_base64(found.seed.reveal()),
        "nonce": found.nonce,
        "signed_profile": found.signed,
        "wallet_key": found.wallet_key and to_base64(found.wallet_key.reveal()),
    }


def drawing(*values):
    """Entropy that gives these, in this order."""
    left = [from_base64(value) for value in values if value is not None]
    return lambda count: left.pop(0) if len(left[0]) == count else pytest.fail("another length is drawn")


@pytest.mark.parametrize("case", cases("escrow_copies", valid=True))
def test_sealed_copies_are_opened_and_sealed_to_the_same_bytes(case):
    assert opened(case) == case["expected"]
    key = key_of(case)
    held = open_escrow(from_base64(case["blob"]), case["profile"], case["owner"], key)
    if case["drawn"] is not None:
        random = drawing(case["drawn"]["salt"], case["drawn"]["nonce"])
        assert to_base64(seal_escrow(held, case["owner"], key, random)) == case["blob"]
    if isinstance(key, PasskeyOutput):
        app = case["profile"].partition(".addr.")[2]
        account = KeyWallet(passkey_account_key(key, app)).address
        told = {"prf_input": to_base64(passkey_salt(app)), "address": account}
        assert told == case["account"]
        assert account == case["owner"]


@pytest.mark.parametrize("case", cases("escrow_copies", valid=False))
def test_sealed_copies_are_refused(case):
    refuses(case, opened)


# --- properties -----------------------------------------------------------------------------------


@pytest.mark.parametrize("case", cases("properties", valid=True))
def test_properties_are_read(case):
    found = properties_from(case["result"])
    told = {"message_ttl": found.message_ttl, "size_limit": found.size_limit, "plain": found.plain}
    assert told == case["expected"]


@pytest.mark.parametrize("case", cases("properties", valid=False))
def test_properties_are_refused(case):
    refuses(case, lambda case: properties_from(case["result"]))


# --- profile extensions ---------------------------------------------------------------------------


@pytest.mark.parametrize("case", cases("profile_extensions", valid=True))
def test_profile_extensions_are_read(case):
    found, expected = extension_from(case["result"]), case["expected"]
    assert list(found.encryption_schemes) == expected["schemes"]
    assert {type: found.supports(type) for type in expected["supports"]} == expected["supports"]


@pytest.mark.parametrize("case", cases("profile_extensions", valid=False))
def test_profile_extensions_are_refused(case):
    refuses(case, lambda case: extension_from(case["result"]))


# --- hashes of envelopes --------------------------------------------------------------------------


def named(case):
    envelope = read_envelope(canonical_json(case["envelope"]))
    assert envelope.signed_text is not None
    assert is_signed(
        from_base64(case["sender"]["public_signing_key"]), envelope.signed_text, envelope.signature
    )
    open_envelope(envelope, ProfileKeys.from_seed(Seed(from_base64(case["receiver_seed"]))))
    return {"id": envelope_id(envelope)}


@pytest.mark.parametrize("case", cases("envelope_hashes", valid=True))
def test_envelopes_name_their_message(case):
    assert named(case) == case["expected"]


@pytest.mark.parametrize("case", cases("envelope_hashes", valid=False))
def test_envelopes_that_name_another_are_refused(case):
    refuses(case, named)
