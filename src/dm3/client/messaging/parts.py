"""The parts of a profile that sends and receives, wired in one place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from dm3.base import Shown

from ..reading.profile_inbox import LinkedInbox, ProfileInbox
from ..state.linked_profiles import LinkedProfiles
from ..state.open_profile import OpenProfile
from .arrivals import Arrivals
from .conversation_marks import ConversationMarks
from .handler import HandleStep, MessageHandler
from .kept_messages import KeptMessages
from .marked_conversations import MarkedConversations
from .outgoing import Outgoing
from .reports import Reports
from .rounds import Afterwards, PassTime, Rounds
from .shown_conversations import ShownConversations
from .writing import Writing


class Parts(Struct, frozen=True):
    """What every profile in use is made of.

    ``own``: who it is, with its lock.
    ``linked``: what is linked to it.
    ``arrivals``: takes messages in.
    ``outgoing``: sends, and looks after the outbox.
    ``inbox``: reads the mailboxes.
    ``rounds``: the syncs.
    ``marked``: the conversations of this profile and of linked ones.
    ``shown``: shows them.
    ``marks``: what was decided about them.
    ``writing``: what its user writes.
    ``reports``: what its user is told besides.
    """

    own: OpenProfile
    linked: LinkedProfiles
    arrivals: Arrivals
    outgoing: Outgoing
    inbox: ProfileInbox
    rounds: Rounds
    marked: MarkedConversations
    shown: ShownConversations
    marks: ConversationMarks
    writing: Writing
    reports: Reports


def wire(
    own: OpenProfile,
    linked: LinkedProfiles,
    arrivals: Arrivals,
    outgoing: Outgoing,
    handle_link: HandleStep,
    handle_sync: HandleStep | None = None,
    *,
    linked_inbox: LinkedInbox | None = None,
    before: Sequence[PassTime] = (),
    after: Sequence[Afterwards] = (),
) -> Parts:
    """The parts of a profile whose kind says what is done with link messages and device messages.

    ``linked_inbox``: the mailboxes of profiles that are linked to it. ``before`` and ``after``: what each of
    its rounds begins and ends with.
    """
    handler = MessageHandler(own, linked, arrivals, handle_link, handle_sync)
    inbox = ProfileInbox(own, handler.act, linked_inbox)
    marked = MarkedConversations(own, linked, outgoing)
    return Parts(
        own,
        linked,
        arrivals,
        outgoing,
        inbox,
        Rounds(own, linked, inbox, outgoing, arrivals, before=before, after=after),
        marked,
        ShownConversations(own, marked),
        ConversationMarks(marked),
        Writing(own, KeptMessages(own, linked, outgoing), outgoing),
        Reports(own, inbox),
    )


class HasParts(Protocol):
    """A profile, or a device that has one for a while."""

    @property
    def _parts(self) -> Parts: ...


def parts_of(profile: HasParts) -> Parts:
    """What a profile is made of, for whoever has to reach behind its face, such as tests."""
    return profile._parts


from_own: Shown[HasParts, OpenProfile] = Shown(lambda profile: profile._parts.own)
from_rounds: Shown[HasParts, Rounds] = Shown(lambda profile: profile._parts.rounds)
from_shown: Shown[HasParts, ShownConversations] = Shown(lambda profile: profile._parts.shown)
from_marks: Shown[HasParts, ConversationMarks] = Shown(lambda profile: profile._parts.marks)
from_writing: Shown[HasParts, Writing] = Shown(lambda profile: profile._parts.writing)
from_reports: Shown[HasParts, Reports] = Shown(lambda profile: profile._parts.reports)
