"""The link record in the making, its parts open to be falsified one by one."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from dm3.base import canonical_json, sha256_hex
from dm3.crypto import ProfileKeys, sign
from dm3.model import LinkRecord
from dm3.protocol.linking import (
    OutgoingLink,
    OutgoingLinkState,
    disclosure_of,
    make_record,
    print_link_message,
)
from dm3.wire import unsigned_record_json
from tests.unit.linking.scene import LSP, MAIN, MAIN_NAME, NOW, OWNER, TERM, link_message

TEXT = print_link_message(link_message())


def asking(**changes: Any) -> OutgoingLink:
    values: dict[str, Any] = {
        "state": OutgoingLinkState.LINKED,
        "main_name": MAIN_NAME,
        "link_message": TEXT,
        "wallet_signature": OWNER.sign_now(TEXT),
        "requested_until": NOW + TERM,
        "valid_until": NOW + TERM,
        "accepted_message": TEXT,
        "main_signature": sign(MAIN.keys.signing_private, sha256_hex(TEXT)),
    }
    return OutgoingLink(**{**values, **changes})


def make(*, public: bool = False, keys: ProfileKeys = LSP.keys, **changes: Any) -> LinkRecord:
    """A record; ``changes`` replace its parts before it is signed with ``keys``."""
    record = make_record(asking(public_record=public), LSP.name, LSP.signed_profile.hash, keys)
    record = structs.replace(record, **changes)
    text = canonical_json(unsigned_record_json(record))
    return structs.replace(record, signature=sign(keys.signing_private, text), signed_text=text)


DISCLOSURE = disclosure_of(asking(), LSP.keys)
