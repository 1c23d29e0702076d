"""Content identifiers of IPFS: what a single block must hash to, and what is in it.

Read are the forms that a single block has: SHA-256 of a raw block or of a dag-pb block with a UnixFS file.
The library of the field brings four more packages and tables of hundreds of codecs for what is a page here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from dm3.base.errors import MalformedData

RAW: Final = 0x55
DAG_PB: Final = 0x70
_SHA2_256: Final = 0x12
_DIGEST_BYTES: Final = 32
_MAX_CHARS: Final = 100

_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE36: Final = "0123456789abcdefghijklmnopqrstuvwxyz"

_VARINT, _BYTES = 0, 2
_FILE_TYPES: Final = (0, 2)
"""UnixFS: a raw piece of a file, and a file."""


class UncheckableCid(MalformedData):
    """What this IPFS link points to cannot be checked against its content identifier."""

    code = "uncheckable-cid"
    hint = "Add ?dm3Hash=0x… to the link: the profile's hash says what it must be."


class Cid(Struct, frozen=True):
    """A content identifier: the ``codec`` of one block, and its SHA-256 (32 bytes)."""

    codec: int
    digest: bytes


def read_cid(text: str) -> Cid:
    """Read a CID in version 0, or in version 1 as base32, base36, base58btc or base16.

    Raises `MalformedData` for what is none, and `UncheckableCid` for other codecs and hashes than ours.
    """
    if len(text) > _MAX_CHARS:
        raise MalformedData("the CID is too long")
    if len(text) == 46 and text.startswith("Qm"):
        return Cid(DAG_PB, _digest(_positional(text, _BASE58)))
    version, rest = _number(_multibase(text))
    if version != 1:
        raise MalformedData("the CID is of an unknown version")
    codec, multihash = _number(rest)
    if codec not in (RAW, DAG_PB):
        raise UncheckableCid(f"its codec is {codec:#x}")
    return Cid(codec, _digest(multihash))


def file_in(cid: Cid, answer: bytes) -> bytes:
    """The file that ``cid`` names, out of a gateway's ``answer``: the block itself, or what is in the file.

    Raises `MalformedData` when it is neither, and `UncheckableCid` for a file of several blocks.
    """
    if hashlib.sha256(answer).digest() == cid.digest:
        return answer if cid.codec == RAW else _content(answer)
    # Not every gateway hands out blocks; the block of a small file can be made from its content.
    if cid.codec == DAG_PB and hashlib.sha256(_block(answer)).digest() == cid.digest:
        return answer
    raise MalformedData("what the IPFS gateway answers is not what the content identifier names")


def _digest(multihash: bytes) -> bytes:
    function, rest = _number(multihash)
    length, digest = _number(rest)
    if function != _SHA2_256:
        raise UncheckableCid(f"its hash function is {function:#x}")
    if length != _DIGEST_BYTES or len(digest) != _DIGEST_BYTES:
        raise MalformedData("the CID's hash has not the length that it says")
    return digest


def _multibase(text: str) -> bytes:
    prefix, rest = text[:1], text[1:]
    try:
        if prefix in ("b", "B"):
            if rest != (rest.lower() if prefix == "b" else rest.upper()):
                raise MalformedData("the CID mixes upper and lower case")
            return base64.b32decode(rest.upper() + "=" * (-len(rest) % 8))
        if prefix in ("f", "F"):
            return bytes.fromhex(rest)
    except (binascii.Error, ValueError):
        raise MalformedData("the CID is not written in the base that it says") from None
    if prefix == "z":
        return _positional(rest, _BASE58)
    if prefix in ("k", "K"):
        return _positional(rest.lower(), _BASE36)
    raise MalformedData("that is no CID in version 0, nor in version 1 in a base that is read here")


def _positional(text: str, digits: str) -> bytes:
    """A number in other figures; leading zeros are bytes of their own."""
    number = 0
    for sign in text:
        value = digits.find(sign)
        if value < 0:
            raise MalformedData("the CID is not written in the base that it says")
        number = number * len(digits) + value
    zeros = len(text) - len(text.lstrip(digits[0]))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)


def _number(data: bytes) -> tuple[int, bytes]:
    """An unsigned varint of at most 63 bits, and what follows it."""
    value = 0
    for index, byte in enumerate(data[:9]):
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, data[index + 1 :]
    raise MalformedData("a number in the IPFS data does not end")


def _content(block: bytes) -> bytes:
    """What is in the UnixFS file of a dag-pb block that links to no others."""
    node = dict(_fields(block))
    if 2 in node:
        raise UncheckableCid("the file is made of several blocks")
    unixfs = dict(_fields(node.get(1, b"")))
    if unixfs.get(1) not in _FILE_TYPES:
        raise UncheckableCid("it is not a file")
    content = unixfs.get(2, b"")
    if not isinstance(content, bytes):
        raise MalformedData("the IPFS block is not well-formed")
    return content


def _fields(message: bytes | int) -> Iterator[tuple[int, bytes | int]]:
    """The fields of a Protocol Buffers message: numbers and bytes, which is all that these messages have."""
    if isinstance(message, int):
        raise MalformedData("the IPFS block is not well-formed")
    while message:
        tag, message = _number(message)
        value, message = _number(message)
        if tag & 7 == _VARINT:
            yield tag >> 3, value
        elif tag & 7 == _BYTES and value <= len(message):
            yield tag >> 3, message[:value]
            message = message[value:]
        else:
            raise MalformedData("the IPFS block is not well-formed")


def _block(content: bytes) -> bytes:
    """The dag-pb block of a UnixFS file that is in one block, as it is written everywhere."""
    size = _varint(len(content))
    data = b"\x12" + size + content if content else b""
    unixfs = b"\x08\x02" + data + b"\x18" + size
    return b"\x0a" + _varint(len(unixfs)) + unixfs


def _varint(number: int) -> bytes:
    low = bytearray()
    while number >= 0x80:
        low.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(low) + bytes((number,))
