"""Secret values: they neither print, log, pickle, copy into JSON nor compare by accident.

The key rule lives here as types (specification 3.2): an `OwnedSignature` or `Entropy` can become a
`Seed`; a `HostSignature`, which a page outside the component has seen, cannot.
"""

from __future__ import annotations

import hmac
from typing import Any, ClassVar, Final, NoReturn, final

from dm3.base.errors import InvalidInput

MIN_ENTROPY_BYTES: Final = 32


class Secret:
    """A value that must not leave by accident; `reveal` is the one explicit way out."""

    __slots__ = ("_value",)
    length: ClassVar[int | None] = None

    def __init__(self, value: bytes) -> None:
        if not isinstance(value, bytes):
            raise InvalidInput(f"{type(self).__name__} is made of bytes")
        if self.length is not None and len(value) != self.length:
            raise InvalidInput(f"{type(self).__name__} has {len(value)} bytes instead of {self.length}")
        self._value = value

    def reveal(self) -> bytes:
        """Return the secret bytes. Every call of this is a place to look at in a review."""
        return self._value

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: hidden>"

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and hmac.compare_digest(self._value, other._value)

    __hash__ = None  # type: ignore[assignment]  # hashing would put a trace of it into tables

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError(f"{type(self).__name__} cannot be pickled or copied")


@final
class Seed(Secret):
    """The 32 bytes from which a profile's key pairs come (specification 2.2)."""

    __slots__ = ()
    length = 32


@final
class SigningPrivateKey(Secret):
    """An Ed25519 private key in libsodium's 64-byte form."""

    __slots__ = ()
    length = 64


@final
class EncryptionPrivateKey(Secret):
    """An X25519 private key for ``crypto_kx``."""

    __slots__ = ()
    length = 32


@final
class WalletKey(Secret):
    """A secp256k1 private key."""

    __slots__ = ()
    length = 32


@final
class StorageKey(Secret):
    """A symmetric key for data at rest."""

    __slots__ = ()
    length = 32


@final
class Passphrase(Secret):
    """What the user types to open a vault, as UTF-8 bytes."""

    __slots__ = ()


@final
class RecoveryCode(Secret):
    """136 random bits that the user keeps on paper; `print_recovery_code` shows them."""

    __slots__ = ()
    length = 17


@final
class PasskeyOutput(Secret):
    """What a passkey's PRF gives for one application (specification 5.9)."""

    __slots__ = ()
    length = 32


@final
class PairingCode(Secret):
    """50 random bits as the ten ASCII signs that the user reads; `print_pairing_code` shows them."""

    __slots__ = ()
    length = 10


@final
class JoinSecret(Secret):
    """128 random bits that a device which joins shows, and that seal what it is handed over."""

    __slots__ = ()
    length = 16


@final
class Token(Secret):
    """A bearer token of a service, as ASCII bytes."""

    __slots__ = ()


@final
class OwnedSignature(Secret):
    """A wallet's signature, as text, made inside the component over our own key-creation message.

    Made by `dm3.crypto.derivation.own_signature`, which checks just that.
    """

    __slots__ = ()


@final
class Entropy(Secret):
    """At least 32 random bytes, from the operating system or handed in by the host page."""

    __slots__ = ()

    def __init__(self, value: bytes) -> None:
        super().__init__(value)
        if len(value) < MIN_ENTROPY_BYTES:
            raise InvalidInput(f"entropy needs at least {MIN_ENTROPY_BYTES} bytes, not {len(value)}")
        if len(set(value)) <= 1:
            raise InvalidInput("entropy of one repeated byte is not random")


@final
class HostSignature:
    """A signature that the host page made or has seen (for example a SIWE login).

    It authorises an owner alias and nothing else; no function derives a key from it.
    """

    __slots__ = ("message", "owner", "signature")

    def __init__(self, message: str, owner: str, signature: str) -> None:
        self.message = message
        self.owner = owner
        self.signature = signature

    def __repr__(self) -> str:
        return f"<HostSignature of {self.owner}>"

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        # No secret of ours, but still somebody's login.
        raise TypeError("HostSignature cannot be pickled or copied")
