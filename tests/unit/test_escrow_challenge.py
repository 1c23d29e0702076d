"""The escrow challenge: one text for one purpose, checked before a wallet sees it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dm3.base.errors import MalformedData
from dm3.crypto import KeyCreationMessage, new_nonce
from dm3.model import LinkKind
from dm3.protocol.escrow.challenge import EscrowChallenge, check_escrow_challenge, parse_escrow_challenge
from dm3.protocol.linking import LinkRefused, new_link_message, parse_link_message, print_link_message
from dm3.protocol.names.owner_alias import OwnerPolicy, check_authorisation, owner_alias_message
from dm3.protocol.wallets.siwe import SiweMessage, parse_siwe, print_siwe
from dm3.wire import profile_message
from tests.unit.people import ALICE, BOB, digest, stream

NOW = 1_800_000_000
OWNER = BOB.wallet.address
NAME = f"{ALICE.wallet.address.lower()}.addr.myapp.eth"
CHALLENGE = EscrowChallenge(
    service="ds.myapp.eth",
    app="myapp.eth",
    owner=OWNER,
    nonce=digest("nonce").hex(),
    issued_at=NOW,
    expires_at=NOW + 300,
)
TEXT = f"""\
ds.myapp.eth keeps sealed copies of dm3 profiles and asks who wants to open one:
{OWNER}

Sign this only if you want to use your profile of myapp.eth on this device.
(There is no paid transaction initiated. The signature is used off-chain only.)

Purpose: release of the escrow
Version: 1
Nonce: {digest("nonce").hex()}
Issued At: 2027-01-15T08:00:00Z
Expiration Time: 2027-01-15T08:05:00Z"""


def checked(text: str, now: int = NOW) -> EscrowChallenge:
    return check_escrow_challenge(text, service="DS.myapp.eth", app="MyApp.eth", owner=OWNER.lower(), now=now)


def test_the_text_is_this_and_is_read_again():
    assert CHALLENGE.text == TEXT
    assert parse_escrow_challenge(TEXT) == CHALLENGE
    assert checked(TEXT) == CHALLENGE


@pytest.mark.parametrize("now", [NOW - 120, NOW, NOW + 300, NOW + 419])
def test_clocks_may_differ_by_two_minutes(now):
    assert checked(TEXT, now) == CHALLENGE


@pytest.mark.parametrize(
    ("challenge", "now"),
    [
        (replace(CHALLENGE, service="ds.evil.eth"), NOW),
        (replace(CHALLENGE, app="other.eth"), NOW),
        (replace(CHALLENGE, owner=ALICE.wallet.address), NOW),
        (replace(CHALLENGE, expires_at=NOW + 3_601), NOW),
        (replace(CHALLENGE, expires_at=NOW), NOW),
        (replace(CHALLENGE, expires_at=NOW - 1), NOW),
        (CHALLENGE, NOW - 121),
        (CHALLENGE, NOW + 420),
    ],
)
def test_a_challenge_for_something_else_is_not_signed(challenge, now):
    with pytest.raises(MalformedData):
        checked(challenge.text, now)


FOREIGN = {
    "link": print_link_message(
        new_link_message(
            LinkKind.RECOVER,
            main_name="alice.eth",
            uri="https://myapp.example",
            owner=OWNER,
            profile_name=NAME,
            profile_hash=ALICE.signed_profile.hash,
            now=NOW,
            random=stream(),
            term=300,
            recover_into=ALICE.signed_profile.hash,
        )
    ),
    "siwe": print_siwe(
        SiweMessage(
            domain="myapp.example",
            address=OWNER,
            statement="Sign in.",
            uri="https://myapp.example",
            chain_id=1,
            nonce="abcdefgh12345678",
            issued_at=NOW,
        )
    ),
    "owner-alias": owner_alias_message("myapp.eth", OWNER, NAME, "ab" * 16, NOW, NOW + 300),
    "key-creation": KeyCreationMessage(OWNER, new_nonce(stream())).text,
    "profile": profile_message("{}", OWNER),
}


@pytest.mark.parametrize("text", FOREIGN.values(), ids=list(FOREIGN))
def test_no_other_text_of_ours_passes_for_a_challenge(text):
    with pytest.raises(MalformedData):
        parse_escrow_challenge(text)


def test_a_challenge_passes_for_no_other_text_of_ours():
    with pytest.raises(LinkRefused):
        parse_link_message(TEXT)
    with pytest.raises(MalformedData):
        parse_siwe(TEXT)
    with pytest.raises(MalformedData):
        check_authorisation(
            TEXT,
            domain="myapp.eth",
            owner=OWNER,
            name=NAME,
            now=NOW,
            policy=OwnerPolicy(siwe_domains=("myapp.example",)),
        )


@pytest.mark.parametrize(
    "text",
    [
        TEXT + "\n",
        " " + TEXT,
        TEXT.replace("\n", "\r\n"),
        TEXT.replace("ds.myapp.eth", "DS.myapp.eth"),
        TEXT.replace(OWNER, OWNER.lower()),
        TEXT.replace("08:05:00Z", "08:05:00.0Z"),
        TEXT.replace("08:05:00Z", "10:05:00+02:00"),
        TEXT.replace("T08:05", "T25:05"),
        TEXT.replace("Version: 1", "Version: 2"),
        TEXT.replace(OWNER, "nobody"),
        TEXT.replace("ds.myapp.eth", "ds..eth"),
        TEXT.replace(CHALLENGE.nonce, CHALLENGE.nonce[:31]),
        TEXT.replace(CHALLENGE.nonce, CHALLENGE.nonce.upper()),
        TEXT + "\nResources:\n- dm3:type:LINK",
        TEXT + "x" * 2_000,
        "",
        "\ud800",
    ],
)
def test_there_is_one_way_to_write_it(text):
    with pytest.raises(MalformedData):
        parse_escrow_challenge(text)


@given(st.integers(0, len(TEXT) - 1), st.characters())
def test_one_sign_changed_is_another_challenge_or_none(place, sign):
    text = TEXT[:place] + sign + TEXT[place + 1 :]
    try:
        assert (parse_escrow_challenge(text) == CHALLENGE) == (text == TEXT)
    except MalformedData:
        assert text != TEXT
