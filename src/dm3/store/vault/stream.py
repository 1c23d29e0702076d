"""The file of an exported vault: a stream of records under a passphrase of its own.

``dm3vault`` · version · length and MessagePack of the Argon2id parameters · BLAKE2b of all that · header of
libsodium's *secretstream* (XChaCha20-Poly1305) · frames, each with its length. The secretstream fixes the
order of the frames and marks the last one, so that nothing can be left out, moved or cut off unnoticed.
What the file begins with is authenticated with the first frame. Records cross the borders of frames: each
is its length and its bytes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from hashlib import blake2b
from typing import BinaryIO, Final

from msgspec import msgpack
from nacl import bindings as sodium

from dm3.base.errors import StoreError, VaultLocked
from dm3.crypto import Passphrase, RandomBytes, canonical, spellings

from .keys import Argon2id, new_parameters, passphrase_key, read_parameters

MAGIC: Final = b"dm3vault"
VERSION: Final = 1
CHUNK: Final = 64 * 1024
MAX_RECORD: Final = 256 * 1024 * 1024
MAX_HEADER: Final = 1_000

_CHECK_BYTES: Final = 16
_LENGTH_BYTES: Final = 4
_TAG_MORE: Final = sodium.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
_TAG_FINAL: Final = sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL
_OVERHEAD: Final = sodium.crypto_secretstream_xchacha20poly1305_ABYTES
_START_BYTES: Final = sodium.crypto_secretstream_xchacha20poly1305_HEADERBYTES


class StreamWriter:
    """Writes records, sealed, into an empty binary file. `finish` has to be called at the end."""

    def __init__(self, file: BinaryIO, passphrase: Passphrase, random: RandomBytes) -> None:
        parameters = new_parameters(random)
        packed = msgpack.encode(parameters)
        head = MAGIC + bytes([VERSION]) + len(packed).to_bytes(2) + packed
        self._file = file
        self._bound = head + _check(head)
        self._state = sodium.crypto_secretstream_xchacha20poly1305_state()
        start = sodium.crypto_secretstream_xchacha20poly1305_init_push(
            self._state, passphrase_key(canonical(passphrase), parameters).reveal()
        )
        file.write(self._bound + start)
        self._waiting = bytearray()

    def write(self, record: bytes) -> None:
        """Add a record."""
        self._waiting += len(record).to_bytes(_LENGTH_BYTES) + record
        while len(self._waiting) > CHUNK:
            self._push(bytes(self._waiting[:CHUNK]), _TAG_MORE)
            del self._waiting[:CHUNK]

    def flush(self) -> None:
        """End a frame here, so that a reader can make sure of what it has."""
        self._push(bytes(self._waiting), _TAG_MORE)
        self._waiting.clear()

    def finish(self) -> None:
        """Write what is left, marked as the end."""
        self._push(bytes(self._waiting), _TAG_FINAL)
        self._waiting.clear()

    def _push(self, plain: bytes, tag: int) -> None:
        sealed = sodium.crypto_secretstream_xchacha20poly1305_push(self._state, plain, self._bound, tag)
        self._bound = b""
        self._file.write(len(sealed).to_bytes(_LENGTH_BYTES) + sealed)


def read_records(file: BinaryIO, passphrase: Passphrase) -> Iterator[bytes]:
    """The records of a file, in their order.

    Nothing may be relied on before the iterator has come to its end. Raises `VaultLocked` for a wrong
    passphrase and `StoreError` for a file that is something else, newer, altered or cut off.
    """
    waiting = bytearray()
    for plain in _frames(file, passphrase):
        waiting += plain
        while len(waiting) >= _LENGTH_BYTES:
            end = _LENGTH_BYTES + int.from_bytes(waiting[:_LENGTH_BYTES])
            if end > MAX_RECORD:
                raise _damaged()
            if len(waiting) < end:
                break
            yield bytes(waiting[_LENGTH_BYTES:end])
            del waiting[:end]
    if waiting:
        raise _damaged()


def _frames(file: BinaryIO, passphrase: Passphrase) -> Iterator[bytes]:
    bound, parameters = _read_head(file)
    start, sealed = _exactly(file, _START_BYTES), _sealed_frame(file)
    for spelled in spellings(passphrase):
        state = sodium.crypto_secretstream_xchacha20poly1305_state()
        key = passphrase_key(spelled, parameters).reveal()
        sodium.crypto_secretstream_xchacha20poly1305_init_pull(state, start, key)
        with contextlib.suppress(RuntimeError):
            plain, tag = sodium.crypto_secretstream_xchacha20poly1305_pull(state, sealed, bound)
            break
    else:
        raise VaultLocked("the passphrase is wrong, or the file was altered")
    yield plain
    while tag != _TAG_FINAL:
        sealed = _sealed_frame(file)
        try:
            plain, tag = sodium.crypto_secretstream_xchacha20poly1305_pull(state, sealed, b"")
        except RuntimeError:
            raise _damaged() from None
        yield plain
    if file.read(1):
        raise StoreError("something was added to the end of the exported vault", hint=_AGAIN)


def _sealed_frame(file: BinaryIO) -> bytes:
    size = int.from_bytes(_exactly(file, _LENGTH_BYTES))
    if not _OVERHEAD <= size <= CHUNK + _OVERHEAD:
        raise _damaged()
    return _exactly(file, size)


def _read_head(file: BinaryIO) -> tuple[bytes, Argon2id]:
    magic = file.read(len(MAGIC))
    if magic != MAGIC:
        raise StoreError("the file is not an exported vault", hint="Export one: dm3 vault export FILE")
    version = _exactly(file, 1)
    if version[0] > VERSION:
        raise StoreError(
            f"the exported vault has format {version[0]}, and this program knows {VERSION}",
            hint="Install the newer version of dm3 that wrote it.",
        )
    length = _exactly(file, 2)
    if int.from_bytes(length) > MAX_HEADER:
        raise _damaged()
    packed = _exactly(file, int.from_bytes(length))
    head = magic + version + length + packed
    check = _exactly(file, _CHECK_BYTES)
    if check != _check(head):
        raise _damaged()
    return head + check, read_parameters(packed)


def _check(head: bytes) -> bytes:
    """Tells damage from a wrong passphrase. Against an attacker it does nothing; the first frame does."""
    return blake2b(head, digest_size=_CHECK_BYTES).digest()


def _exactly(file: BinaryIO, count: int) -> bytes:
    data = file.read(count)
    if len(data) != count:
        raise StoreError("the exported vault is incomplete: its end is missing", hint=_AGAIN)
    return data


def _damaged() -> StoreError:
    return StoreError("the exported vault was altered or damaged", hint=_AGAIN)


_AGAIN: Final = "Copy it again from where it was made, or export it anew."
