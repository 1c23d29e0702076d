"""The Link Message: printed one way, read in every layout of the pages (``profile-links.md``)."""

from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from dm3.base import normalize, same_name
from dm3.base.errors import InvalidInput
from dm3.crypto import checksum_address
from dm3.model import LinkKind, LinkMessage
from dm3.protocol.linking import LinkRefused, Reason, parse_link_message, print_link_message
from dm3.protocol.linking.link_message import NOTE, new_link_nonce
from dm3.protocol.linking.link_message_reading import MAX_CHARS, STATEMENT
from tests.unit.linking.scene import LSP, MAIN_NAME, NOW, OWNER, TEMPORARY, TERM, link_message
from tests.unit.people import stream
from tests.unit.strategies import any_text, hashes, names, read_or_refused

MESSAGE = link_message()
TEXT = print_link_message(MESSAGE)
UNBOUND = structs.replace(MESSAGE, kind=None, profile_name=None, profile_hash=None, owner=None)
FIELDS = TEXT.partition(NOTE)[2].strip().partition("\nResources:")[0]

words = st.text("abcdefghijklmnopqrstuvwxyzABC0123456789-._~:/?#[]@!$&'()*+,;=%äß漢", min_size=1, max_size=60)
times = st.integers(0, 253_402_300_799)
messages = st.builds(
    LinkMessage,
    main_name=names,
    uri=words.map("https://".__add__),
    nonce=st.text("abcdef0123456789", min_size=1, max_size=64),
    issued_at=times,
    expires_at=st.none() | times,
    chain_id=st.integers(0, 10**20 - 1),
    kind=st.none() | st.sampled_from([LinkKind.REQUEST, LinkKind.RECOVER]),
    profile_name=st.none() | names,
    profile_hash=st.none() | hashes,
    recover_into=st.none() | hashes,
    owner=st.none() | st.binary(min_size=20, max_size=20).map(lambda raw: checksum_address("0x" + raw.hex())),
)


def refused(text: str) -> str:
    with pytest.raises(LinkRefused) as caught:
        parse_link_message(text)
    assert caught.value.reason is Reason.MALFORMED
    return str(caught.value)


def older(
    note: str = "(There is no paid transaction initiated.\nThe signature is used offcain only.)",
) -> str:
    """The layout of `limited-scope-profiles.md`, which knows no expiration."""
    fields = FIELDS.partition("\nExpiration")[0]
    return f"{STATEMENT}\n{MAIN_NAME}\n\n{note}\n\n{fields}"


def newer() -> str:
    """The layout of `profile-links.md` as it stands on the page: everything on three lines."""
    return f"{STATEMENT} {MAIN_NAME}\n\n{NOTE}\n\n{FIELDS.replace(chr(10), ' ')}"


# --- printed ------------------------------------------------------------------------------------


def test_it_is_printed_in_the_words_of_the_specification():
    assert TEXT.split("\n") == [
        "Link your local profile with your dm3 account:",
        MAIN_NAME,
        "",
        "(There is no paid transaction initiated. The signature is used off-chain only.)",
        "",
        "URI: https://myapp.example",
        "Version: 1",
        "Chain ID: 1",
        f"Nonce: {MESSAGE.nonce}",
        "Issued At: 2027-01-15T07:59:00Z",
        "Expiration Time: 2027-02-14T07:59:00Z",
        "Resources:",
        "- dm3:type:LINK",
        f"- dm3:profile:{LSP.name}",
        f"- dm3:profile-hash:{LSP.signed_profile.hash}",
        f"- dm3:owner:{OWNER.address}",
    ]


def test_a_recovery_names_its_type_and_its_target():
    text = print_link_message(link_message(LinkKind.RECOVER))
    assert "- dm3:type:LINK_RECOVER\n" in text
    assert f"- dm3:recover-into:{TEMPORARY.signed_profile.hash}\n" in text


@given(messages)
def test_what_was_printed_is_read(message):
    text = print_link_message(message)
    assert parse_link_message(text) == message
    assert parse_link_message(text.replace("\n", "\r\n")) == message
    assert print_link_message(parse_link_message(text)) == text


@pytest.mark.parametrize(
    "name",
    [
        "👨\u200d👩\u200d👧.eth",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f.eth",
        "münchen.eth",
    ],
)
def test_names_of_many_signs_are_names(name):
    message = structs.replace(MESSAGE, main_name=normalize(name))
    assert parse_link_message(print_link_message(message)) == message


INJECTED = [
    "x\nNonce: other",
    "x\r\nVersion: 1",
    "x\n- dm3:owner:0x" + "00" * 20,
    "two words",
    "x\u2028y",
    "x\u202ey",
    "x\x1b[2J",
    "x\x00",
    "\ud800",
    "",
    "Nonce:",
    "x" * (MAX_CHARS + 1),
]
PARTS = ["uri", "nonce", "main_name", "profile_name", "profile_hash", "recover_into", "owner"]


@pytest.mark.parametrize("part", PARTS)
# No backslashes in their names: pytest cannot find such a test by its name again.
@pytest.mark.parametrize("value", INJECTED, ids=lambda value: ascii(value[:40]).replace("\\", "%"))
def test_no_part_can_say_more_than_itself(part, value):
    if part == "profile_hash" and value == "Nonce:":
        value += "\n"  # one word is one word, whatever it says
    elif part == "recover_into" and value == "Nonce:":
        value += " "
    with pytest.raises(InvalidInput):
        print_link_message(structs.replace(MESSAGE, **{part: value}))


@given(st.sampled_from(PARTS), any_text)
def test_whatever_a_part_holds_is_read_back_as_it_is_or_not_printed(part, value):
    message = structs.replace(MESSAGE, **{part: value})
    try:
        text = print_link_message(message)
    except InvalidInput:
        return
    assert parse_link_message(text) == message


@pytest.mark.parametrize("changes", [{"version": "2"}, {"chain_id": -1}, {"issued_at": -(10**15)}], ids=str)
def test_nothing_is_printed_that_is_not_read(changes):
    with pytest.raises(InvalidInput):
        print_link_message(structs.replace(MESSAGE, **changes))


def test_nonces_have_128_bits():
    random = stream()
    first, second = new_link_nonce(random), new_link_nonce(random)
    assert first != second
    assert len(bytes.fromhex(first)) == 16


# --- read ---------------------------------------------------------------------------------------


def test_the_newer_page_is_read():
    assert parse_link_message(newer()) == UNBOUND


@pytest.mark.parametrize(
    "note",
    [
        "(There is no paid transaction initiated.\nThe signature is used offcain only.)",
        "(There is no paid transaction initiated. The signature is used offcain only.)",
        "(There is no paid transaction initiated.\nThe signature is used off-chain only.)",
        "(There is no paid transaction initiated.  \r\n  The signature is used off-chain only.)",
    ],
)
def test_the_older_page_is_read_misspelt_or_not(note):
    assert parse_link_message(older(note)) == structs.replace(UNBOUND, expires_at=None)


@pytest.mark.parametrize(
    "same",
    [
        pytest.param(lambda text: text + "\n", id="trailing line"),
        pytest.param(lambda text: "\n " + text, id="leading space"),
        pytest.param(lambda text: text.replace(MAIN_NAME, f"[{MAIN_NAME}]"), id="name in brackets"),
        pytest.param(lambda text: text.replace(MAIN_NAME, MAIN_NAME.upper()), id="name in capitals"),
        pytest.param(lambda text: text.replace("\n\n", "\n"), id="no empty lines"),
        pytest.param(lambda text: text.replace("Z\n", ".123Z\n"), id="fractions of a second"),
        pytest.param(lambda text: text.replace("07:59:00Z", "09:59:00+02:00"), id="another zone"),
        pytest.param(lambda text: text.replace("- dm3:", "-   dm3:"), id="indented resources"),
        pytest.param(
            lambda text: text.replace("Resources:", "Resources:\n- ipfs://bafy\n- dm3:colour:red"),
            id="other resources",
        ),
        pytest.param(
            lambda text: text.replace(OWNER.address, OWNER.address.lower()), id="address in lower case"
        ),
    ],
)
def test_what_means_the_same_is_read_alike(same):
    assert parse_link_message(same(TEXT)) == MESSAGE


def swapped(text: str) -> str:
    version, chain = "Version: 1\n", "Chain ID: 1\n"
    return text.replace(version + chain, chain + version)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda text: "", id="nothing"),
        pytest.param(lambda text: "Hello. " + text, id="something before"),
        pytest.param(lambda text: text.replace("Link your", "Empty your"), id="another statement"),
        pytest.param(lambda text: text.replace("no paid", "a paid"), id="another note"),
        pytest.param(lambda text: text.replace("off-chain only", "on-chain, too"), id="note's other end"),
        pytest.param(lambda text: text.replace("only.)", "only."), id="note left open"),
        pytest.param(lambda text: text.replace(MAIN_NAME + "\n", ""), id="no name"),
        pytest.param(lambda text: text.replace(MAIN_NAME, f"{MAIN_NAME} bob.eth"), id="two names"),
        pytest.param(lambda text: text.replace(MAIN_NAME, "a..b"), id="no valid name"),
        *[
            pytest.param(
                lambda text, label=label: "\n".join(
                    line for line in text.split("\n") if not line.startswith(f"{label}:")
                ),
                id=f"{label} missing",
            )
            for label in ("URI", "Version", "Chain ID", "Nonce", "Issued At")
        ],
        pytest.param(lambda text: text.replace("URI: ", "URI: a b"), id="URI of two words"),
        pytest.param(lambda text: text.replace("URI: ", "URI: \x1b[2J"), id="URI that moves the cursor"),
        pytest.param(lambda text: text.replace("URI: ", "URI: \u202e"), id="URI that runs backwards"),
        pytest.param(lambda text: text.replace("URI: ", "URI: \ud800"), id="half a character"),
        pytest.param(lambda text: text.replace("Nonce: ", "Nonce:\nNonce: "), id="empty nonce, then another"),
        pytest.param(lambda text: text.replace("Version: 1", "Version: 1\nVersion: 1"), id="twice the same"),
        pytest.param(swapped, id="out of order"),
        pytest.param(lambda text: text.replace("Chain ID: 1", "Chain ID: mainnet"), id="chain by name"),
        pytest.param(lambda text: text.replace("Chain ID: 1", "Chain ID: -1"), id="negative chain"),
        pytest.param(
            lambda text: text.replace("Chain ID: 1", "Chain ID: \u0661"), id="digits of other scripts"
        ),
        pytest.param(lambda text: text.replace("Chain ID: 1", "Chain ID: " + "1" * 21), id="endless chain"),
        pytest.param(lambda text: text.replace("2027-01-15T", "2027-13-15T"), id="no date"),
        pytest.param(lambda text: text.replace("2027-01-15T07:59:00Z", "yesterday"), id="no time"),
        pytest.param(lambda text: text.replace("2027-02-14T07:59:00Z", ""), id="empty expiration"),
        pytest.param(lambda text: text.replace("Version:", "Colour: red\nVersion:"), id="unknown field"),
        pytest.param(lambda text: text.replace("URI:", "also this URI:"), id="text before the fields"),
        pytest.param(lambda text: text.replace("type:LINK", "type:UNLINK"), id="unknown type"),
        pytest.param(lambda text: text + "\n- dm3:type:LINK", id="resource twice"),
        pytest.param(lambda text: text + "\n- dm3:recover-into:", id="empty resource"),
        pytest.param(lambda text: text + "\nand more", id="text after the resources"),
        pytest.param(lambda text: text.replace("\n- dm3", " - dm3"), id="resources on one line"),
        pytest.param(lambda text: text.replace(LSP.name, "a..b"), id="resource with an invalid name"),
        pytest.param(lambda text: text.replace(OWNER.address, "0x12"), id="resource with no address"),
        pytest.param(lambda text: text + " " * MAX_CHARS, id="too long"),
    ],
)
def test_anything_else_is_refused(spoil):
    assert spoil(TEXT) != TEXT
    refused(spoil(TEXT))


@given(
    any_text
    | st.sampled_from([TEXT, newer(), older()]).flatmap(
        lambda text: st.tuples(st.integers(0, len(text)), st.integers(0, 40), any_text).map(
            lambda cut: text[: cut[0]] + cut[2] + text[cut[0] + cut[1] :]
        )
    )
)
def test_hostile_text_is_read_or_refused(text):
    message = read_or_refused(parse_link_message, text)
    if message is not None:
        assert same_name(message.main_name, message.main_name)
        for shown in (message.uri, message.nonce):
            assert not any(sign.isspace() or category(sign) in ("Cc", "Cs", "Zl", "Zp") for sign in shown)


def test_a_refusal_does_not_hand_the_text_back():
    assert len(refused("A" * 7_000)) < 200
    assert len(refused(TEXT.replace(MAIN_NAME, "a" * 6_000))) < 400


def test_now_and_then_are_seconds():
    message = parse_link_message(TEXT)
    assert (message.issued_at, message.expires_at) == (NOW - 60, NOW - 60 + TERM)
