"""Messages as JSON (specification 2.4), in every spelling of 2.6."""

from __future__ import annotations

from typing import Any, Final

from dm3.base import UNDEFINED, Members, canonical_json, normalize, read_json
from dm3.base.errors import MalformedData
from dm3.model import Attachment, Draft, Message

from .dialects import TYPE_ALIASES, TYPE_TO_LINK
from .links import link_member, link_payload_from

MAX_ATTACHMENTS: Final = 100


def draft_json(draft: Draft) -> dict[str, Any]:
    """The unsigned message as JSON members: what is signed is their canonical JSON."""
    metadata: dict[str, Any] = {
        "to": draft.to,
        "from": draft.from_,
        "timestamp": draft.timestamp,
        "type": draft.type,
    }
    if draft.reference is not None:
        metadata["referenceMessageHash"] = draft.reference
    if draft.reply_delivery_instruction is not None:
        metadata["replyDeliveryInstruction"] = draft.reply_delivery_instruction
    if draft.public:
        metadata["public"] = True
    if draft.link is not None:
        name, members = link_member(draft.link)
        metadata[name] = members
    message: dict[str, Any] = {"metadata": metadata}
    if draft.content is not None:
        message["message"] = draft.content
    if draft.attachments is not None:
        message["attachments"] = [
            {"data": item.data, "name": UNDEFINED if item.name is None else item.name}
            for item in draft.attachments
        ]
    return message


def read_message(text: str) -> Message:
    """Read a message from the JSON text that was sealed.

    Accepts attachments as objects or as URI strings and any message type. Raises `MalformedData` or
    `InvalidName`; verifies no signature.
    """
    value = read_json(text, what="the message")
    members = Members(value, "the message")
    metadata = members.object("metadata")
    kind = metadata.text("type", max_length=100)
    linking = TYPE_TO_LINK.get(kind)
    unsigned = {key: item for key, item in value.items() if key != "signature"}
    return Message(
        to=normalize(metadata.text("to")),
        from_=normalize(metadata.text("from")),
        timestamp=metadata.whole("timestamp"),
        type=TYPE_ALIASES.get(kind, kind),
        content=members.optional_text("message"),
        attachments=_attachments(members),
        reference=metadata.optional_text("referenceMessageHash", max_length=100),
        reply_delivery_instruction=metadata.optional_text("replyDeliveryInstruction"),
        link=link_payload_from(metadata, *linking, metadata.text("from")) if linking else None,
        signature=members.text("signature", max_length=1000),
        signed_text=canonical_json(unsigned),
        text=canonical_json(value),
        public=metadata.raw().get("public") is True,
    )


def _attachments(members: Members) -> tuple[Attachment, ...]:
    found = members.optional_items("attachments") or []
    if len(found) > MAX_ATTACHMENTS:
        raise MalformedData(f"the message has more than {MAX_ATTACHMENTS} attachments")
    return tuple(_attachment(item) for item in found)


def _attachment(item: Any) -> Attachment:
    if isinstance(item, str):
        return Attachment(item)
    members = Members(item, "the attachment")
    return Attachment(members.text("data"), members.optional_text("name", max_length=1000))
