"""The few shapes of Solidity's ABI that resolvers use, read within bounds and without surprises.

Written out by hand because a gateway reads this from strangers, thousands of times a second: every offset
and length is checked against the data before anything is copied, so the work never exceeds what was sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dm3.base.errors import MalformedData

WORD: Final = 32


def read_word(data: bytes, at: int) -> int:
    """The unsigned number in the 32 bytes from ``at``. Raises `MalformedData` when they are not there."""
    end = at + WORD
    if end > len(data):
        raise MalformedData("the ABI-encoded data ends too early")
    return int.from_bytes(data[at:end])


def read_bytes(data: bytes, head: int, base: int = 0) -> bytes:
    """The ``bytes`` or ``string`` whose offset, counted from ``base``, stands at ``head``.

    Raises `MalformedData` when the offset or the length lead out of the data.
    """
    start = base + read_word(data, head)
    length = read_word(data, start)
    begin = start + WORD
    if length > len(data) - begin:
        raise MalformedData("a length in the ABI-encoded data leads out of it")
    return data[begin : begin + length]


def read_text(data: bytes, head: int) -> str:
    """As `read_bytes`, and UTF-8. Raises `MalformedData`."""
    try:
        return read_bytes(data, head).decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedData("a text in the ABI-encoded data is not UTF-8") from None


def read_list(data: bytes, head: int, *, at_most: int) -> tuple[bytes, ...]:
    """The ``bytes[]`` whose offset stands at ``head``, of at most ``at_most`` items.

    Raises `MalformedData`, also for items that share their bytes: a little data could claim to be much.
    """
    start = read_word(data, head)
    count = read_word(data, start)
    if count > at_most:
        raise MalformedData(f"a list in the ABI-encoded data has more than {at_most} items")
    base = start + WORD
    items: list[bytes] = []
    room = len(data)
    for index in range(count):
        item = read_bytes(data, base + WORD * index, base)
        room -= WORD + len(item)
        if room < 0:
            raise MalformedData("items of a list in the ABI-encoded data overlap")
        items.append(item)
    return tuple(items)


def write_word(number: int) -> bytes:
    """An unsigned number of at most 256 bits as 32 bytes."""
    return number.to_bytes(WORD)


def write_tail(data: bytes) -> bytes:
    """The length of ``data``, and ``data`` filled up to whole words."""
    return write_word(len(data)) + data + bytes(-len(data) % WORD)


def write_bytes(*items: bytes) -> bytes:
    """Arguments that are all ``bytes`` or ``string``."""
    heads, tails = [], []
    offset = WORD * len(items)
    for item in items:
        tail = write_tail(item)
        heads.append(write_word(offset))
        tails.append(tail)
        offset += len(tail)
    return b"".join(heads + tails)


def write_list(items: Sequence[bytes]) -> bytes:
    """One argument of type ``bytes[]``."""
    return write_word(WORD) + write_word(len(items)) + write_bytes(*items)
