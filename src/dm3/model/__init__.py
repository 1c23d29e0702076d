"""Frozen records of the protocol. No JSON spellings here: those are in `dm3.wire`."""

from .envelope import DeliveryInformation, Envelope, Postmark
from .link import LinkKind, LinkMessage, LinkPayload, LinkRecord
from .message import BASE_TYPES, DEVICE_SYNC, Attachment, Draft, Message, MessageType
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
    "Message",
    "MessageType",
    "Postmark",
    "Profile",
    "ProfileExtension",
    "RecordKey",
    "SignedProfile",
]
