"""Locking data under a key of one's own (XChaCha20-Poly1305), and making such a key of a code (Argon2id)."""

from __future__ import annotations

from typing import Final

from nacl import bindings as sodium
from nacl import pwhash
from nacl.exceptions import CryptoError

from dm3.base.errors import CannotOpen

from .derivation import RandomBytes
from .secrets import Passphrase, RecoveryCode, StorageKey

NONCE_BYTES: Final = sodium.crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
SALT_BYTES: Final = pwhash.argon2id.SALTBYTES
PASSES: Final = 3
MEMORY: Final = 64 * 1024 * 1024


def lock(key: StorageKey, plain: bytes, place: bytes, random: RandomBytes) -> bytes:
    """Lock ``plain`` for this ``place`` only; returns the nonce (24 bytes) and the ciphertext."""
    nonce = random(NONCE_BYTES)
    return nonce + sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plain, place, nonce, key.reveal())


def unlock(key: StorageKey, locked: bytes, place: bytes) -> bytes:
    """Undo `lock`. Raises `CannotOpen` for another key or place, or when it was altered."""
    try:
        return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
            locked[NONCE_BYTES:], place, locked[:NONCE_BYTES], key.reveal()
        )
    except (CryptoError, TypeError, ValueError):
        raise CannotOpen() from None


def stretch(
    secret: Passphrase | RecoveryCode, salt: bytes, *, passes: int = PASSES, memory: int = MEMORY
) -> StorageKey:
    """Make a key of what a person types: Argon2id over ``memory`` bytes, with a salt of 16 bytes.

    Takes some tenths of a second. What is stored at others must not choose the parameters. Raises
    `CannotOpen` for parameters that cannot be.
    """
    try:
        return StorageKey(pwhash.argon2id.kdf(32, secret.reveal(), salt, opslimit=passes, memlimit=memory))
    except CryptoError:
        raise CannotOpen("the parameters for stretching cannot be") from None
