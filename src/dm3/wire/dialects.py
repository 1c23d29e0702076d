"""Where the published text, the reference and the older pages differ: tables, and nothing but tables.

specification 2.6 and 3.7 list the differences. Readers accept every column, writers use the reference's
spelling (or both where both may be written). No other module asks which dialect it is in.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from dm3.model import MEANINGS, LinkKind, MessageType

TYPE_ALIASES: Final = {"READ_RECEIPT": MessageType.READ_OPENED}
"""Published message types → the reference's name for them."""

POSTMARK_TIMES: Final = ("incommingTimestamp", "incomingTimestamp")
"""The reference's spelling first; both are written, either is read."""

SERVICE_FALLBACK: Final = "This is a service message for linking profiles; your app does not show it."


class LinkVocabulary(Struct, frozen=True):
    """The names that one page of the specification uses for linking.

    ``types`` maps each step to its message type; ``member`` is the metadata member that carries the
    payload; ``fields`` maps the payload's attributes to JSON names (absent: the page has no such field).
    ``bare_request_recovers``: a request without a private key means recovery. ``accepts_by_name``: an
    acceptance carries, and signs the hash of, the linked profile's name instead of the Link Message.
    """

    name: str
    types: dict[LinkKind, str]
    member: str
    fields: dict[str, str]
    bare_request_recovers: bool = False
    accepts_by_name: bool = False


NEWEST: Final = LinkVocabulary(
    name="LINK",
    types={meaning.link: type for type, meaning in MEANINGS.items() if meaning.link is not None},
    member="link",
    fields={
        "profile_key": "profilePrivateKey",
        "wallet_key": "walletPrivateKey",
        "nonce": "nonce",
        "profile_name": "profileName",
        "profile_hash": "profileHash",
        "valid_until": "validUntil",
        "link_message": "linkMessage",
        "signature": "signature",
        "reason": "reason",
        "code": "code",
        "pairing": "pairing",
    },
)

_OLDER_FIELDS: Final = {
    "profile_key": "privateKey",
    "link_message": "linkMessage",
    "signature": "signature",
}

OLDER: Final = LinkVocabulary(
    name="LSP_LINK",
    types={
        LinkKind.REQUEST: "LSP_LINK",
        LinkKind.RECOVER: "LSP_LINK",
        LinkKind.ACCEPT: "LSP_LINK_ACCEPT",
    },
    member="LSP",
    fields=_OLDER_FIELDS,
    bare_request_recovers=True,
    accepts_by_name=True,
)

DRAFT: Final = LinkVocabulary(
    name="LINK_LSP",
    # The draft names the request only; the page after it says how the rest goes.
    types={**OLDER.types, LinkKind.REQUEST: "LINK_LSP", LinkKind.RECOVER: "LINK_LSP"},
    member=OLDER.member,
    fields=_OLDER_FIELDS,
    bare_request_recovers=True,
    accepts_by_name=True,
)

VOCABULARIES: Final = {vocabulary.name: vocabulary for vocabulary in (NEWEST, OLDER, DRAFT)}

TYPE_TO_LINK: Final = {
    spelling: (vocabulary, kind)
    # The newest and, of the kinds that share a type, the first one decide.
    for vocabulary in reversed(VOCABULARIES.values())
    for kind, spelling in reversed(vocabulary.types.items())
}
"""Which step of which vocabulary a message type is."""
