"""A profile of our own: what it is for, how far its creation has come, and its keys."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from dm3.crypto import KeyWallet, ProfileKeys, Seed, WalletKey, reader_id_from
from dm3.model import SignedProfile
from dm3.wire import read_signed_profile


class IdentityKind(StrEnum):
    """What a profile is for."""

    MAIN = "main"
    LIMITED = "limited"
    TEMPORARY = "temporary"


class Stage(StrEnum):
    """How far a profile's creation has come; a crash between two steps resumes at the stage kept.

    Once the name is claimed it leads to the profile, be it that its owner has published it there. A profile
    that was *taken over* is in use elsewhere: all that is left to do is to register this device's reader.
    """

    KEYS_MADE = "keys-made"
    NAME_CLAIMED = "name-claimed"
    ALIAS_CLAIMED = "alias-claimed"
    TAKEN_OVER = "taken-over"
    READY = "ready"


class AliasClaim(Struct, frozen=True):
    """An alias still to be claimed: a chosen name, or an owner alias with its owner's authorisation.

    ``alias``: the name, in normal form.
    ``owner``: the wallet that it belongs to (EIP-55), of an owner alias.
    ``message``: the text that the owner has signed, of an owner alias.
    ``signature``: the owner's signature over it, 0x-hex.
    """

    alias: str
    owner: str | None = None
    message: str | None = None
    signature: str | None = None


class Identity(Struct, frozen=True, kw_only=True):
    """A profile of our own with its keys.

    ``kind``: main or limited profile, or another kind of use.
    ``name``: its own name for good.
    ``aliases``: further names of it, in normal form.
    ``app``: the domain that it is of; of a profile that its owner publishes under an ENS name alone, that
    name.
    ``uri``: the page that it is of.
    ``address``: the account that has signed the profile (EIP-55).
    ``owner``: the account of the user's wallet (EIP-55).
    ``seed``: what its keys are derived from.
    ``nonce``: the key-creation nonce.
    ``signed``: the signed profile's JSON.
    ``reader``: this device's name at the delivery services.
    ``stage``: how far its creation has come.
    ``wallet_key``: the limited profile's own wallet.
    ``wallet_is_random``: that wallet cannot be derived from the seed.
    ``readable_by_site``: its wallet comes from its site's entropy, so the site can read what it writes.
    ``claim``: what is left to be claimed of a creation that broke off.
    ``replaces``: after a rotation, the former profile's hash until the new one is published.
    ``former``: after a rotation, the seeds whose messages may still be under way.
    ``authorization``: the wallet's word for that, where the wallet is not held here.
    """

    kind: IdentityKind
    name: str
    aliases: tuple[str, ...]
    app: str
    uri: str
    address: str
    owner: str
    seed: Seed
    nonce: str
    signed: str
    reader: str
    stage: Stage
    wallet_key: WalletKey | None = None
    wallet_is_random: bool = False
    readable_by_site: bool = False
    claim: AliasClaim | None = None
    replaces: str | None = None
    former: tuple[Seed, ...] = ()
    authorization: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Every name of this profile, its own first."""
        return tuple(dict.fromkeys((self.name, *self.aliases)))

    @property
    def is_self_published(self) -> bool:
        """Whether its own name is one that its owner publishes it under; no resolver of dm3 keeps it."""
        return self.name == self.app

    @property
    def is_begun(self) -> bool:
        """Whether its creation has not come to its end yet; nobody has written to it or with it."""
        in_use = self.stage in (Stage.TAKEN_OVER, Stage.READY) or self.replaces is not None
        return not in_use

    @property
    def shown_name(self) -> str:
        """The name that others are told: a chosen alias where there is one."""
        return self.aliases[0] if self.kind is IdentityKind.MAIN and self.aliases else self.name

    @property
    def keys(self) -> ProfileKeys:
        """The profile's key pairs."""
        return ProfileKeys.from_seed(self.seed)

    @property
    def former_keys(self) -> tuple[ProfileKeys, ...]:
        """The key pairs before the last rotations, newest first: they open what is still under way."""
        return tuple(map(ProfileKeys.from_seed, self.former))

    def reader_of(self, profile: str) -> str:
        """This device's name at the services of the linked ``profile``, the same whatever the keys."""
        told = f"{self.kind}-" if self.reader.startswith(f"{self.kind}-") else ""
        seed = (self.former or (self.seed,))[-1] if self.kind is IdentityKind.MAIN else self.seed
        return told + reader_id_from(seed, self.reader, profile)

    @property
    def profile(self) -> SignedProfile:
        """The signed profile."""
        return read_signed_profile(self.signed)

    @property
    def wallet(self) -> KeyWallet | None:
        """The LSP's own wallet."""
        return KeyWallet(self.wallet_key) if self.wallet_key else None
