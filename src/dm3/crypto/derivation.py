"""From a wallet's signature or from entropy to a profile's keys (specification 2.2, 3.2)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

from Crypto.Hash import SHA256
from Crypto.Protocol.KDF import HKDF
from nacl import bindings as sodium

from dm3.base import to_base64
from dm3.base.errors import BadSignature, InvalidInput, KeyRuleViolation

from .ethereum import checksum_address, recover_personal
from .secrets import (
    EncryptionPrivateKey,
    Entropy,
    HostSignature,
    JoinSecret,
    OwnedSignature,
    PasskeyOutput,
    RecoveryCode,
    Secret,
    Seed,
    SigningPrivateKey,
    StorageKey,
    WalletKey,
)

RandomBytes = Callable[[int], bytes]
"""Where entropy comes from: ``os.urandom`` in the shell, a fixed stream in tests."""

MAIN_DOMAIN: Final = "dm3.chat"
MAIN_URI: Final = "https://dm3.chat"
DEFAULT_NONCE: Final = "0x" + hashlib.sha256(b"dm3_default_nonce").hexdigest()
"""The nonce of a main profile's key-creation message, as in the reference."""

MIN_NONCE_DIGITS: Final = 32

_GROUP_ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


_PURPOSE: Final = (
    "Connect the DM3 MESSENGER with your wallet. "
    "Keys for secure communication are derived from this signature."
)


@dataclass(frozen=True, slots=True)
class KeyCreationMessage:
    """What a wallet signs so that keys can be derived (specification 2.2)."""

    owner: str
    nonce: str
    domain: str = MAIN_DOMAIN
    uri: str = MAIN_URI

    @property
    def text(self) -> str:
        """The exact text to sign."""
        return (
            f"{self.domain} wants you to sign in with your Ethereum account:\n"
            f"{checksum_address(self.owner)}\n\n"
            f"{_PURPOSE}\n\n"
            "(There is no paid transaction initiated. The signature is used off-chain only.)\n\n"
            f"URI: {self.uri}\n"
            "Version: 1\n"
            f"Nonce: {self.nonce}"
        )


def is_key_creation_text(text: str) -> bool:
    """Whether a wallet that signs ``text`` gives keys away, to whoever gets the signature."""
    return _PURPOSE.split(". ")[1] in " ".join(text.split())


def new_nonce(random: RandomBytes) -> str:
    """A key-creation nonce of 256 random bits, as 0x-hex."""
    return "0x" + random(32).hex()


def own_signature(message: KeyCreationMessage, signature: str) -> OwnedSignature:
    """Take a signature that was just made, inside the component, over our own key-creation message.

    Raises `KeyRuleViolation` when the nonce has fewer than 128 bits or is not hex, and `BadSignature`
    when the signature is not the owner's over exactly this text.
    """
    digits = message.nonce.removeprefix("0x")
    if len(digits) < MIN_NONCE_DIGITS or not all(digit in "0123456789abcdefABCDEF" for digit in digits):
        raise KeyRuleViolation("the key-creation nonce has fewer than 128 bits")
    if recover_personal(message.text, signature) != checksum_address(message.owner):
        raise BadSignature("the key-creation message was signed by another wallet")
    return OwnedSignature(signature.encode("ascii"))


def seed_from(source: OwnedSignature | Entropy) -> Seed:
    """Derive a profile's seed (specification 2.2; the key rule of 3.2).

    Raises `KeyRuleViolation` for anything but an owned signature or entropy: above all for a
    `HostSignature`, which the type checker refuses as well.
    """
    if isinstance(source, OwnedSignature):
        return Seed(hashlib.sha256(source.reveal()).digest())
    if isinstance(source, Entropy):
        return Seed(_expand(source, "dm3lpp/v1/profile-seed"))
    if isinstance(source, HostSignature):
        raise KeyRuleViolation("the host page has seen this signature")
    raise KeyRuleViolation(f"a {type(source).__name__} is not a source of keys")


def wallet_key_from(source: Seed | Entropy) -> WalletKey:
    """Derive an LSP's wallet key: from the seed (way 1) or from the host's entropy (way 2)."""
    if not isinstance(source, Seed | Entropy):
        raise KeyRuleViolation(f"a {type(source).__name__} is not a source of keys")
    # The group order is so near 2**256 that a draw outside of it has never been seen; the counter
    # makes even that a defined result.
    for counter in range(8):
        candidate = _expand(source, f"dm3lpp/v1/lsp-wallet/{counter}")
        if 0 < int.from_bytes(candidate) < _GROUP_ORDER:
            return WalletKey(candidate)
    raise InvalidInput("no wallet key can be derived from this source")


def entropy_from(code: RecoveryCode) -> Entropy:
    """Derive the entropy of a main profile without a wallet from the code that its user keeps (section 2.2).

    Its seed and the key of its owner's account come from this.
    """
    return Entropy(_expand(code, "dm3lpp/v1/main-profile-code"))


def storage_key_from(seed: Seed) -> StorageKey:
    """Derive our storage key; the reference uses the seed itself, which a peer can know."""
    return StorageKey(_expand(seed, "dm3lpp/v1/storage-key"))


def service_key_from(seed: Seed, purpose: str) -> StorageKey:
    """Derive a service's key for ``purpose`` (its tokens, its challenges), so that no other is kept."""
    return StorageKey(_expand(seed, f"dm3lpp/v1/service/{purpose}"))


def record_salt_from(seed: Seed, link_message_hash: str) -> str:
    """Derive the salt of a private link record, 0x-hex of 32 bytes (specification 3.4).

    Both linked profiles hold the seed, so both know the salt without its ever being sent.
    """
    return "0x" + _expand(seed, f"dm3lpp/v1/link-record-salt/{link_message_hash}").hex()


def reader_id_from(seed: Seed, device: str, profile: str) -> str:
    """Derive the name by which ``device`` of a main profile reads the mailbox of a linked ``profile``.

    16 hex digits, another one for each mailbox: delivery services cannot tell by them which linked profiles
    are of one user, nor of whom (specification 3.6).
    """
    return _expand(seed, f"dm3lpp/v1/reader/{device}/{profile}")[:8].hex()


def escrow_key_from(entropy: Entropy, app: str, owner: str) -> StorageKey:
    """Derive the key of an escrow from the host's entropy, for one application and owner (specification 3.8).

    ``app`` in normal form; ``owner`` in any.
    """
    return StorageKey(_expand(entropy, f"dm3lpp/v1/escrow/{app}/{owner.lower()}"))


def passkey_salt(app: str) -> bytes:
    """What a passkey's PRF is asked for ``app``, in normal form: 32 bytes (specification 5.9)."""
    return hashlib.sha256(f"dm3lpp/v1/passkey-salt/{app}".encode()).digest()


def passkey_account_key(output: PasskeyOutput, app: str) -> WalletKey:
    """Derive the key of the account in whose name a passkey's copy is kept (specification 5.9).

    ``app`` in normal form. It is nobody's account anywhere else.
    """
    return wallet_key_from(Entropy(_expand(output, f"dm3lpp/v1/passkey-account/{app}")))


def passkey_sealing(output: PasskeyOutput, app: str) -> Entropy:
    """Derive what a passkey's copy is sealed under, for `escrow_key_from` (specification 5.9).

    ``app`` in normal form.
    """
    return Entropy(_expand(output, f"dm3lpp/v1/passkey-sealing/{app}"))


def join_key_from(secret: JoinSecret, name: str, profile_hash: str) -> StorageKey:
    """Derive the key that seals what a device which joins is handed over (specification 5.3).

    ``name`` and ``profile_hash`` are its temporary profile's.
    """
    return StorageKey(_expand(secret, f"dm3lpp/v1/join/{name}/{profile_hash}"))


def _expand(source: Secret, label: str) -> bytes:
    return cast(bytes, HKDF(source.reveal(), 32, b"", SHA256, 1, label.encode("utf-8")))


@dataclass(frozen=True, slots=True)
class ProfileKeys:
    """Both key pairs of a profile, derived from one seed.

    ``seed``: what they are derived from.
    ``signing_public``: the public signing key, 32 bytes.
    ``signing_private``: the key that signs.
    ``encryption_public``: the public encryption key, 32 bytes.
    ``encryption_private``: the key that opens.
    """

    seed: Seed
    signing_public: bytes
    signing_private: SigningPrivateKey
    encryption_public: bytes
    encryption_private: EncryptionPrivateKey

    @classmethod
    def from_seed(cls, seed: Seed) -> ProfileKeys:
        """Derive the Ed25519 and X25519 pairs as the reference does (specification 2.2)."""
        signing_public, signing_private = sodium.crypto_sign_seed_keypair(seed.reveal())
        encryption_public, encryption_private = sodium.crypto_kx_seed_keypair(seed.reveal())
        return cls(
            seed,
            signing_public,
            SigningPrivateKey(signing_private),
            encryption_public,
            EncryptionPrivateKey(encryption_private),
        )

    @classmethod
    def random(cls, random: RandomBytes) -> ProfileKeys:
        """Fresh keys that come from nothing but entropy (services, temporary profiles)."""
        return cls.from_seed(seed_from(Entropy(random(32))))

    def __repr__(self) -> str:
        return f"<ProfileKeys {to_base64(self.signing_public)[:8]}…>"
