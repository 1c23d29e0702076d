"""Profiles of people and of delivery services (specification 2.2)."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from dm3.base import sha256_hex


class RecordKey(StrEnum):
    """The ENS text records of dm3."""

    PROFILE = "network.dm3.profile"
    DELIVERY_SERVICE = "network.dm3.deliveryService"
    LINK = "network.dm3.link"


class Profile(Struct, frozen=True):
    """What a profile publishes.

    Keys have 32 bytes; a signing key as the published text has it (secp256k1) 33 or 65.

    ``signing_key``: the public key that messages are signed with.
    ``encryption_key``: the public key that messages are sealed for.
    ``delivery_services``: ENS names of the delivery services, first choice first.
    """

    signing_key: bytes
    encryption_key: bytes
    delivery_services: tuple[str, ...]


class SignedProfile(Struct, frozen=True):
    """A profile with its owner's signature.

    Signatures and hashes are taken over the texts as received, unknown members included.

    ``profile``: what was signed.
    ``signature``: the owner's wallet signature, 0x-hex.
    ``profile_text``: the canonical JSON of the profile.
    ``text``: the canonical JSON of the whole.
    """

    profile: Profile
    signature: str
    profile_text: str
    text: str

    @property
    def hash(self) -> str:
        """The profile hash, ``dm3Hash``."""
        return sha256_hex(self.text)


class DeliveryServiceProfile(Struct, frozen=True):
    """Public keys, as those of a `Profile`, and base URL of a delivery service."""

    signing_key: bytes
    encryption_key: bytes
    url: str


class DeliveryServiceProperties(Struct, frozen=True):
    """What a delivery service promises.

    ``message_ttl`` is how long it keeps messages, in seconds; 0 is without end.
    ``size_limit`` is how much it takes, in bytes.
    ``plain``: it answers as the reference's services do, which have neither readers nor cursors, and answer
    a submission with a word that is no JSON (specification 2.5.1).
    """

    message_ttl: int
    size_limit: int
    plain: bool = False


class ProfileExtension(Struct, frozen=True):
    """What a profile says of itself beyond its keys; empty or None means nothing is known.

    ``stated`` is False where the profile has never said it, and its delivery service answers with the base
    protocol's types (specification 2.5): then nothing is known of any type.
    """

    encryption_schemes: tuple[str, ...] = ()
    supported_types: tuple[str, ...] | None = None
    unsupported_types: tuple[str, ...] = ()
    stated: bool = True

    def supports(self, message_type: str) -> bool | None:
        """Whether the type is supported; None when the profile does not say."""
        if message_type in self.unsupported_types:
            return False
        if self.supported_types is None or not self.stated:
            return None
        return message_type in self.supported_types
