"""What users see of records that are kept: never keys, nor what only the protocol needs."""

from __future__ import annotations

from typing import Any, TypeVar

from msgspec import Struct

from dm3.crypto import DEFAULT_NONCE
from dm3.model import SignedProfile

from .capabilities import message_type
from .identity import Identity, IdentityKind, Stage
from .outbox_entry import NOBODY_THERE, OutboxEntry, OutboxState

V = TypeVar("V", bound=Struct)


def view_of(view: type[V], record: Struct, /, **others: Any) -> V:
    """A view of a record: its fields are those of ``record`` that have the same names, and ``others``."""
    same = (field for field in view.__struct_fields__ if field not in others)
    return view(**{field: getattr(record, field) for field in same}, **others)


class IdentityView(Struct, frozen=True, kw_only=True):
    """A profile of the vault.

    ``kind``: main or limited profile, or another kind of use.
    ``name``: its own name for good.
    ``aliases``: further names of it, in normal form.
    ``shown_name``: the name that others are told, one of these.
    ``app``: the domain that it is of; of a profile that its owner publishes under an ENS name alone, that
    name.
    ``uri``: the page that it is of.
    ``address``: the account that has signed the profile (EIP-55).
    ``owner``: the account of the user's wallet (EIP-55).
    ``signed``: what is published of it.
    ``stage``: how far its creation has come.
    ``is_begun``: its creation has not come to its end yet; nobody has written to it or with it.
    ``readable_by_site``: its wallet comes from its site's entropy, so the site can read what it writes.
    ``has_wallet``: the wallet that authorises its keys is in this vault.
    ``has_own_nonce``: what was signed for its keys has a nonce of its own, which only this vault knows.
    ``unclaimed_alias``: the name that was still to be claimed when its creation broke off.
    """

    kind: IdentityKind
    name: str
    aliases: tuple[str, ...]
    shown_name: str
    app: str
    uri: str
    address: str
    owner: str
    signed: SignedProfile
    stage: Stage
    is_begun: bool
    readable_by_site: bool
    has_wallet: bool
    has_own_nonce: bool
    unclaimed_alias: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Every name of this profile, its own first."""
        return tuple(dict.fromkeys((self.name, *self.aliases)))

    @property
    def is_self_published(self) -> bool:
        """Whether its own name is one that its owner publishes it under; no resolver of dm3 keeps it."""
        return self.name == self.app


def identity_view(identity: Identity) -> IdentityView:
    """A profile of the vault, as its user sees it."""
    return view_of(
        IdentityView,
        identity,
        signed=identity.profile,
        has_wallet=identity.wallet_key is not None,
        has_own_nonce=identity.nonce != DEFAULT_NONCE,
        unclaimed_alias=None if identity.claim is None else identity.claim.alias,
    )


class OutboxEntryView(Struct, frozen=True, kw_only=True):
    """A message on its way. Times in UNIX seconds.

    ``id``: what tells it from others of this vault.
    ``account``: our profile that sends it.
    ``to``: the receiver's name.
    ``sender``: the name that the delivery service is told.
    ``type``: its type as on the wire.
    ``message_hash``: its hash, 0x-hex.
    ``created_at``: when it was written.
    ``next_at``: when it is tried next.
    ``attempts``: how often it was tried.
    ``state``: whether it waits, or how it ended.
    ``last_error``: the sentence of what stood in the way the last time.
    ``last_code``: the code of what stood in the way the last time.
    """

    id: str
    account: str
    to: str
    sender: str
    type: str
    message_hash: str
    created_at: int
    next_at: int
    attempts: int
    state: OutboxState
    last_error: str
    last_code: str

    @property
    def is_to_nobody(self) -> bool:
        """Whether no profile was published under the receiver's name when it was last tried.

        It waits nevertheless: the name may be a slip, or its owner may yet publish.
        """
        return self.state is OutboxState.WAITING and self.last_code == NOBODY_THERE


def outbox_view(entry: OutboxEntry) -> OutboxEntryView:
    """A message on its way, as its user sees it: its text may have keys."""
    return view_of(OutboxEntryView, entry, type=message_type(entry.text))
