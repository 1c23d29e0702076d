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
    """The ``link`` member of a message's metadata (specification 3.2).

    The older vocabularies leave out much of it: an empty name or hash, and a validity of 0, were not
    said.

    ``kind``: which step of linking it is.
    ``profile_name``: the profile that is linked, or to be.
    ``profile_hash``: the hash of its signed profile.
    ``valid_until``: when the link ends, in UNIX seconds.
    ``link_message``: the text that the wallet signed.
    ``signature``: the wallet's over it (0x-hex), or in an acceptance the main profile's (base64) over its
    hash.
    ``profile_key``: the seed of the profile's keys.
    ``wallet_key``: the key of its own wallet.
    ``nonce``: the key-creation nonce.
    ``reason``: why it was rejected or revoked, for people.
    ``code``: why it was rejected, for programs.
    ``pairing``: the proof of a pairing code (specification 5.1), base64.
    ``vocabulary``: the spelling that the message has.
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
    """The text record ``network.dm3.link`` (specification 3.4).

    ``profile_name``: the linked profile.
    ``profile_hash``: the hash of its signed profile.
    ``valid_until``: when the link ends, in UNIX seconds.
    ``link_message_hash``: the hash of the Link Message that was accepted.
    ``signature``: the linked profile's over the record.
    ``signed_text``: the canonical JSON without the signature, as received.
    ``main``: the main profile's name, in public mode.
    ``main_signature``: the main profile's signature, in public mode.
    ``main_commitment``: what binds to both and hides them, in private mode.
    ``version``: the version of the record's form.
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
