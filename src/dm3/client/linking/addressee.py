"""Whom a profile asks to be linked to: found out before the wallet signs and before any key leaves.

Specification 3.3.
"""

from __future__ import annotations

from typing import ClassVar, Protocol

from msgspec import Struct

from dm3.base import normalize, same_name
from dm3.base.errors import InvalidInput, LocalProtocolError, Unreachable
from dm3.crypto import PairingCode, parse_pairing_code
from dm3.model import LinkKind, ProfileExtension
from dm3.net import Directory
from dm3.protocol.linking import NothingKnown, OutgoingLink, OutgoingLinkState, require_support

from ..state.identity import Identity
from ..state.wallets import Wallet, address_of_wallet


class AnotherOwner(LocalProtocolError):
    """The main profile belongs to another account than the one that signs."""

    code: ClassVar[str] = "another-owner"
    hint = (
        "Nothing was sent. Compare the name. If it is meant, have its user show a pairing code (dm3 link "
        "pair) and ask with it (pairing=…, --pairing); programs may say other_owner=True (--other-owner)."
    )


class LooksUp(Protocol):
    """Who knows what is published under a name, and what its delivery services say of it."""

    @property
    def directory(self) -> Directory: ...

    async def asked_extension(self, name: str) -> tuple[ProfileExtension | None, Unreachable | None]:
        """What a profile says of itself, and why a service is away that might have told."""


class Means(Struct, frozen=True, kw_only=True):
    """What the caller says of the main profile that is asked.

    ``pairing`` is the code that its messenger shows. ``other_owner``: that it is meant, though it belongs to
    another account. ``allow_unknown``: that it may be asked, though nothing is known of what it reads.
    """

    pairing: PairingCode | None = None
    other_owner: bool = False
    allow_unknown: bool = False


class Addressee(Struct, frozen=True, kw_only=True):
    """The main profile that is asked: ``name`` in normal form, and the ``owner`` of that name.

    ``keys_later``: keys go only after its acceptance.
    """

    name: str
    owner: str
    keys_later: bool


def means(pairing: PairingCode | str | None, other_owner: bool, allow_unknown: bool) -> Means:
    """What the caller says, with the code as it was typed. Raises `MistypedPairingCode`."""
    code = parse_pairing_code(pairing) if isinstance(pairing, str) else pairing
    return Means(pairing=code, other_owner=other_owner, allow_unknown=allow_unknown)


async def find_addressee(
    looked_up: LooksUp,
    identity: Identity,
    asking: OutgoingLink | None,
    main_name: str,
    signer: str,
    said: Means,
) -> Addressee:
    """Look the main profile up and see whether it may be asked; ``asking`` is what was asked before.

    ``signer`` is the account that is to sign. Raises `InvalidInput` where it is this profile itself,
    `AnotherOwner`, `UnsupportedByPeer` where it takes no links, `NothingKnown` or `Unreachable` where it does
    not say so, and what looking it up raises.
    """
    name = normalize(main_name)
    before = asking if asking is not None and same_name(asking.main_name, name) else None
    found = await looked_up.directory.profile(name)
    if name in identity.names or found.signed.hash == identity.profile.hash:
        raise InvalidInput(
            f"{name} is this profile itself, which is not linked to itself",
            hint="Say the name of the main profile that is to take it in.",
        )
    meant = found.owner == signer or said.pairing is not None or said.other_owner
    if not meant and not (before is not None and _is_agreed(before, found.owner)):
        raise AnotherOwner(f"{name} is {found.owner}'s, and {signer} signs")
    extension, away = await looked_up.asked_extension(name)
    listed = require_support(extension, LinkKind.REQUEST, name)
    if not listed and not said.allow_unknown and before is None:
        raise away or NothingKnown(f"{name} does not say what it reads, nor does its delivery service")
    own = found.owner == signer or said.other_owner
    return Addressee(name=name, owner=found.owner, keys_later=not listed or not own)


def _is_agreed(asking: OutgoingLink, owner: str) -> bool:
    """Whether this owner was meant before: said to be, or linked to by a code that it has proved."""
    linked = asking.state is OutgoingLinkState.LINKED and asking.accepted_message is not None
    return asking.main_owner == owner and (asking.other_owner or linked)


def signer_of(identity: Identity, wallet: Wallet | None) -> tuple[Wallet, str]:
    """Who is to sign for ``identity``, and as which account: its owner, or the profile's own wallet.

    Without a ``wallet`` it is the profile's own. Raises `InvalidInput` where that is not held here.
    """
    chosen = identity.wallet if wallet is None else wallet
    if chosen is None:
        raise InvalidInput("the profile's own wallet is not held here, so another one has to sign")
    account = address_of_wallet(chosen)
    return chosen, account if account == identity.address else identity.owner
