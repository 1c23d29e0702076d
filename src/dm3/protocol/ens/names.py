"""Names as contracts know them: nodes (EIP-137) and the wire form of DNS (ENSIP-10)."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from dm3.base import normalize
from dm3.base.errors import InvalidName, MalformedData
from dm3.crypto import keccak

MAX_DNS_NAME: Final = 2048
"""The longest wire form that is read, in bytes; every name in normal form fits into it."""
MAX_DNS_LABEL: Final = 255

_ROOT: Final = bytes(32)


def labelhash(label: str) -> bytes:
    """The hash of one label in normal form (32 bytes). Raises `InvalidName` for other text."""
    if "." in label or normalize(label) != label:
        raise InvalidName(f"{label[:60]!r} is not a label in normal form")
    return keccak(label.encode("utf-8"))


def namehash(name: str) -> bytes:
    """The node of ``name`` (32 bytes), normalised first; the empty name is the root.

    Raises `InvalidName`.
    """
    return _node(normalize(name)) if name else _ROOT


# Names of one application share their parents, so most of the hashing is done once.
@lru_cache(maxsize=20_000)
def _node(name: str) -> bytes:
    label, _, parent = name.partition(".")
    return keccak((_node(parent) if parent else _ROOT) + keccak(label.encode("utf-8")))


def dns_encode(name: str) -> bytes:
    """The wire form of ``name``, normalised first. Raises `InvalidName`, also for the empty name."""
    parts = []
    for label in normalize(name).split("."):
        data = label.encode("utf-8")
        if len(data) > MAX_DNS_LABEL:
            raise InvalidName(f"a label has more than {MAX_DNS_LABEL} bytes")
        parts.append(bytes((len(data),)) + data)
    return b"".join(parts) + b"\0"


def dns_decode(data: bytes) -> str:
    """The name whose wire form ``data`` is.

    Raises `MalformedData` unless the form is complete, nothing follows it, and the name is in normal form:
    a name in any other spelling has another node, and would be somebody else's.
    """
    if len(data) > MAX_DNS_NAME:
        raise MalformedData("the DNS-encoded name is too long")
    labels, at = [], 0
    while at < len(data) and data[at]:
        end = at + 1 + data[at]
        # Also when just the closing zero is missing.
        if end >= len(data):
            break
        labels.append(data[at + 1 : end])
        at = end
    if at != len(data) - 1 or data[at]:
        raise MalformedData("the DNS-encoded name is not complete, or something follows it")
    return _named(labels)


def _named(labels: list[bytes]) -> str:
    try:
        name = b".".join(labels).decode("utf-8")
        normal = normalize(name)
    except UnicodeDecodeError:
        raise MalformedData("the DNS-encoded name is not UTF-8") from None
    except InvalidName as error:
        raise MalformedData(f"the DNS-encoded name is not an ENS name: {error.detail}") from None
    # A dot inside of a label would make two of it.
    if normal != name or name.count(".") != len(labels) - 1:
        raise MalformedData("the DNS-encoded name is not in ENSIP-15 normal form")
    return name
