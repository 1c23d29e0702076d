"""Linking: what travels in messages, what the wallet signs, what is published (specification 3)."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from dm3.crypto import Seed, WalletKey


class LinkKind(StrEnum):
    """The steps of linking, whatever a vocabulary calls them. The last two are ours (specification 3.9)."""

    REQUEST = "request"
    RECOVER = "recover"
    ACCEPT = "accept"
    REJECT = "reject"
    REVOKE = "revoke"


class LinkPayload(Struct, frozen=True, kw_only=True):
    """The ``link`` member of a message's metadata (``profile-links.md``, Extension of Message Metadata).

    ``valid_until`` in UNIX seconds; ``nonce`` is the key-creation nonce; ``signature`` is the wallet's
    over ``link_message``, or in an acceptance the main profile's (base64 Ed25519) over its hash. The
    older vocabularies leave out much of it: an empty name or hash, and a validity of 0, were not said.
    ``pairing`` is the proof of a pairing code (specification 5.1), base64.
    """

    kind: LinkKind
    profile_name: str
    profile_hash: str
    valid_until: int
    link_message: str
    signature: str
    profile_key: Seed | None = None
    wallet_key: WalletKey | None = None
    nonce: str | None = None
    reason: str | None = None
    code: str | None = None
    pairing: str | None = None
    vocabulary: str = "LINK"

    def without_keys(self) -> LinkPayload:
        """The same payload, fit to be kept or shown: private keys and nonce removed."""
        return LinkPayload(
            kind=self.kind,
            profile_name=self.profile_name,
            profile_hash=self.profile_hash,
            valid_until=self.valid_until,
            link_message=self.link_message,
            signature=self.signature,
            vocabulary=self.vocabulary,
        )


class LinkMessage(Struct, frozen=True, kw_only=True):
    """The text that the owner's wallet signs to link or to recover; times in UNIX seconds.

    ``expires_at`` is when the link is to end. The last five come from the ``Resources:`` list
    (specification 3.3) and are None where another implementation left them out.
    """

    main_name: str
    uri: str
    nonce: str
    issued_at: int
    expires_at: int | None
    chain_id: int = 1
    version: str = "1"
    kind: LinkKind | None = None
    profile_name: str | None = None
    profile_hash: str | None = None
    recover_into: str | None = None
    owner: str | None = None

    @property
    def is_bound(self) -> bool:
        """Whether the text itself says which step of which profile it is for (specification 3.3)."""
        named = self.kind and self.profile_name and self.profile_hash
        return bool(named and (self.kind is not LinkKind.RECOVER or self.recover_into))


class LinkRecord(Struct, frozen=True, kw_only=True):
    """The text record ``network.dm3.link`` (specification 3.4); ``valid_until`` in UNIX seconds.

    In public mode ``main`` and ``main_signature`` are set, in private mode only ``main_commitment``.
    ``signed_text`` is the canonical JSON without the signature, as received.
    """

    profile_name: str
    profile_hash: str
    valid_until: int
    link_message_hash: str
    signature: str
    signed_text: str
    main: str | None = None
    main_signature: str | None = None
    main_commitment: str | None = None
    version: int = 1
