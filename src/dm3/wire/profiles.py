"""Profiles as JSON (specification 2.2, 2.5)."""

from __future__ import annotations

import re
from typing import Any, Final

from dm3.base import Members, canonical_json, from_base64, normalize, read_json, to_base64
from dm3.base.errors import MalformedData
from dm3.crypto import checksum_address, is_signing_key
from dm3.model import (
    DeliveryServiceProfile,
    DeliveryServiceProperties,
    MessageType,
    Profile,
    ProfileExtension,
    SignedProfile,
)

MAX_PROFILE_BYTES: Final = 64 * 1024
MAX_DELIVERY_SERVICES: Final = 16
DAY: Final = 86_400

_HTTP_URL = re.compile(r"https?://[^\s\"'<>\\]{1,2000}")


def profile_json(profile: Profile) -> dict[str, Any]:
    """The unsigned profile as JSON members."""
    return {
        "publicEncryptionKey": to_base64(profile.encryption_key),
        "publicSigningKey": to_base64(profile.signing_key),
        "deliveryServices": list(profile.delivery_services),
    }


def profile_message(profile_text: str, address: str) -> str:
    """The text that the owner of ``address`` signs to publish a profile (specification 2.2)."""
    return (
        "dm3.chat wants you register your dm3 profile with your Ethereum account:\n"
        f"{checksum_address(address)}\n\n"
        "This is required only once!\n"
        "(There is no paid transaction initiated. The signature is used off-chain only.)\n\n"
        "URI: https://dm3.chat\n"
        "Version: 1\n"
        f"dm3 Profile: {profile_text}"
    )


def with_signature(profile: Profile, signature: str) -> SignedProfile:
    """Join a profile with its owner's signature (0x-hex)."""
    members = profile_json(profile)
    return SignedProfile(
        profile,
        signature,
        canonical_json(members),
        canonical_json({"profile": members, "signature": signature}),
    )


def signed_profile_from(value: Any) -> SignedProfile:
    """Read a signed profile from a JSON value. Raises `MalformedData`; verifies no signature."""
    signed = Members(value, "the signed profile")
    members = signed.object("profile")
    text = canonical_json(value)
    if len(text) > MAX_PROFILE_BYTES:
        raise MalformedData(f"the signed profile has more than {MAX_PROFILE_BYTES} characters")
    services = members.texts("deliveryServices", max_items=MAX_DELIVERY_SERVICES, max_length=255)
    profile = Profile(
        _signing_key(members),
        from_base64(members.text("publicEncryptionKey"), what="publicEncryptionKey", length=32),
        tuple(normalize(name) for name in services),
    )
    signature = signed.text("signature", max_length=20_000)
    return SignedProfile(profile, signature, canonical_json(members.raw()), text)


def _signing_key(members: Members) -> bytes:
    key = from_base64(members.text("publicSigningKey"), what="publicSigningKey")
    if not is_signing_key(key):
        raise MalformedData(f"publicSigningKey has {len(key)} bytes instead of 32, or is no key")
    return key


def read_signed_profile(text: str | bytes) -> SignedProfile:
    """Read a signed profile from JSON text. Raises `MalformedData` or `TooLarge`."""
    return signed_profile_from(read_json(text, what="the signed profile", max_bytes=MAX_PROFILE_BYTES))


def delivery_service_json(profile: DeliveryServiceProfile) -> dict[str, Any]:
    """A delivery service's profile as JSON members: exactly those the reference's schema allows."""
    return {
        "publicSigningKey": to_base64(profile.signing_key),
        "publicEncryptionKey": to_base64(profile.encryption_key),
        "url": profile.url,
    }


def read_delivery_service(text: str | bytes) -> DeliveryServiceProfile:
    """Read a delivery service's profile. Raises `MalformedData` or `TooLarge`."""
    what = "the delivery-service profile"
    members = Members(read_json(text, what=what, max_bytes=MAX_PROFILE_BYTES), what)
    url = members.text("url", max_length=2000)
    if not _HTTP_URL.fullmatch(url):
        raise MalformedData(f"{what}: url is not an http or https URL")
    return DeliveryServiceProfile(
        _signing_key(members),
        from_base64(members.text("publicEncryptionKey"), what="publicEncryptionKey", length=32),
        url.rstrip("/"),
    )


def properties_json(properties: DeliveryServiceProperties) -> dict[str, Any]:
    """The result of ``dm3_getDeliveryServiceProperties``."""
    days = -(-properties.message_ttl // DAY)
    return {"messageTTL": days, "sizeLimit": properties.size_limit}


def properties_from(value: Any) -> DeliveryServiceProperties:
    """Read the result of ``dm3_getDeliveryServiceProperties``, an object or its JSON as a text.

    The time is in days by the published text; the reference writes milliseconds, our first services wrote
    seconds: so much is no number of days. Raises `MalformedData`.
    """
    members = Members(_told(value), "the delivery-service properties")
    told = members.whole("messageTTL") if "messageTTL" in members.raw() else 0
    seconds = told // 1000 if told >= DAY * 1000 else told if told >= DAY else told * DAY
    size = members.whole("sizeLimit")
    if min(told, size) < 0:
        raise MalformedData("the delivery-service properties are below zero")
    return DeliveryServiceProperties(seconds, size, isinstance(value, str))


def _told(result: Any) -> Any:
    """The value of a JSON-RPC result, which the reference writes as a text of JSON."""
    return read_json(result, what="the result") if isinstance(result, str) else result


def extension_json(extension: ProfileExtension) -> dict[str, Any]:
    """The result of ``dm3_getProfileExtension``, in both spellings (specification 2.6)."""
    members: dict[str, Any] = {
        "encryptionScheme": list(extension.encryption_schemes),
        "notSupportedMessageTypes": list(extension.unsupported_types),
    }
    if extension.supported_types is not None:
        members["supportedMessageTypes"] = list(extension.supported_types)
    if not extension.stated:
        members["stated"] = False
    return members


def extension_from(value: Any) -> ProfileExtension:
    """Read the result of ``dm3_getProfileExtension`` in either spelling. Raises `MalformedData`."""
    members = Members(_told(value), "the profile extension")

    def listed(*keys: str) -> tuple[str, ...] | None:
        for key in keys:
            if members.optional_items(key) is not None:
                return members.texts(key, max_length=100)
        return None

    return ProfileExtension(
        listed("encryptionScheme", "encryptionAlgorithm") or (),
        listed("supportedMessageTypes"),
        # The reference's default says so for everybody, who read such messages all the same.
        tuple(kind for kind in listed("notSupportedMessageTypes") or () if kind != MessageType.NEW),
        members.raw().get("stated") is not False,
    )
