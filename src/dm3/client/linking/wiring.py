"""What limited scope profiles and main profiles are made of: every part is wired here."""

from __future__ import annotations

from functools import partial

from msgspec import Struct

from dm3.model import Message
from dm3.store.vault import Change

from ..devices.devices import Devices
from ..devices.parts import wire_devices
from ..messaging.arrivals import Arrivals
from ..messaging.outgoing import Outgoing, OwnAuthor
from ..messaging.parts import Parts, wire
from ..messaging.service_messages import forget_handled
from ..profiles.escrow import Escrow
from ..state.linked_profiles import LinkedProfiles
from ..state.open_profile import OpenProfile
from .approver import LinkApprover
from .copies import Copies
from .key_renewal import MainKeyRenewal
from .key_rotation import KeyRotation
from .link_decisions import LinkDecisions
from .linked_authors import LinkedAuthors
from .linked_mailboxes import LinkedMailboxes
from .main_conversations import MainConversations
from .main_inbox import MainInbox
from .main_linking import MainLinking
from .main_names import MainNames
from .main_settings import MainSettings
from .own_link import OwnLink
from .requester import LinkRequester


class LimitedParts(Struct, frozen=True):
    """The parts of a limited scope profile.

    ``parts``: those of every profile in use.
    ``link``: its link to a main profile.
    ``rotation``: gives it new keys.
    ``escrow``: keeps sealed copies of its keys.
    """

    parts: Parts
    link: OwnLink
    rotation: KeyRotation
    escrow: Escrow


class MainParts(Struct, frozen=True):
    """The parts of a main profile.

    ``parts``: those of every profile in use.
    ``link``: its link to another main profile, if its user wants one.
    ``desk``: decides on links, and has those that are decided be kept.
    ``links``: what its user decides on.
    ``conversations``: its own and those of linked profiles.
    ``devices``: keeps those that it is used on in step.
    ``settings``: what its user has set.
    ``names``: what else it is known as.
    ``renewal``: gives it new keys and other delivery services.
    """

    parts: Parts
    link: OwnLink
    desk: LinkApprover
    links: LinkDecisions
    conversations: MainConversations
    devices: Devices
    settings: MainSettings
    names: MainNames
    renewal: MainKeyRenewal


def wire_limited(own: OpenProfile) -> LimitedParts:
    """Make a limited scope profile of its parts."""
    linked = LinkedProfiles(own.context.vault, own.account)
    copies, escrow = Copies(own), Escrow(own)
    arrivals = Arrivals(own, copies.note_reader)
    outgoing = Outgoing(own, OwnAuthor(own, copies.copy_sent))
    requester = LinkRequester(own, copies, outgoing)
    parts = wire(
        own,
        linked,
        arrivals,
        outgoing,
        requester.handle_link,
        before=(requester.pass_time, partial(forget_handled, own)),
        after=(requester.publish, escrow.look_for_releases),
    )
    return LimitedParts(parts, OwnLink(own, requester), KeyRotation(own, copies), escrow)


def wire_main(own: OpenProfile) -> MainParts:
    """Make a main profile of its parts."""
    linked = LinkedProfiles(own.context.vault, own.account)
    copies, devices, mailboxes = Copies(own), wire_devices(own), LinkedMailboxes(own)

    async def copy(change: Change, message: Message) -> None:
        await copies.copy_sent(change, message)
        await devices.telling.copy_sent(change, message)

    desk = LinkApprover(own, linked, mailboxes)
    arrivals = Arrivals(own, copies.note_reader)
    outgoing = Outgoing(
        own, LinkedAuthors(own, OwnAuthor(own, copy), desk, mailboxes), prepare=devices.telling.prepare
    )
    requester = LinkRequester(own, copies, outgoing)
    linking = MainLinking(own, linked, desk, requester, devices, mailboxes, arrivals)
    parts = wire(
        own,
        linked,
        arrivals,
        outgoing,
        linking.handle_link,
        linking.handle_sync,
        linked_inbox=MainInbox(own, linked, mailboxes, arrivals),
        before=(requester.pass_time, linking.pass_time, partial(forget_handled, own)),
        after=(requester.publish, linking.settle_marks, linking.adopt_keys),
    )
    return MainParts(
        parts,
        OwnLink(own, requester),
        desk,
        LinkDecisions(own, linked, desk, mailboxes, outgoing),
        MainConversations(own, parts.marked),
        Devices(own, devices, parts.inbox, arrivals.keep_sent, outgoing.hand_over),
        MainSettings(own),
        MainNames(own),
        MainKeyRenewal(own, parts.inbox, outgoing, devices.stores.new_keys),
    )
