"""Sign-In with Ethereum (EIP-4361): reading and printing the message a host page obtained.

Pure: the time is an argument, and whether the wallet really signed is asked elsewhere (`WalletVerifier`).
A message that passes authorises an owner alias and nothing else (specification 3.2).
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from dm3.base.errors import InvalidInput, MalformedData, RemoteProtocolError, TooLarge
from dm3.crypto import checksum_address

from .times import time_text, unix_time

MAX_SIWE_BYTES: Final = 8 * 1024
MAX_RESOURCES: Final = 50
MAX_AGE: Final = 24 * 3600
"""How long a message without an expiration time counts, in seconds."""

_INTRODUCTION: Final = " wants you to sign in with your Ethereum account:"
_SCHEME: Final = "[A-Za-z][A-Za-z0-9+.-]*"
_ORIGIN = re.compile(rf"(?:({_SCHEME})://)?((?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{{1,5}})?)")
_URI = re.compile(rf"{_SCHEME}:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")
_NONCE = re.compile(r"[A-Za-z0-9]{8,256}")
_CHAIN = re.compile(r"0|[1-9][0-9]{0,18}")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._~:@!$&'()*+,;=%-]*")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class SiweMessage(Struct, frozen=True, kw_only=True):
    """An EIP-4361 message. Times are UNIX seconds, ``address`` is in EIP-55 form."""

    domain: str
    address: str
    uri: str
    chain_id: int
    nonce: str
    issued_at: int
    version: str = "1"
    scheme: str | None = None
    statement: str | None = None
    expires_at: int | None = None
    not_before: int | None = None
    request_id: str | None = None
    resources: tuple[str, ...] | None = None

    def valid_until(self, max_age: int = MAX_AGE) -> int:
        """When it ends, in UNIX seconds: as it says itself, else ``max_age`` seconds after issue."""
        return self.issued_at + max_age if self.expires_at is None else self.expires_at


class _Lines:
    """The lines of a text, taken one after the other."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._next = 0

    def take(self) -> str:
        if self._next >= len(self._lines):
            raise _malformed("it ends too early")
        self._next += 1
        return self._lines[self._next - 1]

    def blank(self, where: str) -> None:
        if self.take():
            raise _malformed(f"the line {where} is not empty")

    def field(self, name: str) -> str:
        value = self.optional(name)
        if value is None:
            raise _malformed(f"the line {name!r} is missing or out of place")
        return value

    def optional(self, name: str) -> str | None:
        if self._next < len(self._lines) and self._lines[self._next].startswith(name + ": "):
            return self.take()[len(name) + 2 :]
        return None

    def resources(self) -> tuple[str, ...] | None:
        if self._next == len(self._lines):
            return None
        if self.take() != "Resources:":
            raise _malformed("there is a line that does not belong into it")
        listed = self._lines[self._next :]
        if len(listed) > MAX_RESOURCES:
            raise _malformed(f"it has more than {MAX_RESOURCES} resources")
        if not all(line.startswith("- ") and _URI.fullmatch(line, 2) for line in listed):
            raise _malformed("a resource is not a URI")
        return tuple(line[2:] for line in listed)


def _malformed(reason: str, hint: str | None = None) -> MalformedData:
    return MalformedData(f"the sign-in message does not follow EIP-4361: {reason}", hint=hint)


def parse_siwe(text: str) -> SiweMessage:
    """Read an EIP-4361 message, line by line as the standard has it; no line more, none less.

    Raises `TooLarge` above 8 KB and `MalformedData`. The statement may hold any printable character.
    """
    if len(text) > MAX_SIWE_BYTES or len(text.encode("utf-8", "replace")) > MAX_SIWE_BYTES:
        raise TooLarge(f"the sign-in message has more than {MAX_SIWE_BYTES} bytes")
    lines = _Lines(text)
    origin = _ORIGIN.fullmatch(lines.take().removesuffix(_INTRODUCTION))
    if not text.partition("\n")[0].endswith(_INTRODUCTION) or not origin:
        raise _malformed("the first line does not name a domain that wants you to sign in")
    address = _address(lines.take())
    lines.blank("after the address")
    statement = lines.take() or None
    if statement is not None:
        if _CONTROL.search(statement):
            raise _malformed("the statement holds control characters")
        lines.blank("after the statement")
    return SiweMessage(
        scheme=origin[1],
        domain=origin[2],
        address=address,
        statement=statement,
        uri=_fitting(_URI, lines.field("URI"), "the URI is not one"),
        version=_fitting(re.compile("1"), lines.field("Version"), "the version is not 1"),
        chain_id=int(_fitting(_CHAIN, lines.field("Chain ID"), "the chain ID is not a number")),
        nonce=_fitting(_NONCE, lines.field("Nonce"), "the nonce is not 8 to 256 letters and digits"),
        issued_at=unix_time(lines.field("Issued At"), what="Issued At"),
        expires_at=_time(lines, "Expiration Time"),
        not_before=_time(lines, "Not Before"),
        request_id=_request_id(lines),
        resources=lines.resources(),
    )


def _fitting(form: re.Pattern[str], value: str, reason: str) -> str:
    if not form.fullmatch(value):
        raise _malformed(reason)
    return value


def _address(line: str) -> str:
    try:
        formed = checksum_address(line)
    except InvalidInput:
        raise _malformed("the second line is not an Ethereum address in EIP-55 form") from None
    if formed != line:
        raise _malformed(
            "the second line is an Ethereum address, but not in EIP-55 form",
            hint=f"Write it as {formed}, in the capital letters of EIP-55, and have it signed so.",
        )
    return line


def _time(lines: _Lines, name: str) -> int | None:
    value = lines.optional(name)
    return None if value is None else unix_time(value, what=name)


def _request_id(lines: _Lines) -> str | None:
    value = lines.optional("Request ID")
    return None if value is None else _fitting(_REQUEST_ID, value, "the request ID is not one")


def print_siwe(message: SiweMessage) -> str:
    """Print ``message`` as EIP-4361 has it.

    Raises `InvalidInput` when a field has no place in such a text (a line break in it, say).
    """
    origin = f"{message.scheme}://{message.domain}" if message.scheme else message.domain
    statement = "" if message.statement is None else message.statement + "\n"
    lines = [
        f"{origin}{_INTRODUCTION}\n{message.address}\n\n{statement}",
        f"URI: {message.uri}",
        f"Version: {message.version}",
        f"Chain ID: {message.chain_id}",
        f"Nonce: {message.nonce}",
        f"Issued At: {time_text(message.issued_at)}",
    ]
    if message.expires_at is not None:
        lines.append(f"Expiration Time: {time_text(message.expires_at)}")
    if message.not_before is not None:
        lines.append(f"Not Before: {time_text(message.not_before)}")
    if message.request_id is not None:
        lines.append(f"Request ID: {message.request_id}")
    if message.resources is not None:
        lines += ["Resources:", *(f"- {resource}" for resource in message.resources)]
    text = "\n".join(lines)
    try:
        faithful = parse_siwe(text) == message
    except RemoteProtocolError as error:
        raise InvalidInput(error.detail) from None
    if not faithful:
        raise InvalidInput("the sign-in message would read as another one")
    return text
