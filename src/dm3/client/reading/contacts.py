"""Whom the user has to do with: what is remembered of them makes way for no stranger (specification 4.4)."""

from __future__ import annotations

from itertools import islice
from typing import Final

from dm3.protocol.messages import is_entry
from dm3.store.vault import Within

from ..state.marks import MARKS
from ..state.records import (
    ASKINGS,
    CONVERSATIONS,
    IDENTITIES,
    LINKS,
    MESSAGES,
    PEER_NAMES,
    SEEN,
    SEEN_KEPT,
    Direction,
)

CONTACTS: Final = "|contacts"
"""The section of their profiles: no domain has such a name."""
CONTACTS_KEPT: Final = 100_000
"""How many of them have room there."""


def keep_contacts(domain: str, within: Within) -> None:
    """Before a further name of ``domain`` is kept: have no contact be among those that make way for it.

    The oldest of a domain that is full are looked at, when it is their turn, and moved if they are contacts;
    so this costs nothing before, and counts what the user has done until then.
    """
    beyond = within.count(SEEN, domain) - (SEEN_KEPT - 1)
    if beyond <= 0:
        return
    room = CONTACTS_KEPT - within.count(SEEN, CONTACTS, CONTACTS_KEPT)
    contacts = [seen for seen in islice(within.each(SEEN, domain), beyond) if is_contact(within, seen.name)]
    for seen in contacts[:room]:
        within.put(SEEN, seen.name, seen, section=CONTACTS)


def is_contact(within: Within, name: str) -> bool:
    """Whether ``name`` is the user's own, linked, or one that they have written to or allowed to write."""
    accounts = list(within.each(IDENTITIES, ""))
    if any(name in account.names for account in accounts):
        return True
    mine = [account.name for account in accounts]
    links = [link.profile_name for links in within.sections(LINKS, mine).values() for link in links]
    askings = within.get_all(ASKINGS, mine).values()
    if name in links or any(name == asking.main_name for asking in askings):
        return True
    profiles = (*mine, *links)
    both = [f"{profile}|{name}" for profile in profiles]
    if any(marks.allowed for marks in within.get_all(MARKS, both).values()):
        return True
    if any(_has_written(within, conversation) for conversation in within.get_all(CONVERSATIONS, both)):
        return True
    return any(_is_other_name(within, profile, name) for profile in profiles)


def _has_written(within: Within, conversation: str) -> bool:
    messages = within.each(MESSAGES, conversation)
    return any(one.direction is Direction.OUT and is_entry(one.type) for one in messages)


def _is_other_name(within: Within, profile: str, name: str) -> bool:
    """Whether it is known to be another name of one who may write to ``profile``.

    Whoever was written to is among them since the conversations were listed.
    """
    known = within.get_all(PEER_NAMES, [f"{profile}|{name}"]).values()
    peers = {one.peer for one in known if one.peer is not None}
    if not peers:
        return False
    allowed = [f"{profile}|{marks.peer}" for marks in within.each(MARKS, profile) if marks.allowed]
    return any(other.peer in peers for other in within.get_all(PEER_NAMES, allowed).values())
