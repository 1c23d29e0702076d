"""Where the published text, the reference and the older pages differ: tables, and nothing but tables.

`protocol.md` 2.6 and 3.7 list the differences. Readers accept every column, writers use the reference's
spelling (or both where both may be written). No other module asks which dialect it is in.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from dm3.model import LinkKind, MessageType

TYPE_ALIASES: Final = {"READ_RECEIPT": MessageType.READ_OPENED}
"""Published message types → the reference's name for them."""

POSTMARK_TIMES: Final = ("incommingTimestamp", "incomingTimestamp")
"""The reference's spelling first; both are written, either is read."""

SERVICE_FALLBACK: Final = "This is a service message for linking profiles; your app does not show it."


class LinkVocabulary(Struct, frozen=True):
    """The names that one page of the specification uses for linking.

    ``types`` maps each step to its message type; ``member`` is the metadata member that carries the
    payload; ``fields`` maps the payload's attributes to JSON names (absent: the page has no such field).
    ``bare_request_recovers`` says that a request without a private key means recovery.
    """

    name: str
    types: dict[LinkKind, str]
    member: str
    fields: dict[str, str]
    bare_request_recovers: bool = False


NEWEST: Final = LinkVocabulary(
    name="LINK",
    types={
        LinkKind.REQUEST: MessageType.LINK,
        LinkKind.RECOVER: MessageType.LINK_RECOVER,
        LinkKind.ACCEPT: MessageType.LINK_ACCEPT,
    },
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
    },
)

VOCABULARIES: Final = {NEWEST.name: NEWEST}

TYPE_TO_LINK: Final = {
    spelling: (vocabulary, kind)
    for vocabulary in VOCABULARIES.values()
    for kind, spelling in vocabulary.types.items()
}
