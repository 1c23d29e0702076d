"""What must be true at any moment, and what once all is quiet."""

from __future__ import annotations

from collections import Counter
from typing import Final

from hypothesis import note

from dm3.base.errors import Dm3Error
from dm3.client.state.outbox_entry import OutboxState
from dm3.model import LinkKind
from dm3.protocol.linking import LinkState, OutgoingLinkState, RequestState
from dm3.protocol.messages.composing import check_message, open_envelope
from dm3.wire import envelope_from, read_message
from tests.e2e.linking_cast import Cast
from tests.e2e.linking_parties import Party
from tests.kit.inside import identity_of

APART: Final = 240 + 600
"""How far two clocks and a grace of two minutes can be apart, and some, in seconds; a wrong one, too."""


async def all_is_well(cast: Cast) -> None:
    """Keys are only where the owner's wallet sent them, and links only where the user approved."""
    hers = identity_of(cast.mallory.profile).seed
    for payload in cast.mallory.read_what_passed():
        # Her own come back to her where a resolver misleads herself, too.
        assert payload.profile_key in (None, hers), "Mallory has got keys"
        assert payload.wallet_key is None, "Mallory has got keys"
    links = await cast.links()
    assert len(links) <= 1
    for link in links:
        assert (link.profile_name, link.owner) == (cast.lsp.name, cast.owner.address)
        assert link.main_name == cast.victim.main_name
        assert link.profile_key in (None, cast.lsp.seed)
        assert (link.state is LinkState.AWAITING_KEYS) == (link.profile_key is None)
        assert cast.approvals, "nobody approved this link"
    asking = await cast.asking()
    if asking is not None and asking.state is OutgoingLinkState.LINKED:
        assert cast.approvals, "nobody approved this link"
        assert asking.main_signature is not None
    if not await cast.in_force():
        cast.joined = False
        # What was still on its way when the link ended is for the next link's history to bring.
        cast.expected_in_main &= set(await _contents(cast.main, cast.lsp.name))


async def effects_happened_once(cast: Cast) -> None:
    """One acceptance for each approval, one notice for each recovery, whatever was lost or replayed."""
    notices = await cast.messenger.notices()
    assert sum(notice.kind == "recovery" for notice in notices) <= cast.recoveries
    accepted = set()
    for _, envelope in cast.network.submitted:
        try:
            message = open_envelope(envelope_from(envelope), cast.lsp.keys).message
            check_message(message, cast.messenger.identity.signed.profile)
        except Dm3Error:
            continue  # not for the profile, or not by the main profile
        if message.link is not None and message.link.kind is LinkKind.ACCEPT:
            accepted.add(message.hash)
    assert len(accepted) <= cast.approvals


async def nothing_is_lost_or_doubled(cast: Cast) -> None:
    """Every message that its author has in the conversation is there once with all who should have it."""
    name = cast.lsp.name
    at_peer = await _contents(cast.peer, cast.contact.identity.name)
    kept = {party.label: await _contents(party, name) for party in (cast.main, cast.app, *cast.devices)}
    for label, contents in (*kept.items(), ("peer", at_peer)):
        doubled = [words for words, times in Counter(contents).items() if times > 1]
        assert not doubled, (label, doubled)
    for party in (cast.main, cast.app, *cast.devices):
        assert await party.counted(name) == len(kept[party.label]), party
    for party in cast.parties:
        failed = [entry for entry in await party.outbox() if entry.state is OutboxState.FAILED]
        assert party is cast.mallory.party or not failed, (party, failed)
    unsent = {read_message(entry.text).content for entry in await cast.stranded()}
    for author in ("app", "main", "device 0", "device 1"):
        sent = _by(author, kept.get(author, [])) - unsent
        assert sent == _by(author, at_peer) - unsent, f"messages of {author} are missing at the peer"
    by_peer = _by("peer", at_peer)
    assert by_peer <= set(kept["app"]), "messages of the peer are missing in the application"
    by_main = _by("main", kept["main"]) - unsent
    assert by_main <= set(kept["app"]), "messages of the main profile are missing in the application"
    expected = cast.expected_in_main & set(kept["app"]) if await cast.in_force() else set()
    missing = expected - set(kept["main"])
    assert not missing, f"the main inbox has gaps: {sorted(missing)}"


async def _contents(party: Party, profile: str) -> list[str]:
    return [message.content or "" for message in await party.conversation(profile)]


def _by(author: str, contents: list[str]) -> set[str]:
    return {words for words in contents if words.startswith(f"{author}: ")}


async def both_sides_agree(cast: Cast) -> None:
    """Linked with the same validity at both, or each knows that it is not or not yet."""
    asking, links, request = await cast.asking(), await cast.links(), await cast.request()
    link = links[0] if links else None
    here = asking.state if asking else OutgoingLinkState.UNLINKED
    there = link.state if link else LinkState.NONE
    undecided = request is not None and request.state is RequestState.PENDING
    rejected = request is not None and request.state is RequestState.REJECTED
    note(f"at the end: {here} and {there}, request {request.state if request else None}")
    now = cast.network.now
    if there is LinkState.LINKED and link is not None:
        ends_now = abs(now - link.valid_until) <= APART
        assert here is OutgoingLinkState.LINKED or undecided or ends_now, "the application does not know"
        if asking is not None and here is OutgoingLinkState.LINKED:
            assert asking.valid_until == link.valid_until or undecided
    elif asking is not None and here is OutgoingLinkState.LINKED:
        over = asking.valid_until <= now + APART
        assert over or undecided or rejected, "the main profile does not know"
