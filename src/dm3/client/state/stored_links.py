"""The stored forms of linking, by version; see `dm3.client.state.stored_records`."""

from __future__ import annotations

from typing import Literal

from dm3.crypto import PairingCode, Seed, WalletKey
from dm3.store.vault import Stored


class AskedV1(Stored):
    """A link request that was sent; part of an asking."""

    link_message: str
    wallet_signature: str
    until: int
    with_keys: bool


class PairingProofsV1(Stored):
    """The proofs of a pairing code; part of what was asked."""

    request: str
    acceptance: str


class AskedV2(AskedV1):
    """It may have been asked with a pairing code."""

    pairing: PairingProofsV1 | None = None


class AskingV1(Stored):
    """A linked profile's view of its request and link."""

    state: Literal["unlinked", "requested", "linked", "expired"]
    main_name: str
    link_message: str
    wallet_signature: str
    requested_until: int
    after_accept: bool = False
    public_record: bool = False
    valid_until: int = 0
    accepted_message: str | None = None
    accepted_signature: str = ""
    accepted_until: int = 0
    main_signature: str | None = None
    earlier: tuple[AskedV1, ...] = ()


class AskingV2(AskingV1):
    """Whose the main profile is, and with which code it was asked."""

    earlier: tuple[AskedV2, ...] = ()
    pairing: PairingProofsV1 | None = None
    main_owner: str = ""
    other_owner: bool = False
    reads_ours: bool = False


class RecoveryV1(Stored):
    """A recovery under way."""

    state: Literal["new", "asking", "recovered", "failed"]
    profile_name: str
    profile_hash: str
    main_name: str
    temporary_name: str
    link_message: str
    wallet_signature: str
    started_at: int
    gives_up_at: int
    rejection: str | None = None


class RecoveryV2(RecoveryV1):
    """It may have been asked for with a pairing code."""

    pairing: PairingProofsV1 | None = None


class LinkPayloadV1(Stored):
    """The ``link`` member of a message; part of a request."""

    kind: Literal["request", "recover", "accept", "reject", "revoke"]
    profile_name: str
    profile_hash: str
    valid_until: int
    link_message: str
    signature: str
    profile_key: Seed | None = None
    wallet_key: WalletKey | None = None
    nonce: str | None = None
    reason: str | None = None
    vocabulary: str = "LINK"


class LinkPayloadV2(LinkPayloadV1):
    """It may prove a pairing code, and say by a code why something was refused."""

    pairing: str | None = None
    code: str | None = None


class RequestV1(Stored):
    """A profile's request at the main profile."""

    state: Literal["none", "pending", "rejected"]
    profile_name: str
    payload: LinkPayloadV1
    main_name: str
    owner: str
    own_wallet: bool
    bound: bool
    uri: str
    nonce: str
    reply_to: str
    reply_hash: str
    message_hash: str
    received_at: int
    expires_at: int
    issued_at: int = 0


class RequestV2(RequestV1):
    """The link's page, what the wallet was shown, and the proof of a pairing code."""

    payload: LinkPayloadV2
    link_uri: str = ""
    opaque: bool = False
    signed_until: int = 0
    paired: str | None = None


class LinkV1(Stored):
    """A link at the main profile."""

    state: Literal["none", "awaiting-keys", "linked", "expired"]
    profile_name: str
    profile_hash: str
    main_name: str
    owner: str
    uri: str
    valid_until: int
    linked_at: int
    link_message: str
    vocabulary: str
    profile_key: Seed | None = None
    wallet_key: WalletKey | None = None
    nonce: str | None = None
    recoveries: tuple[int, ...] = ()
    earlier_messages: tuple[str, ...] = ()
    renewals: tuple[str, ...] = ()
    asked_at: int = 0


class LinkMomentV1(Stored):
    """One line of a link's history; part of a link."""

    at: int
    what: Literal["linked", "renewed", "recovered"]
    until: int
    page: str
    to: str


class LinkV2(LinkV1):
    """With the user's word on recoveries and on its term, its history, and whether a code has made it."""

    recovery: Literal["ask", "unattended"] | None = None
    uncovered: bool = False
    history: tuple[LinkMomentV1, ...] = ()
    paired: bool = False


class UsedNonceV1(Stored):
    """A Link Message's nonce that counts no more."""

    owner: str
    nonce: str
    message_hash: str
    expires_at: int


class PairingOfferV1(Stored):
    """A pairing code that was shown."""

    code: PairingCode
    until: int
    wrong: int = 0


class PairingWindowV1(Stored):
    """Until when other wallets may ask to be linked."""

    until: int


class ToldRequestV1(Stored):
    """A Link Message whose asker was told that it is refused."""

    text_hash: str
    at: int
