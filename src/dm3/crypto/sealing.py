"""Sealing for one receiver: ``x25519-chacha20-poly1305`` (specification 2.3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from nacl import bindings as sodium
from nacl.exceptions import CryptoError

from dm3.base.errors import CannotOpen, MalformedData

from .derivation import ProfileKeys, RandomBytes
from .secrets import EncryptionPrivateKey

SCHEME: Final = "x25519-chacha20-poly1305"
PADDING: Final = 2048
NONCE_BYTES: Final = 12
KEY_BYTES: Final = 32

_MARK: Final = b"\x80"


@dataclass(frozen=True, slots=True)
class SealedBox:
    """A ciphertext with the ephemeral public key (32 bytes) and nonce (12 bytes) needed to open it."""

    ciphertext: bytes
    ephemeral_public_key: bytes
    nonce: bytes


def seal(plain: bytes, receiver: bytes, random: RandomBytes) -> SealedBox:
    """Seal ``plain`` for the public encryption key ``receiver`` (32 bytes).

    Draws 44 bytes from ``random``: the ephemeral key's seed and the nonce. Raises `MalformedData` when
    the receiver's key is not a usable X25519 key.
    """
    drawn = random(KEY_BYTES + NONCE_BYTES)
    nonce = drawn[KEY_BYTES:]
    ephemeral_public, ephemeral_private = sodium.crypto_kx_seed_keypair(drawn[:KEY_BYTES])
    try:
        _, send_key = sodium.crypto_kx_client_session_keys(ephemeral_public, ephemeral_private, receiver)
    except (CryptoError, TypeError, ValueError):
        raise MalformedData("the receiver's encryption key is not a usable X25519 key") from None
    ciphertext = sodium.crypto_aead_chacha20poly1305_ietf_encrypt(_padded(plain), None, nonce, send_key)
    return SealedBox(ciphertext, ephemeral_public, nonce)


def open_sealed(box: SealedBox, keys: ProfileKeys) -> bytes:
    """Open what was sealed for ``keys``. Raises `CannotOpen` when it was altered or is for others."""
    try:
        receive_key, _ = sodium.crypto_kx_server_session_keys(
            keys.encryption_public, keys.encryption_private.reveal(), box.ephemeral_public_key
        )
        padded = sodium.crypto_aead_chacha20poly1305_ietf_decrypt(
            box.ciphertext, None, box.nonce, receive_key
        )
    except (CryptoError, TypeError, ValueError):
        raise CannotOpen() from None
    return _unpadded(padded)


# libsodium's padding (ISO/IEC 7816-4): it is done here because the way into C and back costs ten times
# as much. What is unpadded has been authenticated before, so its time tells nobody anything.
def _padded(plain: bytes) -> bytes:
    return (plain + _MARK).ljust((len(plain) // PADDING + 1) * PADDING, b"\0")


def _unpadded(padded: bytes) -> bytes:
    end = padded.rfind(_MARK, max(0, len(padded) - PADDING))
    if len(padded) < PADDING or end < 0 or not padded.endswith(bytes(len(padded) - end - 1)):
        raise CannotOpen()
    return padded[:end]


def seal_for_signer(plain: bytes, signing_key: bytes, random: RandomBytes) -> SealedBox:
    """As `seal`, for the holder of the Ed25519 key ``signing_key`` (32 bytes), by its X25519 form.

    Raises `MalformedData` for a key that has none.
    """
    try:
        receiver = sodium.crypto_sign_ed25519_pk_to_curve25519(signing_key)
    except (CryptoError, TypeError, ValueError, RuntimeError):
        raise MalformedData("the receiver's signing key is not a usable Ed25519 key") from None
    return seal(plain, receiver, random)


def open_as_signer(box: SealedBox, keys: ProfileKeys) -> bytes:
    """Open what was sealed for the signing key of ``keys``. Raises `CannotOpen` as `open_sealed`."""
    public = sodium.crypto_sign_ed25519_pk_to_curve25519(keys.signing_public)
    private = sodium.crypto_sign_ed25519_sk_to_curve25519(keys.signing_private.reveal())
    converted = replace(keys, encryption_public=public, encryption_private=EncryptionPrivateKey(private))
    return open_sealed(box, converted)
