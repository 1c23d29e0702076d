"""The Link Message as a strict EIP-4361 text, and what is said about a text that cannot be read."""

from dataclasses import replace as replaced
from typing import Any

import pytest
from msgspec.structs import replace

from dm3.base.errors import InvalidInput
from dm3.model import LinkKind, LinkMessage
from dm3.protocol.linking import LinkRefused, Reason, parse_link_message, print_link_message
from dm3.protocol.linking.link_message import NOTE
from dm3.protocol.linking.link_message_reading import MAX_CHARS, STATEMENT
from dm3.protocol.wallets.siwe import SiweMessage, print_siwe
from tests.unit.linking.scene import (
    APP_URI,
    LSP,
    MAIN_NAME,
    MALLORY,
    NOW,
    OWNER,
    TEMPORARY,
    TERM,
    Ask,
    link_message,
    recover,
)

MESSAGE = link_message()
TEXT = print_link_message(MESSAGE)
UNBOUND = replace(MESSAGE, kind=None, profile_name=None, profile_hash=None)
SIWE_STATEMENT = f"{STATEMENT} {MAIN_NAME} {NOTE}"
BINDINGS = (
    "dm3:type:LINK",
    f"dm3:profile:{LSP.name}",
    f"dm3:profile-hash:{LSP.signed_profile.hash}",
)


def siwe(**changes: Any) -> str:
    """The same request as a wallet's sign-in message; ``changes`` replace its parts."""
    values: dict[str, Any] = {
        "domain": "myapp.example",
        "address": OWNER.address,
        "statement": SIWE_STATEMENT,
        "uri": APP_URI,
        "chain_id": 1,
        "nonce": MESSAGE.nonce,
        "issued_at": NOW - 60,
        "expires_at": NOW - 60 + TERM,
        "resources": BINDINGS,
    }
    return print_siwe(SiweMessage(**{**values, **changes}))


def refused(text: str) -> str:
    with pytest.raises(LinkRefused) as caught:
        parse_link_message(text)
    assert caught.value.reason is Reason.MALFORMED
    return caught.value.detail.removeprefix("the Link Message cannot be read (").removesuffix(")")


# --- as EIP-4361 has it --------------------------------------------------------------------------


def test_a_sign_in_message_says_the_same():
    assert parse_link_message(siwe()) == MESSAGE
    assert parse_link_message(siwe().replace("\n", "\r\n")) == MESSAGE


@pytest.mark.parametrize(
    ("changes", "read"),
    [
        pytest.param({"uri": "https://other.example/a"}, {"uri": "https://other.example/a"}, id="uri"),
        pytest.param({"nonce": "abcdefgh12"}, {"nonce": "abcdefgh12"}, id="nonce"),
        pytest.param({"chain_id": 137}, {"chain_id": 137}, id="chain"),
        pytest.param({"issued_at": NOW}, {"issued_at": NOW}, id="time"),
        pytest.param({"expires_at": NOW + 60}, {"expires_at": NOW + 60}, id="end"),
        pytest.param({"expires_at": None}, {"expires_at": None}, id="no end"),
        pytest.param({"not_before": NOW}, {"issued_at": NOW}, id="valid only later"),
        pytest.param({"not_before": NOW - 90}, {}, id="valid before it was issued"),
        pytest.param({"not_before": 0, "issued_at": 0}, {"issued_at": 0}, id="the beginning of time"),
        pytest.param(
            {"resources": (*BINDINGS, f"dm3:owner:{OWNER.address}")}, {}, id="owner named in resources, too"
        ),
        pytest.param({"resources": ("ipfs://bafy", *BINDINGS)}, {}, id="other resources"),
        pytest.param(
            {"resources": (*BINDINGS, f"dm3:recover-into:{TEMPORARY.signed_profile.hash}")},
            {"recover_into": TEMPORARY.signed_profile.hash},
            id="a target",
        ),
    ],
)
def test_every_part_of_it_is_read(changes, read):
    assert parse_link_message(siwe(**changes)) == replace(MESSAGE, **read)


@pytest.mark.parametrize("resources", [None, ()], ids=["no list", "empty list"])
def test_without_bindings_it_is_unbound_and_its_address_is_the_owner(resources):
    message = parse_link_message(siwe(resources=resources))
    assert message == UNBOUND
    assert message.owner == OWNER.address


@pytest.mark.parametrize("kind", [LinkKind.REQUEST, LinkKind.RECOVER])
def test_a_wallet_may_sign_it_so(kind):
    target = f"dm3:recover-into:{TEMPORARY.signed_profile.hash}"
    bindings = BINDINGS if kind is LinkKind.REQUEST else ("dm3:type:LINK_RECOVER", *BINDINGS[1:], target)
    ask = Ask() if kind is LinkKind.REQUEST else recover()
    checked = replaced(ask, spoil=lambda _: siwe(resources=bindings)).check()
    assert checked.owner == OWNER.address
    assert checked.link_message.is_bound


def test_the_address_in_it_must_be_the_one_that_signs():
    text = siwe(address=MALLORY.wallet.address)
    with pytest.raises(LinkRefused) as caught:
        replaced(Ask(), spoil=lambda _: text).check()
    assert caught.value.reason is Reason.BAD_WALLET_SIGNATURE


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"statement": SIWE_STATEMENT + " And more."}, "there is more in its statement than belongs there"),
        ({"statement": None}, "its statement is missing"),
        ({"statement": "Sign in, please."}, "its statement is missing"),
        ({"statement": f"Hello. {SIWE_STATEMENT}"}, "its statement is missing"),
        ({"statement": f"{STATEMENT} {MAIN_NAME} {NOTE[:-1]}"}, "its statement is missing"),
        ({"resources": (f"dm3:owner:{MALLORY.wallet.address}",)}, "it names two owners"),
        ({"resources": (*BINDINGS, BINDINGS[0])}, "the resource dm3:type is empty or repeated"),
        ({"resources": ("dm3:type:UNLINK",)}, "its type is not known"),
    ],
)
def test_a_sign_in_message_that_is_no_link_message(changes, said):
    assert refused(siwe(**changes)) == said


def test_what_is_wrong_with_a_sign_in_message_is_said():
    broken = siwe().replace("Version: 1", "Version: 2")
    assert refused(broken) == "the sign-in message does not follow EIP-4361: the version is not 1"
    long = siwe().replace("Link your", "漢" * 3_000 + "Link your")
    assert len(long) <= MAX_CHARS
    assert "more than 8192 bytes" in refused(long)
    lowered = siwe().replace(OWNER.address, OWNER.address.lower())
    with pytest.raises(LinkRefused, match="but not in EIP-55 form") as caught:
        parse_link_message(lowered)
    assert f"Write it as {OWNER.address}," in caught.value.hint


@pytest.mark.parametrize(
    "text", ["", "Hello.", "Please link me.\n" + TEXT, "x" * 500 + " wants you to sign in with\n"]
)
def test_what_is_neither_lacks_its_statement(text):
    assert refused(text) == "its statement is missing"


# --- what is said about the page's own layout ------------------------------------------------------


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda text: text + " " * (MAX_CHARS + 1 - len(text)), "it is too long"),
        (lambda text: text.replace("URI: ", "URI: \u202e"), "it holds signs that cannot be shown"),
        (lambda text: text.replace("off-chain", "on-chain"), "its note has another wording"),
        (lambda text: text.replace("Nonce: ", "Nonce: a "), "Nonce is missing or not one word"),
        (lambda text: text.replace("URI: https", "URI: a https"), "URI is missing or not one word"),
        (lambda text: text.replace("URI:", "Hello. URI:"), "there is text where its fields should be"),
        (
            lambda text: text.replace("Version: 1", "Version: 1\nVersion: 1"),
            "its fields are repeated or out of order",
        ),
        (
            lambda text: text.replace("Version: 1\nChain ID: 1", "Chain ID: 1\nVersion: 1"),
            "its fields are repeated or out of order",
        ),
        (lambda text: text.replace("Chain ID: 1", "Chain ID: one"), "its chain ID is not a number"),
        (
            lambda text: text.replace("2027-01-15T07:59:00Z", "yesterday"),
            "the time is not an RFC 3339 time such as 2026-01-31T12:00:00Z",
        ),
        (lambda text: text.replace("type:LINK", "type:UNLINK"), "its type is not known"),
        (lambda text: text.replace(OWNER.address, "0x12"), "its owner is not an Ethereum address"),
        (
            lambda text: text.replace("\n- dm3:profile:", " - dm3:profile:"),
            "a resource is not one word on a line of its own",
        ),
        (
            lambda text: text + "\n- dm3:owner:" + OWNER.address,
            "the resource dm3:owner is empty or repeated",
        ),
        (lambda text: text + "\n- dm3:recover-into:", "the resource dm3:recover-into is empty or repeated"),
    ],
)
def test_what_is_wrong_is_said(spoil, said):
    assert refused(spoil(TEXT)) == said


def test_a_wrong_name_is_told_as_one():
    said = refused(TEXT.replace(MAIN_NAME, "a..b"))
    assert said.startswith("That is not a valid ENS name")


@pytest.mark.parametrize("name", ["XAVIER.EX", "[XAVIER.EX]"])
def test_a_name_loses_its_brackets_and_nothing_else(name):
    assert parse_link_message(TEXT.replace(MAIN_NAME, name)).main_name == "xavier.ex"


def test_the_longest_text_is_read():
    padded = TEXT.replace("Resources:", "Resources:\n- ipfs://" + "x" * 4_000)
    padded += " " * (MAX_CHARS - len(padded))
    assert len(padded) == MAX_CHARS == 8_000
    assert parse_link_message(padded) == MESSAGE
    assert refused(padded + " ") == "it is too long"


@pytest.mark.parametrize("chain", [0, 10**20 - 1])
def test_a_chain_is_a_number_of_at_most_twenty_digits(chain):
    message = replace(MESSAGE, chain_id=chain)
    assert parse_link_message(print_link_message(message)) == message
    too_long = TEXT.replace("Chain ID: 1", "Chain ID: 1" + "0" * 20)
    assert refused(too_long) == "its chain ID is not a number"


@pytest.mark.parametrize("label", ["ipfs:type:LINK_RECOVER", "dm3:colour:red", "dm3:", "https://dm3:type"])
def test_a_resource_of_somebody_else_binds_nothing(label):
    assert parse_link_message(TEXT + f"\n- {label}") == MESSAGE


def test_a_binding_may_hold_colons():
    bound = "dm3:profile-hash:0x12:34"
    text = TEXT.replace(f"dm3:profile-hash:{LSP.signed_profile.hash}", bound)
    assert parse_link_message(text).profile_hash == "0x12:34"


# --- printed ---------------------------------------------------------------------------------------


def not_printed(**changes: Any) -> str:
    with pytest.raises(InvalidInput) as caught:
        print_link_message(replace(MESSAGE, **changes))
    return caught.value.detail


def test_what_cannot_be_printed_is_said():
    assert not_printed(version="2") == (
        "no Link Message can be made of this: the Link Message is of a kind that is not known here "
        "(its version is not 1)"
    )
    assert not_printed(main_name=MAIN_NAME.upper()) == (
        "a Link Message's parts are single words, and its names in normal form"
    )


@pytest.mark.parametrize(
    ("missing", "lines"), [((), 16), (("expires_at",), 15), (("owner",), 15), (("kind", "owner"), 14)]
)
def test_what_is_not_there_has_no_line(missing, lines):
    message: LinkMessage = replace(MESSAGE, **dict.fromkeys(missing))
    text = print_link_message(message)
    assert len(text.split("\n")) == lines
    assert "None" not in text
    nothing = replace(UNBOUND, owner=None)
    assert "Resources" not in print_link_message(nothing)


HASH = MESSAGE.profile_hash or ""

# --- what others write -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spell",
    [
        pytest.param(lambda text: text.replace(NOTE, ""), id="no note"),
        pytest.param(lambda text: text.replace(f"\n\n{NOTE}\n\n", "\n"), id="no note and no lines for it"),
        pytest.param(lambda text: text.replace("off-chain", "offchain"), id="offchain"),
        pytest.param(lambda text: text.replace("Chain ID: 1\n", "Chain ID: 0x1\n"), id="chain in hex"),
        pytest.param(
            lambda text: text.replace(
                "Resources:", "Not Before: 2027-01-15T07:00:00Z\nRequest ID: a1\nResources:"
            ),
            id="not before, request id",
        ),
        pytest.param(lambda text: text.replace("profile-hash:0x", "profile-hash:"), id="hash without 0x"),
        pytest.param(
            lambda text: text.replace(HASH, HASH.upper().replace("0X", "0x")),
            id="hash in capitals",
        ),
    ],
)
def test_spellings_of_others_are_read(spell):
    assert spell(TEXT) != TEXT
    assert parse_link_message(spell(TEXT)) == MESSAGE


def test_a_sign_in_message_without_the_note_is_read():
    for text in (
        siwe(statement=f"{STATEMENT} {MAIN_NAME}"),
        siwe().replace("Chain ID: 1\n", "Chain ID: 0x1\n"),
    ):
        assert parse_link_message(text) == parse_link_message(siwe())


def test_what_begins_later_counts_from_then():
    later = TEXT.replace("Resources:", "Not Before: 2027-01-15T09:00:00Z\nResources:")
    assert parse_link_message(later) == replace(MESSAGE, issued_at=MESSAGE.issued_at + 3_660)


@pytest.mark.parametrize(
    "line", ["Not Before: soon", "Not Before: ", "Not Before: 2027-01-15T09:00:00Z\nExpiration Time: x"]
)
def test_a_beginning_that_is_no_time_is_refused(line):
    refused(TEXT.replace("Resources:", f"{line}\nResources:"))


def test_another_version_is_not_supported():
    with pytest.raises(LinkRefused) as caught:
        parse_link_message(TEXT.replace("Version: 1", "Version: 2"))
    assert caught.value.reason is Reason.UNSUPPORTED
