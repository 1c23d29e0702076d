"""The profiles that were seen under a name: a replaced one changes nothing by itself (specification 4).

A resolver, or whoever has taken it over, may serve a profile again whose keys have leaked. It was seen
before, and another one after it: nothing is sealed for it, and what it signs is shown as signed with earlier
keys, until the user takes it back. A wallet that was recovered without its vault brings this about honestly.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Final, Protocol

from msgspec import Struct

from dm3.base import domain_of, normalize
from dm3.base.errors import BadSignature, Dm3Error, LocalProtocolError, NotAuthentic, NotFound
from dm3.crypto import is_data_signed
from dm3.model import Message
from dm3.protocol.names import ResolvedProfile
from dm3.store.vault import Conflict, Vault

from ..state.context_parts import HasNames, HasVaultAndClock
from ..state.kept_records import SeenKeys, SeenProfile
from ..state.records import SEEN
from .contacts import keep_contacts

EARLIER_KEYS: Final = "earlier-keys"
"""The code of what is signed with keys that were replaced."""
REMEMBERED: Final = 16
"""How many profiles of one name are remembered, the newest ones."""
CACHED: Final = 600
"""Seconds for which honest caches of others may still serve the profile before: twice what we allow."""


class PublishedProfile(Struct, frozen=True):
    """What is published under a name.

    ``profile``: verified to be its owner's.
    ``in_force``: False where it was replaced before.
    """

    profile: ResolvedProfile
    in_force: bool


class EarlierProfile(NotAuthentic):
    """An earlier profile is served under that name, and it was replaced."""

    code = "earlier-profile"
    hint = (
        "Nothing is sealed for it. Ask its owner in another way; if it is meant, compare fingerprints "
        "(dm3 profile fingerprint NAME) and take it back: dm3 profile take-back NAME"
    )


class SeesProfiles(HasNames, Protocol):
    """Whoever judges whether a profile is in force."""

    @property
    def takes_back(self) -> bool:
        """Whether a replaced profile that is served again is taken back without asking."""


async def is_in_force(context: SeesProfiles, found: ResolvedProfile) -> bool:
    """Whether ``found`` is the profile last seen under its name, or a newer one; False if it was replaced.

    What is seen first is remembered. Where the policy takes replaced profiles back by itself, they are.
    """
    kept = await context.vault.find(SEEN, found.name)
    record = kept.record if kept else SeenProfile(found.name, ())
    newest = record.seen[-1] if record.seen else None
    if newest is not None and newest.hash == found.signed.hash:
        return True
    known = any(keys.hash == found.signed.hash for keys in record.seen)
    if known and newest is not None and not context.takes_back:
        # Others' caches may be behind for a while; the next look tells.
        return context.seconds() - newest.first_at <= CACHED
    with suppress(Conflict):  # another program has noted it just now
        await _keep(context, record, found, kept.revision if kept else 0)
    return True


async def require_in_force(context: SeesProfiles, found: ResolvedProfile) -> ResolvedProfile:
    """``found``, if it is not a replaced profile. Raises `EarlierProfile`."""
    if not await is_in_force(context, found):
        raise EarlierProfile(found.name)
    return found


async def signed_earlier(vault: Vault, message: Message) -> bool:
    """Whether ``message`` is signed by keys that its sender's name had before."""
    kept = await vault.get(SEEN, message.from_)
    return kept is not None and any(_signed(keys.signing_key, message) for keys in kept.seen)


def _signed(key: bytes, message: Message) -> bool:
    try:
        return is_data_signed(key, message.signed_text, message.signature)
    except (BadSignature, Dm3Error):
        return False


async def take_back(context: HasNames, name: str) -> ResolvedProfile:
    """Take the profile that is published under ``name`` now for the one in force, though it was replaced.

    Returns it. Raises `LocalProtocolError` when it is in force already, and as `Directory.profile`.
    """
    found = await context.directory.profile(normalize(name), fresh=True)
    kept = await context.vault.find(SEEN, found.name)
    if kept is None:
        raise NotFound(f"no profile of {found.name} was seen here before", hint="There is nothing to decide.")
    if kept.record.seen[-1].hash == found.signed.hash:
        raise LocalProtocolError(f"what {found.name} has published is in force here already")
    await _keep(context, kept.record, found, kept.revision)
    return found


async def _keep(
    context: HasVaultAndClock, record: SeenProfile, found: ResolvedProfile, revision: int
) -> None:
    others = tuple(keys for keys in record.seen if keys.hash != found.signed.hash)
    signing_key = found.signed.profile.signing_key
    newest = SeenKeys(found.signed.hash, signing_key, context.seconds())
    later = SeenProfile(found.name, (*others, newest)[-REMEMBERED:])
    domain, change = domain_of(found.name), context.vault.change()
    if revision == 0:
        change.work(partial(keep_contacts, domain))
    # No domain's names make another's be forgotten.
    change.put(SEEN, found.name, later, section=domain, expect=revision)
    await context.vault.commit(change)
