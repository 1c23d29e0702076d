"""The Link Message: what the owner's wallet signs (``profile-links.md``; specification 3.3).

Printed one way. The ``Resources:`` list binds what the specification's text leaves open.
"""

from __future__ import annotations

from typing import Final

from dm3.base.errors import InvalidInput
from dm3.crypto import RandomBytes
from dm3.model import LinkMessage
from dm3.protocol.wallets import time_text

from .link_message_reading import KIND_NAMES, STATEMENT, parse_link_message
from .refusals import LinkRefused

NOTE: Final = "(There is no paid transaction initiated. The signature is used off-chain only.)"


def new_link_nonce(random: RandomBytes) -> str:
    """A Link Message's nonce: 128 random bits as 32 hex digits."""
    return random(16).hex()


def print_link_message(message: LinkMessage) -> str:
    """Print the exact text that the wallet signs.

    Raises `InvalidInput` unless the text says exactly what ``message`` says: no part may bring lines of
    its own.
    """
    text = _text(message)
    try:
        faithful = parse_link_message(text) == message
    except LinkRefused as refused:
        raise InvalidInput(f"no Link Message can be made of this: {refused.detail}") from None
    if not faithful:
        raise InvalidInput("a Link Message's parts are single words, and its names in normal form")
    return text


def _text(message: LinkMessage) -> str:
    lines = [
        STATEMENT,
        message.main_name,
        "",
        NOTE,
        "",
        f"URI: {message.uri}",
        f"Version: {message.version}",
        f"Chain ID: {message.chain_id}",
        f"Nonce: {message.nonce}",
        f"Issued At: {time_text(message.issued_at)}",
    ]
    if message.expires_at is not None:
        lines.append(f"Expiration Time: {time_text(message.expires_at)}")
    resources = [
        f"- dm3:{label}:{value}"
        for label, value in (
            ("type", message.kind and KIND_NAMES[message.kind]),
            ("profile", message.profile_name),
            ("profile-hash", message.profile_hash),
            ("recover-into", message.recover_into),
            ("owner", message.owner),
        )
        if value is not None
    ]
    return "\n".join([*lines, "Resources:", *resources] if resources else lines)
