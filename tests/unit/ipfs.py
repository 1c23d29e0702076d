"""IPFS as others write it: identifiers and the one kind of block that a small file is in."""

import base64
import hashlib


def dag_pb_block(content: bytes) -> bytes:
    """The dag-pb block of a UnixFS file with this content (under 128 bytes)."""
    size = bytes((len(content),))
    unixfs = b"\x08\x02" + b"\x12" + size + content + b"\x18" + size
    return b"\x0a" + bytes((len(unixfs),)) + unixfs


def cid_of(codec: int, block: bytes) -> str:
    """The CID in version 1 of ``block``, in base32."""
    data = bytes((1, codec, 0x12, 0x20)) + hashlib.sha256(block).digest()
    return "b" + base64.b32encode(data).decode().lower().rstrip("=")
