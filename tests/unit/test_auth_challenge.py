"""What a profile signs to open its mailbox: the challenge of the service that it talks to, nothing else."""

import base64
import json
import uuid

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm3.base import canonical_json, sha256_hex
from dm3.base.errors import MalformedData
from dm3.crypto import StorageKey
from dm3.delivery.tokens import Tokens
from dm3.protocol.delivery.auth_challenge import ForeignChallenge, check_challenge
from dm3.protocol.names.claims import alias_text
from tests.unit.strategies import any_text

SERVICE, NAME = "ds.eth", "alice.user.myapp.eth"


def tokens(audience=SERVICE):
    key = StorageKey(bytes(32))
    return Tokens(key, audience, clock=lambda: 1_800_000_000.0, random=lambda size: bytes(size))


def challenge(audience=SERVICE, name=NAME):
    return tokens(audience).new_challenge(name, 300)


def test_the_challenge_of_the_service_that_one_talks_to_is_signed():
    assert check_challenge(challenge(), SERVICE, NAME) == challenge()
    assert check_challenge(challenge(), "DS.eth", NAME.upper()) == challenge()


@pytest.mark.parametrize("text", [str(uuid.UUID(int=7)), "a" * 16, "aGFsbG8gd2VsdCwgd2llIGdlaHQ="])
def test_one_that_says_nothing_of_itself_is_signed(text):
    assert check_challenge(text, SERVICE, NAME) == text


def test_one_as_the_reference_makes_them_is_signed():
    claims = {"account": NAME, "iat": 1, "exp": 2, "nbf": 1, "challenge": str(uuid.UUID(int=7))}
    text = jwt.encode(claims, "the service's secret, which is long enough", "HS256")
    assert check_challenge(text, SERVICE, NAME) == text


@pytest.mark.parametrize(
    "text",
    [
        challenge("honest.eth"),
        challenge(SERVICE + "x"),
        challenge(name="bob.user.myapp.eth"),
        tokens().new_token("mailbox", 0, 300),
        jwt.encode({"aud": ["ds.eth"], "purpose": "challenge", "name": NAME}, "k" * 32, "HS256"),
        jwt.encode({"aud": None, "purpose": "challenge", "name": NAME}, "k" * 32, "HS256"),
        jwt.encode({"purpose": "challenge", "name": NAME}, "k" * 32, "HS256"),
        jwt.encode({"aud": "ds.eth", "name": NAME}, "k" * 32, "HS256"),
        challenge("honest.eth") + "=",
        challenge("honest.eth") + ".x",
        "x." + challenge("honest.eth"),
    ],
)
def test_one_of_another_service_or_for_another_profile_is_refused(text):
    with pytest.raises(ForeignChallenge):
        check_challenge(text, SERVICE, NAME)


def test_where_the_service_has_no_name_only_one_that_says_nothing_is_signed():
    with pytest.raises(ForeignChallenge):
        check_challenge(challenge(), "", NAME)


@pytest.mark.parametrize(
    "value",
    [
        sha256_hex("an acceptance"),
        sha256_hex("an acceptance").removeprefix("0x"),
        sha256_hex("an acceptance").upper(),
        alias_text("alice.user.myapp.eth"),
        canonical_json({"metadata": {}}),
        "short",
        "a" * 5_000,
        "a" * 20 + "\n",
        None,
        17,
        {"challenge": "a" * 20},
    ],
)
def test_what_could_be_something_else_is_never_signed(value):
    with pytest.raises(MalformedData):
        check_challenge(value, SERVICE, NAME)


@given(any_text, st.sampled_from(["honest.eth", "", "ds.eth.", "ds"]), any_text)
def test_whatever_names_another_audience_is_refused_however_it_is_wrapped(before, audience, after):
    claims = json.dumps({"aud": audience, "purpose": "challenge", "name": NAME}).encode()
    part = base64.urlsafe_b64encode(claims).decode().rstrip("=")
    with pytest.raises(MalformedData):
        check_challenge(f"{before}.{part}.{after}", SERVICE, NAME)
