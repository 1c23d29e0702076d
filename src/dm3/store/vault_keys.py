"""How a vault is locked: a random data key, wrapped under a key made of the passphrase (Argon2id)."""

from __future__ import annotations

from typing import Final

from msgspec import Struct, ValidationError, msgpack
from nacl import bindings as sodium

from dm3.base.errors import CannotOpen, StoreError, VaultLocked
from dm3.crypto import Passphrase, RandomBytes, StorageKey, lock, stretch, unlock
from dm3.crypto.locking import MEMORY, PASSES, SALT_BYTES

MAX_MEMORY: Final = 1024**3


class Argon2id(Struct, frozen=True):
    """The parameters of Argon2id: 16 bytes of salt, passes, and memory in bytes (RFC 9106)."""

    salt: bytes
    passes: int = PASSES
    memory: int = MEMORY


class Locker:
    """Seals items and blinds their keys with two keys drawn from the data key."""

    def __init__(self, data_key: StorageKey, random: RandomBytes) -> None:
        self._random = random
        self._seal_key = StorageKey(
            sodium.crypto_generichash_blake2b_salt_personal(b"seal", key=data_key.reveal(), digest_size=32)
        )
        self._blind_key = sodium.crypto_generichash_blake2b_salt_personal(
            b"blind", key=data_key.reveal(), digest_size=32
        )

    def blind(self, *parts: str) -> bytes:
        """A name for ``parts`` that tells nobody what they are (16 bytes)."""
        text = b"".join(len(part).to_bytes(4) + part.encode("utf-8") for part in parts)
        blinded: bytes = sodium.crypto_generichash_blake2b_salt_personal(
            text, key=self._blind_key, digest_size=16
        )
        return blinded

    def seal(self, plain: bytes, place: bytes) -> bytes:
        """Seal ``plain`` for this ``place`` only: moved elsewhere, it does not open."""
        return lock(self._seal_key, plain, place, self._random)

    def open(self, sealed: bytes, place: bytes) -> bytes:
        """Open what was sealed for ``place``. Raises `StoreError` when it was altered."""
        try:
            return unlock(self._seal_key, sealed, place)
        except CannotOpen:
            raise StoreError("an item of the vault was altered or damaged") from None


def wrap(data_key: StorageKey, passphrase: Passphrase, random: RandomBytes) -> tuple[bytes, bytes]:
    """Lock the data key with a passphrase; returns (parameters, wrapped key)."""
    parameters = new_parameters(random)
    locker = Locker(passphrase_key(passphrase, parameters), random)
    return msgpack.encode(parameters), locker.seal(data_key.reveal(), b"data-key")


def unwrap(kdf: bytes, wrapped: bytes, passphrase: Passphrase, random: RandomBytes) -> StorageKey:
    """Unlock the data key. Raises `VaultLocked` for a wrong passphrase, `StoreError` for damage."""
    locker = Locker(passphrase_key(passphrase, read_parameters(kdf)), random)
    try:
        return StorageKey(locker.open(wrapped, b"data-key"))
    except StoreError:
        raise VaultLocked() from None


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
