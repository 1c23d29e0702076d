"""The parts of a profile that sends and receives, wired in one place."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ..reading.profile_inbox import LinkedInbox, ProfileInbox
from ..state.linked_profiles import LinkedProfiles
from ..state.open_profile import OpenProfile
from .arrivals import Arrivals
from .handler import HandleStep, MessageHandler
from .kept_messages import KeptMessages
from .marked_conversations import MarkedConversations
from .outgoing import Outgoing
from .rounds import Afterwards, PassTime, Rounds


class Parts(Struct, frozen=True):
    """What every profile in use is made of.

    ``own``: who it is, with its lock.
    ``linked``: what is linked to it.
    ``arrivals``: takes messages in.
    ``outgoing``: sends, and looks after the outbox.
    ``inbox``: reads the mailboxes.
    ``rounds``: the syncs.
    ``kept``: finds messages again.
    ``marked``: the conversations.
    """

    own: OpenProfile
    linked: LinkedProfiles
    arrivals: Arrivals
    outgoing: Outgoing
    inbox: ProfileInbox
    rounds: Rounds
    kept: KeptMessages
    marked: MarkedConversations


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
    return Parts(
        own,
        linked,
        arrivals,
        outgoing,
        inbox,
        Rounds(own, linked, inbox, outgoing, arrivals, before=before, after=after),
        KeptMessages(own, linked, outgoing),
        MarkedConversations(own, linked, outgoing),
    )
