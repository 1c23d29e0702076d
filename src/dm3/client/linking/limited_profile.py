"""A limited scope profile in use: a profile for one application (specification 3)."""

from __future__ import annotations

from dm3.base import Shown
from dm3.base.errors import Dm3Error

from ..messaging.conversation_marks import ConversationMarks
from ..messaging.parts import from_marks, from_own, from_reports, from_rounds, from_shown, from_writing
from ..messaging.reports import Reports
from ..messaging.rounds import Rounds
from ..messaging.shown_conversations import ShownConversations
from ..messaging.writing import Writing
from ..profiles.escrow import Escrow
from ..state.context import Context
from ..state.identity import Identity
from ..state.open_profile import OpenProfile
from .key_rotation import KeyRotation
from .own_link import OwnLink, from_link
from .wiring import LimitedParts, wire_limited

_from_rotation: Shown[LimitedScopeProfile, KeyRotation] = Shown(lambda profile: profile._wired.rotation)
_from_escrow: Shown[LimitedScopeProfile, Escrow] = Shown(lambda profile: profile._wired.escrow)


class LimitedScopeProfile:
    """A profile for one application. Made by `Client.create_lsp` and `Client.embed_lsp`."""

    def __init__(self, context: Context, identity: Identity, errors: tuple[Dm3Error, ...] = ()) -> None:
        self._wired: LimitedParts = wire_limited(OpenProfile(context, identity, errors))
        self._parts = self._wired.parts
        self._link = self._wired.link

    def __repr__(self) -> str:
        return f"<LimitedScopeProfile {self.name}>"

    name = from_own.value(OpenProfile.shown_name)
    identity = from_own.value(OpenProfile.view)
    errors = from_own.value(OpenProfile.latest_errors)
    revision = from_own.value(OpenProfile.revision)

    # --- what comes and goes ------------------------------------------------------------------

    sync = from_rounds(Rounds.sync)
    incoming = from_rounds(Rounds.incoming)

    # --- writing ------------------------------------------------------------------------------

    send = from_writing(Writing.send)
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

    # --- its keys -----------------------------------------------------------------------------

    rotate_keys = _from_rotation(KeyRotation.rotate_keys)
    protect_with_code = _from_escrow(Escrow.protect_with_code)
    protected_at = _from_escrow(Escrow.protected_at)
    unprotect = _from_escrow(Escrow.unprotect)
