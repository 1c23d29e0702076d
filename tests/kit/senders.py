"""People with wallets and keys, and the envelopes that they hand in at a delivery service."""

import hashlib
from dataclasses import dataclass, field, replace

from dm3.base import canonical_json, sha256_hex
from dm3.crypto import SCHEME, KeyWallet, ProfileKeys, Seed, WalletKey, sign
from dm3.model import DeliveryInformation, Profile, SignedProfile
from dm3.wire import information_json, metadata_json, profile_json, profile_message, seal_text, with_signature

SERVICE = "ds.eth"
APP = "myapp.eth"


def digest(label: str) -> bytes:
    """32 bytes that are always the same for a label."""
    return hashlib.sha256(label.encode()).digest()


class Stream:
    """A source of bytes for tests: another draw each time, the same in each run."""

    def __init__(self, label: str = "stream") -> None:
        self._label, self._count = label, 0

    def __call__(self, length: int) -> bytes:
        self._count += 1
        block = b"".join(digest(f"{self._label}/{self._count}/{n}") for n in range(length // 32 + 1))
        return block[:length]


@dataclass
class Person:
    """Somebody with a wallet and profile keys, whose name is the address name below `APP`."""

    label: str
    generation: int = 0
    services: tuple[str, ...] = (SERVICE,)
    wallet: KeyWallet = field(init=False)
    keys: ProfileKeys = field(init=False)

    def __post_init__(self) -> None:
        self.wallet = KeyWallet(WalletKey(digest(f"wallet/{self.label}")))
        self.keys = ProfileKeys.from_seed(Seed(digest(f"seed/{self.label}/{self.generation}")))

    @property
    def name(self) -> str:
        return f"{self.wallet.address.lower()}.addr.{APP}"

    @property
    def signed(self) -> SignedProfile:
        profile = Profile(self.keys.signing_public, self.keys.encryption_public, self.services)
        text = canonical_json(profile_json(profile))
        return with_signature(profile, self.wallet.sign_now(profile_message(text, self.wallet.address)))

    def rotated(self) -> "Person":
        """The same wallet with newer profile keys."""
        return replace(self, generation=self.generation + 1)


def envelope(
    sender: Person,
    to: str,
    service,
    text: str = "hello",
    *,
    key: ProfileKeys | None = None,
    receiver_key: bytes | None = None,
    random=None,
    **changes,
) -> dict:
    """An envelope as JSON; ``key`` signs it instead of the sender's own, ``changes`` replace metadata."""
    random = random or Stream(text)
    information = DeliveryInformation(to, changes.pop("sender_name", sender.name))
    metadata = metadata_json(
        seal_text(canonical_json(information_json(information)), service.encryption_key, random),
        sha256_hex(text),
        SCHEME,
    )
    metadata.update(changes)
    signing = key or sender.keys
    signature = sign(signing.signing_private, canonical_json(metadata))
    sealed = seal_text(text, receiver_key or sender.keys.encryption_public, random)
    return {"message": sealed, "metadata": {**metadata, "signature": signature}}
