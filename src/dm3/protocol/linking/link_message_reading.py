"""Reading a Link Message, tolerantly (specification 3.3).

Two pages of the specification lay it out differently and one misspells it; what cannot be read refuses it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec.structs import replace

from dm3.base import normalize
from dm3.base.errors import InvalidInput, InvalidName, MalformedData, TooLarge
from dm3.crypto import checksum_address
from dm3.model import LinkKind, LinkMessage
from dm3.protocol.wallets import parse_siwe, unix_time

from .refusals import LinkRefused, Reason

STATEMENT: Final = "Link your local profile with your dm3 account:"
MAX_CHARS: Final = 8_000
_NOTES: Final = tuple(f"The signature is used {word} only." for word in ("off-chain", "offchain", "offcain"))


KIND_NAMES: Final = {LinkKind.REQUEST: "LINK", LinkKind.RECOVER: "LINK_RECOVER"}
_KINDS: Final = {name: kind for kind, name in KIND_NAMES.items()}

_LABELS: Final = (
    "URI",
    "Version",
    "Chain ID",
    "Nonce",
    "Issued At",
    "Expiration Time",
    "Not Before",
    "Request ID",
    "Resources",
)
_FIELD = re.compile(rf"(?:^|(?<=\s))({'|'.join(_LABELS)}):[ \t]*")
# It is shown to people, in terminals, too: nothing in it may move the cursor or turn the direction.
_UNSHOWABLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_HEX_CHAIN = re.compile(r"(Chain ID:[ \t]*)(0x[0-9a-fA-F]{1,16})(?=\s)")
_HEX_HASH = re.compile(r"(?:0x)?([0-9a-f]{64})")
_RESOURCE = re.compile(r"-\s*(\S+)")
_BINDINGS: Final = ("type", "profile", "profile-hash", "recover-into", "owner")


def parse_link_message(text: str) -> LinkMessage:
    """Read a Link Message in the layout of either page, misspelt or not, bound or not.

    A strict EIP-4361 message whose statement is the Link Message's is one as well; its address is then
    the owner. The bracketed note may be missing, the chain may be in hex. Raises `LinkRefused` (malformed,
    or unsupported for another version) for anything else, and for a text that says a thing twice.
    """
    if len(text) > MAX_CHARS:
        raise _malformed("it is too long")
    if _UNSHOWABLE.search(text):
        raise _malformed("it holds signs that cannot be shown")
    text = text.replace("\r\n", "\n").strip()
    text = _HEX_CHAIN.sub(lambda found: found[1] + str(int(found[2], 16)), text)
    return _from_page(text) if text.startswith(STATEMENT) else _from_siwe(text)


def _from_page(text: str) -> LinkMessage:
    main_name, tail = _statement(text)
    fields = _fields(tail)
    bound = _resources(filter(None, map(str.strip, fields.pop("Resources", "").split("\n"))))
    expires, begins = fields.get("Expiration Time"), fields.get("Not Before")
    issued = _time(fields["Issued At"])
    return _bind(
        LinkMessage(
            main_name=main_name,
            uri=fields["URI"],
            nonce=fields["Nonce"],
            issued_at=issued if begins is None else max(issued, _time(begins)),
            expires_at=None if expires is None else _time(expires),
            chain_id=int(fields["Chain ID"]),
            version=fields["Version"],
        ),
        bound,
    )


def _from_siwe(text: str) -> LinkMessage:
    try:
        siwe = parse_siwe(text)
    except (MalformedData, TooLarge, InvalidInput) as error:
        signs_in = " wants you to sign in" in text[:400]
        if not signs_in:
            raise _malformed("its statement is missing") from None
        raise _malformed(error.detail, error.hint) from None
    main_name, tail = _statement(siwe.statement or "")
    if tail.strip():
        raise _malformed("there is more in its statement than belongs there")
    bound = _resources(f"- {resource}" for resource in siwe.resources or ())
    message = LinkMessage(
        main_name=main_name,
        uri=siwe.uri,
        nonce=siwe.nonce,
        issued_at=max(siwe.issued_at, siwe.not_before or 0),
        expires_at=siwe.expires_at,
        chain_id=siwe.chain_id,
    )
    if bound.setdefault("owner", siwe.address) != siwe.address:
        raise _malformed("it names two owners")
    return _bind(message, bound)


def _statement(text: str) -> tuple[str, str]:
    """The main profile's name in what stands before the note, and what stands after the note."""
    head, opened, rest = text.partition("(There is no paid transaction initiated.")
    note, closed, tail = rest.partition(")")
    if not opened:
        fields = _FIELD.search(text)
        head, tail = (text, "") if fields is None else (text[: fields.start()], text[fields.start() :])
    if not head.startswith(STATEMENT) or bool(opened) != bool(closed):
        raise _malformed("its statement is missing")
    if opened and " ".join(note.split()) not in _NOTES:
        raise _malformed("its note has another wording")
    return _name(head.removeprefix(STATEMENT).strip().strip("[]")), tail


def _bind(message: LinkMessage, bound: Mapping[str, str]) -> LinkMessage:
    kind, profile = bound.get("type"), bound.get("profile")
    if kind is not None and kind not in _KINDS:
        raise _malformed("its type is not known")
    return replace(
        message,
        kind=_KINDS[kind] if kind else None,
        profile_name=None if profile is None else _name(profile),
        profile_hash=_hash(bound.get("profile-hash")),
        recover_into=_hash(bound.get("recover-into")),
        owner=_owner(bound.get("owner")),
    )


def _name(text: str) -> str:
    try:
        return normalize(text)
    except InvalidName as error:
        raise _malformed(str(error)) from None


def _hash(text: str | None) -> str | None:
    """A hash in the form that ours have, if it is one; else as it is, to be found wrong."""
    found = None if text is None else _HEX_HASH.fullmatch(text.lower())
    return text if found is None else f"0x{found[1]}"


def _owner(text: str | None) -> str | None:
    try:
        return None if text is None else checksum_address(text)
    except InvalidInput:
        raise _malformed("its owner is not an Ethereum address") from None


def _fields(text: str) -> dict[str, str]:
    """The labelled fields, whether each stands on its own line or all on one."""
    pieces = _FIELD.split(text)
    if pieces[0].strip():
        raise _malformed("there is text where its fields should be")
    labels, values = pieces[1::2], [value.strip() for value in pieces[2::2]]
    if len(set(labels)) != len(labels) or labels != [label for label in _LABELS if label in labels]:
        raise _malformed("its fields are repeated or out of order")
    fields = dict(zip(labels, values, strict=True))
    for label in _LABELS[:5]:
        if not fields.get(label) or any(sign.isspace() for sign in fields[label]):
            raise _malformed(f"{label} is missing or not one word")
    if fields["Version"] != "1":
        raise LinkRefused(Reason.UNSUPPORTED, "its version is not 1")
    if not re.fullmatch(r"[0-9]{1,20}", fields["Chain ID"]):
        raise _malformed("its chain ID is not a number")
    return fields


def _resources(lines: Iterable[str]) -> dict[str, str]:
    """What the text binds. A binding that cannot be read must not pass for one that is not there."""
    bound: dict[str, str] = {}
    for line in lines:
        found = _RESOURCE.fullmatch(line)
        if found is None:
            raise _malformed("a resource is not one word on a line of its own")
        scheme, _, rest = found[1].partition(":")
        label, _, value = rest.partition(":")
        if scheme == "dm3" and label in _BINDINGS:
            if not value or label in bound:
                raise _malformed(f"the resource dm3:{label} is empty or repeated")
            bound[label] = value
    return bound


def _time(text: str) -> int:
    try:
        return unix_time(text)
    except MalformedData as error:
        raise _malformed(error.detail) from None


def _malformed(detail: str, hint: str = "") -> LinkRefused:
    return LinkRefused(Reason.MALFORMED, detail, hint=hint or None)
