"""How a vault is locked: a random data key, wrapped under a key made of the passphrase (Argon2id)."""

from __future__ import annotations

import contextlib
from hashlib import blake2b
from typing import Final

from msgspec import Struct, ValidationError, msgpack

from dm3.base.errors import CannotOpen, StoreError, VaultLocked
from dm3.crypto import (
    MEMORY,
    PASSES,
    SALT_BYTES,
    Passphrase,
    RandomBytes,
    StorageKey,
    canonical,
    lock,
    spellings,
    stretch,
    unlock,
)

MAX_MEMORY: Final = 1024**3

_KEY_BYTES: Final = 32


class Argon2id(Struct, frozen=True):
    """The parameters of Argon2id: 16 bytes of salt, passes, and memory in bytes (RFC 9106)."""

    salt: bytes
    passes: int = PASSES
    memory: int = MEMORY


class DataKey(Struct, frozen=True):
    """What a vault is locked with inside: ``root`` for its records, and what blinds their names.

    Without ``blinders`` that is drawn from the root. Names are not kept, so a renewed key cannot blind them
    anew: it blinds them once more, each of the ``blinders`` after the one before.
    """

    root: StorageKey
    blinders: tuple[StorageKey, ...] = ()

    @classmethod
    def from_bytes(cls, data: bytes) -> DataKey:
        """Undo `reveal`. Raises `StoreError` for what is no data key."""
        keys = [data[at : at + _KEY_BYTES] for at in range(0, len(data), _KEY_BYTES)]
        if not keys or len(data) % _KEY_BYTES:
            raise StoreError("the vault's header is damaged")
        return cls(StorageKey(keys[0]), tuple(map(StorageKey, keys[1:])))

    def reveal(self) -> bytes:
        """Its bytes: the root and the blinders, 32 each."""
        return b"".join(key.reveal() for key in (self.root, *self.blinders))

    @property
    def blinding(self) -> tuple[StorageKey, ...]:
        """The keys that names are blinded with, one after the other."""
        return self.blinders or (_drawn(b"blind", self.root),)

    def renewed(self, random: RandomBytes) -> DataKey:
        """A new key for the same vault."""
        return DataKey(StorageKey(random(_KEY_BYTES)), (*self.blinding, StorageKey(random(_KEY_BYTES))))


class RecordCipher:
    """Seals items and blinds their keys."""

    def __init__(self, data_key: DataKey, random: RandomBytes) -> None:
        self._random = random
        self._seal_key = _drawn(b"seal", data_key.root)
        self._blinding = [key.reveal() for key in data_key.blinding]

    def blind(self, *parts: str) -> bytes:
        """A name for ``parts`` that tells nobody what they are (16 bytes)."""
        blinded = b"".join(len(part).to_bytes(4) + part.encode("utf-8") for part in parts)
        for key in self._blinding:
            blinded = _hashed(blinded, key, 16)
        return blinded

    def blind_again(self, blinded: bytes) -> bytes:
        """A name that the key before this one has blinded, as this one blinds it."""
        return _hashed(blinded, self._blinding[-1], 16)

    def seal(self, plain: bytes, place: bytes) -> bytes:
        """Seal ``plain`` for this ``place`` only: moved elsewhere, it does not open."""
        return lock(self._seal_key, plain, place, self._random)

    def open(self, sealed: bytes, place: bytes) -> bytes:
        """Open what was sealed for ``place``. Raises `StoreError` when it was altered."""
        try:
            return unlock(self._seal_key, sealed, place)
        except CannotOpen:
            raise StoreError("an item of the vault was altered or damaged") from None


def wrap(data_key: DataKey, passphrase: Passphrase, random: RandomBytes) -> tuple[bytes, bytes]:
    """Lock the data key with a passphrase; returns (parameters, wrapped key).

    Raises `InvalidInput` for an empty passphrase.
    """
    parameters = new_parameters(random)
    cipher = RecordCipher(DataKey(passphrase_key(canonical(passphrase), parameters)), random)
    return msgpack.encode(parameters), cipher.seal(data_key.reveal(), b"data-key")


def unwrap(kdf: bytes, wrapped: bytes, passphrase: Passphrase, random: RandomBytes) -> DataKey:
    """Unlock the data key, however the passphrase was spelled when it was locked.

    Raises `VaultLocked` for a wrong passphrase, `StoreError` for damage.
    """
    parameters = read_parameters(kdf)
    for spelled in spellings(passphrase):
        cipher = RecordCipher(DataKey(passphrase_key(spelled, parameters)), random)
        with contextlib.suppress(StoreError):
            return DataKey.from_bytes(cipher.open(wrapped, b"data-key"))
    raise VaultLocked()


def new_parameters(random: RandomBytes) -> Argon2id:
    """Parameters with a fresh salt."""
    return Argon2id(random(SALT_BYTES))


def read_parameters(kdf: bytes) -> Argon2id:
    """Read parameters that came with a file. Raises `StoreError` for damage and for immense ones."""
    try:
        parameters = msgpack.decode(kdf, type=Argon2id)
    except (ValidationError, ValueError):
        raise StoreError("the vault's header is damaged") from None
    if parameters.memory > MAX_MEMORY or not 1 <= parameters.passes <= 100:
        raise StoreError("the vault's header asks for more memory than allowed")
    return parameters


def passphrase_key(passphrase: Passphrase, parameters: Argon2id) -> StorageKey:
    """Make a key of a passphrase. Takes a good part of a second, which is the point.

    Raises `StoreError` for parameters that cannot be.
    """
    try:
        return stretch(passphrase, parameters.salt, passes=parameters.passes, memory=parameters.memory)
    except CannotOpen:
        raise StoreError("the vault's header is damaged") from None


def _drawn(purpose: bytes, key: StorageKey) -> StorageKey:
    return StorageKey(_hashed(purpose, key.reveal(), _KEY_BYTES))


def _hashed(data: bytes, key: bytes, size: int) -> bytes:
    # The same function as libsodium's generic hash, many times as fast from here: a page needs hundreds.
    return blake2b(data, key=key, digest_size=size).digest()
