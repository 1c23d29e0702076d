"""`dm3 inspect`: what an envelope, a Link Message or a link record says, without any network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from dm3.base import read_json, sha256_hex
from dm3.base.errors import Dm3Error, InvalidInput
from dm3.crypto import DEFAULT_NONCE, is_key_creation_text, recover_personal
from dm3.protocol.linking import parse_link_message, parse_record
from dm3.wire import envelope_from, profile_message, read_link_record, read_sealed, signed_profile_from

from ..console.command import Call, command
from ..console.output import emit, local_time
from ..console.session import read_text

Facts = dict[str, Any]

KEY_CREATION_WARNING: Final = (
    "Whoever has a wallet's signature over this text has the profile's keys. Sign it in your own messenger "
    "or in the component that makes the profile, and never where a page asks for it for anything else."
)

_SIGN_IN: Final = " wants you to sign in with your Ethereum account:"
"""Of a strict EIP-4361 message, which may be a Link Message as well."""


def add_inspect_command(app: typer.Typer) -> None:
    """Add `dm3 inspect`."""

    @command(app, "inspect")
    def inspect_(
        call: Call,
        file: Annotated[Path, typer.Argument(help="The file; - reads standard input.")],
        signature: Annotated[
            str, typer.Option(help="A wallet's signature over a Link Message: shows who signed.")
        ] = "",
    ) -> None:
        """Explain an envelope, a Link Message, a link record or a signed profile, offline.

        Example: dm3 inspect envelope.json
        """
        facts = explain(read_text(file), signature)
        width = max(map(len, facts))
        lines = [f"{key.ljust(width)}  {value}" for key, value in facts.items()]
        emit({"ok": True, **facts}, call.json, *lines)


def explain(text: str, signature: str = "") -> Facts:
    """What ``text`` is and says. Raises `InvalidInput` when it is none of the known things."""
    text = text.strip()
    if is_key_creation_text(text):
        return _key_creation(text)
    if text.startswith("Link your local profile") or _SIGN_IN in text.partition("\n")[0]:
        return _link_message(text, signature)
    if text.startswith("data:"):
        return _record(text)
    if not text.startswith("{"):
        raise InvalidInput("this is neither an envelope nor a Link Message nor a link record")
    value = read_json(text, what="the file")
    if "deliveryInformation" in str(value.get("metadata", "")):
        return _envelope(value)
    if "linkMessageHash" in value:
        return _record_facts(text)
    if "profile" in value:
        return _profile(value)
    raise InvalidInput("this JSON is neither an envelope nor a link record nor a signed profile")


def _key_creation(text: str) -> Facts:
    return {
        "what": "key-creation message",
        "hash": sha256_hex(text),
        "for": "a main profile" if DEFAULT_NONCE in text else "one profile: it has a nonce of its own",
        "WARNING": KEY_CREATION_WARNING,
    }


def _envelope(value: Any) -> Facts:
    envelope = envelope_from(value)
    box = read_sealed(envelope.message)
    opened = envelope.open_information
    return {
        "what": "envelope",
        "version": envelope.version,
        "encryptionScheme": envelope.scheme or "(not named)",
        "message": f"sealed, {len(box.ciphertext)} bytes: only its receiver can open it",
        "deliveryInformation": f"{opened.from_} → {opened.to}"
        if opened
        else "sealed for the delivery service",
        "messageHash": envelope.message_hash or "(none)",
        "encryptedMessageHash": envelope.encrypted_message_hash or "(none)",
        "signature": envelope.signature,
        "postmark": "sealed for the receiver" if envelope.postmark else "(none)",
    }


def _link_message(text: str, signature: str) -> Facts:
    message = parse_link_message(text)
    facts: Facts = {
        "what": "Link Message",
        "hash": sha256_hex(text),
        "mainProfile": message.main_name,
        "step": message.kind or "(not named)",
        "profile": message.profile_name or "(not named)",
        "profileHash": message.profile_hash or "(not named)",
        "recoverInto": message.recover_into or "-",
        "owner": message.owner or "(not named)",
        "uri": message.uri,
        "issued": local_time(message.issued_at),
        "expires": local_time(message.expires_at) if message.expires_at else "(never)",
        "nonce": message.nonce,
        "bound": "yes" if message.is_bound else "NO: it may have been signed for something else",
    }
    if signature:
        try:
            facts["signedBy"] = recover_personal(text, signature)
        except Dm3Error as error:
            facts["signedBy"] = f"nobody: {error}"
    return facts


def _record(text: str) -> Facts:
    try:
        parse_record(text)
    except Dm3Error:
        from dm3.wire import InlineRecord, read_text_record

        found = read_text_record(text)
        if not isinstance(found, InlineRecord):
            raise
        if found.text.lstrip().startswith("data:"):  # however deep: nobody publishes such a thing
            raise InvalidInput("this is a data: URI with another one in it, and no record") from None
        return explain(found.text)
    return _record_facts(text)


def _record_facts(text: str) -> Facts:
    record = parse_record(text) if text.startswith("data:") else read_link_record(text)
    return {
        "what": "link record",
        "profile": record.profile_name,
        "profileHash": record.profile_hash,
        "validUntil": local_time(record.valid_until),
        "linkMessageHash": record.link_message_hash,
        "mainProfile": record.main or "private: only a commitment is published",
        "commitment": record.main_commitment or "-",
        "signature": record.signature,
        "verified": "no: that needs the network, see dm3 link verify",
    }


def _profile(value: Any) -> Facts:
    signed = signed_profile_from(value)
    return {
        "what": "signed profile",
        "hash": signed.hash,
        "deliveryServices": ", ".join(signed.profile.delivery_services) or "(none)",
        "signature": signed.signature,
        "signedText": profile_message(signed.profile_text, "0x" + "0" * 40).split("\n", 1)[0],
    }
