"""Frozen records of the protocol. No JSON spellings here: those are in `dm3.wire`."""

from .envelope import DeliveryInformation, Envelope, Postmark
from .link import LinkKind, LinkMessage, LinkPayload, LinkRecord
from .message import Attachment, Draft, Message
from .message_types import BASE_TYPES, DEVICE_SYNC, MEANINGS, Meaning, MessageType, meaning_of
from .profile import (
    DeliveryServiceProfile,
    DeliveryServiceProperties,
    Profile,
    ProfileExtension,
    RecordKey,
    SignedProfile,
)

__all__ = [
    "BASE_TYPES",
    "DEVICE_SYNC",
    "MEANINGS",
    "Attachment",
    "DeliveryInformation",
    "DeliveryServiceProfile",
    "DeliveryServiceProperties",
    "Draft",
    "Envelope",
    "LinkKind",
    "LinkMessage",
    "LinkPayload",
    "LinkRecord",
    "Meaning",
    "Message",
    "MessageType",
    "Postmark",
    "Profile",
    "ProfileExtension",
    "RecordKey",
    "SignedProfile",
    "meaning_of",
]
