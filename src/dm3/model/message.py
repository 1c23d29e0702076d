"""Messages as their receiver reads them (specification 2.4)."""

from __future__ import annotations

from msgspec import Struct

from dm3.base import sha256_hex

from .link import LinkPayload
from .message_types import MessageType


class Attachment(Struct, frozen=True):
    """An attachment.

    ``data``: a URI: ``data:``, ``https:`` or ``ipfs:``.
    ``name``: its file name, where the sender gave one.
    """

    data: str
    name: str | None = None


class Draft(Struct, frozen=True, kw_only=True):
    """A message that is not signed yet; ``timestamp`` in milliseconds.

    ``public``: whoever reads it may show it to everybody (specification 5.8).
    """

    to: str
    from_: str
    timestamp: int
    type: str = MessageType.NEW
    content: str | None = None
    attachments: tuple[Attachment, ...] | None = None
    reference: str | None = None
    reply_delivery_instruction: str | None = None
    link: LinkPayload | None = None
    public: bool = False


class Message(Struct, frozen=True, kw_only=True):
    """A signed message. ``timestamp`` in milliseconds, ``signature`` base64.

    ``signed_text`` is the canonical JSON without the signature, ``text`` the one with it, both of the
    data as received. Attachments that came as bare URI strings have no name (specification 2.6).
    ``public``: its author wants it shown to everybody (5.8).
    """

    to: str
    from_: str
    timestamp: int
    type: str
    content: str | None
    attachments: tuple[Attachment, ...]
    reference: str | None
    reply_delivery_instruction: str | None
    link: LinkPayload | None
    signature: str
    signed_text: str
    text: str
    public: bool = False

    @property
    def hash(self) -> str:
        """The message hash by which others refer to it."""
        return sha256_hex(self.text)
