"""link_messages.json: the text that wallets sign, in every layout, and texts that are none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec import structs

from dm3.model import LinkKind
from dm3.protocol.linking import print_link_message
from dm3.protocol.linking.link_message import NOTE
from dm3.protocol.linking.link_message_reading import STATEMENT
from tests.unit.linking.scene import LSP, MAIN_NAME, OWNER, link_message
from tests.vectors_linking.document import Case, VectorFile, link_message_json

MESSAGE: Final = link_message()
TEXT: Final = print_link_message(MESSAGE)
UNBOUND: Final = structs.replace(MESSAGE, kind=None, profile_name=None, profile_hash=None, owner=None)
FIELDS: Final = TEXT.partition(NOTE)[2].strip().partition("\nResources:")[0]
DATED: Final = FIELDS.partition("\nExpiration")[0]

OTHER: Final = "0x" + "11" * 20


def _signed_in(text: str, owner: str = OWNER.address) -> str:
    """The same as a strict EIP-4361 message, whose statement is one line."""
    fields = text.partition(NOTE)[2].strip()
    said = f"{STATEMENT} {MAIN_NAME} {NOTE}"
    return f"myapp.example wants you to sign in with your Ethereum account:\n{owner}\n\n{said}\n\n{fields}"


_FAULTS: Final[tuple[tuple[str, Callable[[str], str]], ...]] = (
    ("another-statement", lambda text: text.replace("Link your", "Empty your")),
    ("something-before-the-statement", lambda text: "Hello. " + text),
    ("note-says-something-else", lambda text: text.replace("is no paid", "is a paid")),
    ("no-main-profile", lambda text: text.replace(MAIN_NAME + "\n", "")),
    ("two-main-profiles", lambda text: text.replace(MAIN_NAME, MAIN_NAME + " bob.user.dm3.eth")),
    ("main-profile-not-a-name", lambda text: text.replace(MAIN_NAME, "a..b")),
    ("no-uri", lambda text: text.replace("URI: https://myapp.example\n", "")),
    ("no-nonce", lambda text: text.replace(f"Nonce: {MESSAGE.nonce}\n", "")),
    ("no-issue-time", lambda text: text.replace("Issued At: 2027-01-15T07:59:00Z\n", "")),
    ("uri-of-two-words", lambda text: text.replace("URI: ", "URI: https://a ")),
    ("uri-with-escape-sequence", lambda text: text.replace("URI: ", "URI: \x1b[2J")),
    ("uri-with-text-turned-round", lambda text: text.replace("URI: ", "URI: \u202e")),
    ("nonce-given-twice", lambda text: text.replace("Nonce: ", "Nonce: 12345678\nNonce: ")),
    (
        "fields-out-of-order",
        lambda text: text.replace("Version: 1\nChain ID: 1", "Chain ID: 1\nVersion: 1"),
    ),
    ("unknown-field", lambda text: text.replace("Version:", "Colour: red\nVersion:")),
    ("chain-not-a-number", lambda text: text.replace("Chain ID: 1", "Chain ID: main")),
    ("not-a-date", lambda text: text.replace("2027-01-15T", "2027-13-15T")),
    ("not-a-time", lambda text: text.replace("2027-02-14T07:59:00Z", "soon")),
    ("unknown-type", lambda text: text.replace("type:LINK", "type:UNLINK")),
    ("binding-given-twice", lambda text: text + "\n- dm3:type:LINK"),
    ("binding-without-value", lambda text: text.replace(f"profile:{LSP.name}", "profile:")),
    ("bindings-on-one-line", lambda text: text.replace("\n- dm3", " - dm3")),
    ("owner-not-an-address", lambda text: text.replace(OWNER.address, "0x12")),
    ("as-a-sign-in-message-of-two-owners", lambda text: _signed_in(text, OTHER)),
    ("as-a-sign-in-message-with-another-statement", lambda text: _signed_in(text).replace("Link", "Move", 1)),
    ("more-than-8000-characters", lambda text: text + " " * 8_000),
)


def link_messages() -> VectorFile:
    """The file."""
    recovery = link_message(LinkKind.RECOVER)
    undated = structs.replace(UNBOUND, expires_at=None)
    unbound = print_link_message(UNBOUND)
    older = f"{STATEMENT}\n{MAIN_NAME}\n\n(There is no paid transaction initiated.\n"
    cases = [
        _good("printed-for-linking", TEXT, MESSAGE, printed=True),
        _good("printed-for-recovery", print_link_message(recovery), recovery, printed=True),
        _good("printed-unbound", print_link_message(undated), undated, printed=True),
        _good("newer-page", f"{STATEMENT} {MAIN_NAME}\n\n{NOTE}\n\n{FIELDS.replace(chr(10), ' ')}", UNBOUND),
        _good("newer-page-on-lines", f"{STATEMENT} [{MAIN_NAME}]\n\n{NOTE}\n\n{FIELDS}", UNBOUND),
        _good("older-page-misspelt", older + f"The signature is used offcain only.)\n\n{DATED}", undated),
        _good("older-page", older + f"The signature is used off-chain only.)\n\n{DATED}", undated),
        _good("lines-end-with-cr-lf", TEXT.replace("\n", "\r\n"), MESSAGE),
        _good("name-in-capitals", TEXT.replace(MAIN_NAME, MAIN_NAME.upper()), MESSAGE),
        _good("times-with-fractions", TEXT.replace(":00Z", ":00.999Z"), MESSAGE),
        _good("time-in-another-zone", TEXT.replace("07:59:00Z", "09:59:00+02:00"), MESSAGE),
        _good(
            "resources-of-others",
            TEXT.replace("Resources:", "Resources:\n- ipfs://bafy\n- dm3:colour:red"),
            MESSAGE,
        ),
        _good("note-missing", TEXT.replace(NOTE, ""), MESSAGE),
        _good("note-says-offchain", TEXT.replace("off-chain", "offchain"), MESSAGE),
        _good("chain-in-hex", TEXT.replace("Chain ID: 1\n", "Chain ID: 0x1\n"), MESSAGE),
        _good(
            "not-before-and-request-id",
            TEXT.replace("Resources:", "Not Before: 2027-01-15T07:00:00Z\nRequest ID: a1\nResources:"),
            MESSAGE,
        ),
        _good("as-a-sign-in-message", _signed_in(TEXT), MESSAGE),
        _good(
            "as-a-sign-in-message-unbound", _signed_in(unbound), structs.replace(UNBOUND, owner=OWNER.address)
        ),
        _good("bound-hash-without-0x", TEXT.replace("profile-hash:0x", "profile-hash:"), MESSAGE),
        {
            "name": "version-two",
            "valid": False,
            "failure": "unsupported",
            "text": TEXT.replace("Version: 1", "Version: 2"),
        },
        *[
            {"name": name, "valid": False, "failure": "malformed", "text": spoil(TEXT)}
            for name, spoil in _FAULTS
        ],
    ]
    return VectorFile(
        "link_messages",
        "3.3",
        "The Link Message. Read `text` and compare with `expected` (times in UNIX seconds); where `printed`"
        " is true, printing `expected` gives exactly `text`.",
        cases,
    )


def _good(name: str, text: str, message, *, printed: bool = False) -> Case:
    return {
        "name": name,
        "valid": True,
        "text": text,
        "printed": printed,
        "expected": link_message_json(message),
    }
