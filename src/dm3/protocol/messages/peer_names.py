"""Under which names a peer is known, and which of them are one peer's: the rule, without I/O.

Names are one peer's while they lead to the same owner address and the same profile, signed by that owner,
as they were last looked up. A name has no say in that beyond leading there, and gains nothing by it: whoever
has it but not the profile's keys can neither read nor write in that peer's conversation. As soon as such a
name is found with another owner, it stands apart, for good (``docs/decisions.md``, One peer, several names).
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from dm3.base import address_of, sha256_hex
from dm3.crypto import is_data_signed
from dm3.model import Message

from ..names import ResolvedProfile


class Sight(Struct, frozen=True):
    """Whose a name was found to be, and when (milliseconds).

    ``fresh``: looked up for this, not remembered. ``heard_at`` is the time of a verified message that was
    signed as from that name; 0 where there was none.
    """

    owner: str
    profile: str
    at: int
    fresh: bool = False
    heard_at: int = 0


class PeerName(Struct, frozen=True, kw_only=True):
    """A name of a peer, and whose it was when it was last looked up. Times in milliseconds.

    ``owner`` is an EIP-55 address and ``profile`` the SHA-256 of the profile that it has signed; both are
    empty where this is not known yet. ``heard_at`` is when the peer last signed a message as from this
    name, 0 for never. ``apart``: what is kept under this name is not all one owner's.
    """

    name: str
    met_at: int
    owner: str = ""
    profile: str = ""
    heard_at: int = 0
    changed_at: int = 0
    checked_at: int = 0
    ask_after: int = 0
    apart: bool = False

    @property
    def peer(self) -> tuple[str, str] | None:
        """Who it is: owner and profile. None where that is not known or not of one owner only."""
        return None if self.apart or not self.owner else (self.owner, self.profile)


def sight_of(found: ResolvedProfile, at: int, *, fresh: bool = False, heard_at: int = 0) -> Sight:
    """What was found under a name at ``at``. A profile is the same whenever its owner signed it."""
    return Sight(found.owner, sha256_hex(found.signed.profile_text), at, fresh, heard_at)


def is_all_by(found: ResolvedProfile, received: Iterable[Message]) -> bool:
    """Whether what was ``received`` from a name, before it was known whose it is, is by its present owner."""
    own = address_of(found.name)
    if own is not None and own[0] == found.owner.lower():
        return True  # nobody else has ever been able to sign a profile for an address name
    key = found.signed.profile.signing_key
    return all(is_data_signed(key, message.signed_text, message.signature) for message in received)


def first_seen(name: str, sight: Sight, *, since: int, one_owner: bool, heard_at: int = 0) -> PeerName:
    """A name seen for the first time; ``since`` is when something of it was first kept."""
    return PeerName(
        name=name,
        met_at=since,
        owner=sight.owner,
        profile=sight.profile,
        heard_at=max(heard_at, sight.heard_at),
        changed_at=sight.at,
        checked_at=sight.at if sight.fresh else 0,
        apart=not one_owner,
    )


def seen_again(known: PeerName, sight: Sight) -> PeerName:
    """A name seen again: with another owner it stands apart, with other keys of the same one it does not."""
    changed = (known.owner, known.profile) != (sight.owner, sight.profile)
    return replace(
        known,
        owner=sight.owner,
        profile=sight.profile,
        heard_at=max(known.heard_at, sight.heard_at),
        changed_at=sight.at if changed else known.changed_at,
        checked_at=sight.at if sight.fresh else known.checked_at,
        ask_after=0,
        apart=known.apart or known.owner != sight.owner,
    )


def name_groups(known: Iterable[PeerName]) -> dict[str, tuple[str, ...]]:
    """For every name all names of its peer, the one to show first.

    That is the name as from which the peer wrote last; where it never wrote, the name known longest. So a
    name that only leads to a peer's profile is never shown for what that peer has written.
    """
    members: dict[tuple[str, str], list[PeerName]] = {}
    alone: dict[str, tuple[str, ...]] = {}
    for name in known:
        if name.peer is None:
            alone[name.name] = (name.name,)
        else:
            members.setdefault(name.peer, []).append(name)
    for circle in members.values():
        circle.sort(key=lambda name: (-name.heard_at, name.met_at, name.name))
        names = tuple(name.name for name in circle)
        alone.update(dict.fromkeys(names, names))
    return alone


def to_check(known: Iterable[PeerName], now: int) -> list[str]:
    """The names that have to be looked up: those not known yet, and what another's new keys leaves in doubt.

    Once one of a peer's names leads to another profile, the others are looked up to see whether they do,
    too; each once for every change.
    """
    owners: dict[str, list[PeerName]] = {}
    for name in known:
        if not name.apart:
            owners.setdefault(name.owner, []).append(name)
    due = owners.pop("", [])
    for names in owners.values():
        if len({name.profile for name in names}) > 1:
            latest = max(name.changed_at for name in names)
            due += [name for name in names if name.checked_at < latest]
    return [name.name for name in due if name.ask_after <= now]
