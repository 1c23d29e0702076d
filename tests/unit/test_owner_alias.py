"""What an owner signs to be shown as the owner of an LSP (specification 3.1)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm3.base import address_name, owner_alias
from dm3.base.errors import InvalidInput, InvalidName, MalformedData
from dm3.protocol.names.owner_alias import (
    MAX_TERM,
    AuthorisationExpired,
    AuthorisationNotYetValid,
    AuthorisationRefused,
    OwnerPolicy,
    check_authorisation,
    owner_alias_for,
    owner_alias_message,
)
from dm3.protocol.wallets.siwe import SiweMessage, print_siwe
from dm3.protocol.wallets.siwe_check import CLOCK_SKEW, SiweAddress, SiweDomain, SiweUri
from tests.unit.people import ALICE, BOB
from tests.unit.strategies import any_text, read_or_refused

OWNER = BOB.wallet.address
NAME = address_name(ALICE.wallet.address, "myapp.eth")
OTHER = address_name(BOB.wallet.address, "myapp.eth")
NONCE = "0x" + "5a" * 32
NOW = 1_700_000_000
HOST = OwnerPolicy(siwe_domains=("app.example",))


def own(**changes) -> str:
    values: dict[str, Any] = {"domain": "myapp.eth", "owner": OWNER, "address_name": NAME, "nonce": NONCE}
    values |= {"issued_at": NOW, "expires_at": NOW + 600}
    return owner_alias_message(**{**values, **changes})


def sign_in(**changes) -> str:
    values: dict[str, Any] = {
        "domain": "app.example",
        "address": OWNER,
        "uri": "https://app.example",
        "chain_id": 1,
    }
    values |= {"nonce": "12345678", "issued_at": NOW}
    return print_siwe(SiweMessage(**{**values, **changes}))


def check(text: str, *, now: int = NOW, policy: OwnerPolicy = HOST):
    return check_authorisation(text, domain="myapp.eth", owner=OWNER, name=NAME, now=now, policy=policy)


def test_our_own_text_authorises():
    allowed = check(own())
    assert (allowed.nonce, allowed.expires_at, allowed.replaces) == (
        NONCE,
        NOW + 600 + CLOCK_SKEW,
        None,
    )
    assert check(own(replaces=OTHER), policy=OwnerPolicy()).replaces == OTHER


def test_our_own_text_is_no_sign_in_message_and_says_what_it_does():
    text = own(replaces=OTHER)
    assert "sign in" not in text
    assert text.startswith("myapp.eth asks you to show that a dm3 profile belongs to your")
    assert f"Profile: {NAME}\nReplaces: {OTHER}\n" in text


def test_a_sign_in_message_authorises_where_the_application_accepts_it():
    allowed = check(sign_in(expires_at=NOW + 60))
    assert (allowed.nonce, allowed.expires_at, allowed.replaces) == (
        "12345678",
        NOW + 60 + CLOCK_SKEW,
        None,
    )
    assert check(sign_in()).expires_at == NOW + 24 * 3600 + CLOCK_SKEW
    assert check(sign_in(), policy=OwnerPolicy(("app.example",), siwe_max_age=60)).expires_at == (
        NOW + 60 + CLOCK_SKEW
    )


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (own(domain="other.eth"), AuthorisationRefused),
        (own(owner=ALICE.wallet.address), AuthorisationRefused),
        (own(address_name=OTHER), AuthorisationRefused),
        (own(expires_at=NOW + MAX_TERM + 1), AuthorisationRefused),
        (own(issued_at=NOW + 600), AuthorisationRefused),
        (own(issued_at=NOW + 121), AuthorisationNotYetValid),
        (own(issued_at=NOW - 1000, expires_at=NOW - 120), AuthorisationExpired),
        (own() + "\n", MalformedData),
        (own().replace("Version: 1", "Version: 2"), MalformedData),
        (own().replace(NONCE, "0x5a"), MalformedData),
        (own().replace("2023", "2O23"), MalformedData),
        (own(replaces=OTHER).replace(OTHER, "x..eth"), InvalidName),
        (own().replace(NAME, NAME.upper()), AuthorisationRefused),
        (own().replace("\n", "\r\n"), MalformedData),
        (sign_in(domain="evil.example"), SiweDomain),
        (sign_in(uri="https://evil.example"), SiweUri),
        (sign_in(address=ALICE.wallet.address), SiweAddress),
        (sign_in() + "\n", MalformedData),
        ("", MalformedData),
    ],
)
def test_one_fault_is_refused(text, error):
    with pytest.raises(error):
        check(text)


def test_without_accepted_sites_no_sign_in_message_counts():
    with pytest.raises(SiweDomain):
        check(sign_in(), policy=OwnerPolicy())


@pytest.mark.parametrize("nonce", ["", "1234", "x" * 64, NONCE + "\n"])
def test_a_nonce_of_too_few_bits_is_not_printed(nonce):
    with pytest.raises(InvalidInput):
        own(nonce=nonce)


def test_the_alias_belongs_to_owner_and_application():
    assert owner_alias_for(NAME, OWNER) == owner_alias(OWNER, "myapp.eth")
    with pytest.raises(InvalidInput):
        owner_alias_for("alice.user.myapp.eth", OWNER)


@given(any_text | st.text().map(lambda text: own().replace(NAME, text)))
def test_any_text_is_read_or_refused(text):
    read_or_refused(check, text)
