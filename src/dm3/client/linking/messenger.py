"""A main profile in use: the inbox of its own and of all linked profiles (specification 3.3 to 3.6)."""

from __future__ import annotations

from dm3.base import Shown

from ..devices.devices import Devices
from ..messaging.conversation_marks import ConversationMarks
from ..messaging.parts import from_marks, from_own, from_reports, from_rounds, from_shown, from_writing
from ..messaging.reports import Reports
from ..messaging.rounds import Rounds
from ..messaging.shown_conversations import ShownConversations
from ..messaging.writing import Writing
from ..state.context import Context
from ..state.identity import Identity
from ..state.open_profile import OpenProfile
from .key_renewal import MainKeyRenewal
from .link_decisions import LinkDecisions
from .main_conversations import MainConversations
from .main_names import MainNames
from .main_settings import MainSettings
from .own_link import OwnLink, from_link
from .wiring import MainParts, wire_main

_from_links: Shown[Messenger, LinkDecisions] = Shown(lambda profile: profile._wired.links)
_from_all: Shown[Messenger, MainConversations] = Shown(lambda profile: profile._wired.conversations)
_from_settings: Shown[Messenger, MainSettings] = Shown(lambda profile: profile._wired.settings)
_from_names: Shown[Messenger, MainNames] = Shown(lambda profile: profile._wired.names)
_from_renewal: Shown[Messenger, MainKeyRenewal] = Shown(lambda profile: profile._wired.renewal)


class Messenger:
    """A main profile. Made by `Client.create_profile` or opened by `Client.messenger`.

    It may be linked to another one itself, if it has a name below a resolver's domain.
    """

    def __init__(self, context: Context, identity: Identity) -> None:
        self._wired: MainParts = wire_main(OpenProfile(context, identity))
        self._parts = self._wired.parts
        self._link = self._wired.link

    def __repr__(self) -> str:
        return f"<Messenger {self.name}>"

    @property
    def devices(self) -> Devices:
        """The devices that this profile is used on, kept in step with each other (specification 5.2)."""
        return self._wired.devices

    name = from_own.value(OpenProfile.shown_name)
    identity = from_own.value(OpenProfile.view)
    errors = from_own.value(OpenProfile.latest_errors)
    revision = from_own.value(OpenProfile.revision)

    # --- what comes and goes ------------------------------------------------------------------

    sync = from_rounds(Rounds.sync)
    incoming = from_rounds(Rounds.incoming)

    # --- writing ------------------------------------------------------------------------------

    send = from_writing(Writing.send)
    send_as = from_writing(Writing.send_as)
    make_statement = from_writing(Writing.make_statement)
    reply = from_writing(Writing.reply)
    react = from_writing(Writing.react)
    edit = from_writing(Writing.edit)
    delete = from_writing(Writing.delete)
    find_message = from_writing(Writing.find_message)
    deliver = from_writing(Writing.deliver)
    waiting = from_writing(Writing.waiting)
    entry_of = from_writing(Writing.entry_of)
    retry = from_writing(Writing.retry)
    discard = from_writing(Writing.discard)

    # --- conversations ------------------------------------------------------------------------

    conversations = from_shown(ShownConversations.conversations)
    messages = from_shown(ShownConversations.messages)
    timeline = from_shown(ShownConversations.timeline)
    last_entries = from_shown(ShownConversations.last_entries)
    names_of = from_shown(ShownConversations.names_of)
    mark_read = from_shown(ShownConversations.mark_read)
    inbox = _from_all(MainConversations.inbox)
    overview = _from_all(MainConversations.overview)
    inbox_timeline = _from_all(MainConversations.inbox_timeline)
    marks = from_marks(ConversationMarks.marks)
    message_requests = from_marks(ConversationMarks.message_requests)
    block = from_marks(ConversationMarks.block)
    unblock = from_marks(ConversationMarks.unblock)
    blocked = from_marks(ConversationMarks.blocked)
    allow = from_marks(ConversationMarks.allow)
    archive = from_marks(ConversationMarks.archive)
    pin = from_marks(ConversationMarks.pin)
    mute = from_marks(ConversationMarks.mute)
    keep_draft = from_marks(ConversationMarks.keep_draft)
    delete_conversation = from_marks(ConversationMarks.delete_conversation)
    peers = from_marks(ConversationMarks.peers)
    forget = from_marks(ConversationMarks.forget)

    # --- what its user is told besides --------------------------------------------------------

    notices = from_reports(Reports.notices)
    dismiss_notices = from_reports(Reports.dismiss_notices)
    refused = from_reports(Reports.refused)
    unverified = from_reports(Reports.unverified)
    discard_unverified = from_reports(Reports.discard_unverified)
    in_transit = from_reports(Reports.in_transit)

    # --- its link to a main profile -----------------------------------------------------------

    request_link = from_link(OwnLink.request_link)
    link_status = from_link(OwnLink.link_status)
    renew_link = from_link(OwnLink.renew_link)
    disclosure = from_link(OwnLink.disclosure)
    end_link = from_link(OwnLink.end_link)

    # --- the profiles that are linked to it ---------------------------------------------------

    link_requests = _from_links(LinkDecisions.link_requests)
    approve = _from_links(LinkDecisions.approve)
    reject = _from_links(LinkDecisions.reject)
    links = _from_links(LinkDecisions.links)
    outdated_links = _from_links(LinkDecisions.outdated_links)
    set_recovery = _from_links(LinkDecisions.set_recovery)
    remove_link = _from_links(LinkDecisions.remove_link)
    disclose = _from_links(LinkDecisions.disclose)
    open_pairing = _from_links(LinkDecisions.open_pairing)
    close_pairing = _from_links(LinkDecisions.close_pairing)

    # --- what it is known as, and its keys ----------------------------------------------------

    settings = _from_settings(MainSettings.settings)
    change_settings = _from_settings(MainSettings.change_settings)
    policy = _from_settings(MainSettings.policy)
    sends_receipts = _from_settings(MainSettings.sends_receipts)
    use_name = _from_names(MainNames.use_name)
    drop_name = _from_names(MainNames.drop_name)
    renew_keys = _from_renewal(MainKeyRenewal.renew_keys)
    use_delivery_services = _from_renewal(MainKeyRenewal.use_delivery_services)
