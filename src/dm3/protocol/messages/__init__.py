"""Messages and envelopes, and the timelines that come of them."""

from typing import TYPE_CHECKING

from dm3.lazy import lazy_face

if TYPE_CHECKING:
    from .attachments import (
        MAX_MESSAGE,
        PLAIN_BYTES,
        AttachedFile,
        attachment_of,
        content_of,
        describe_attachments,
    )
    from .composing import OpenedEnvelope, check_message, compose, envelop, open_envelope, postmark_is_valid
    from .peer_names import PeerName, first_seen, is_all_by, name_groups, seen_again, sight_of, to_check
    from .timeline_entries import CHANGES, Entry, Reaction, Resend, Timeline, Version
    from .timeline_messages import Delivery, Remark, TimelineMessage, is_entry
    from .timeline_rules import LONGEST_REACTION, resend_for, timeline
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            ".attachments": (
                "AttachedFile",
                "MAX_MESSAGE",
                "PLAIN_BYTES",
                "attachment_of",
                "content_of",
                "describe_attachments",
            ),
            ".composing": (
                "OpenedEnvelope",
                "check_message",
                "compose",
                "envelop",
                "open_envelope",
                "postmark_is_valid",
            ),
            ".peer_names": (
                "PeerName",
                "name_groups",
                "is_all_by",
                "first_seen",
                "seen_again",
                "sight_of",
                "to_check",
            ),
            ".timeline_entries": (
                "CHANGES",
                "Entry",
                "Reaction",
                "Resend",
                "Timeline",
                "Version",
            ),
            ".timeline_messages": (
                "Delivery",
                "Remark",
                "TimelineMessage",
                "is_entry",
            ),
            ".timeline_rules": (
                "LONGEST_REACTION",
                "resend_for",
                "timeline",
            ),
        },
    )

__all__ = [
    "CHANGES",
    "LONGEST_REACTION",
    "MAX_MESSAGE",
    "PLAIN_BYTES",
    "AttachedFile",
    "Delivery",
    "Entry",
    "OpenedEnvelope",
    "PeerName",
    "Reaction",
    "Remark",
    "Resend",
    "Timeline",
    "TimelineMessage",
    "Version",
    "attachment_of",
    "check_message",
    "compose",
    "content_of",
    "describe_attachments",
    "envelop",
    "first_seen",
    "is_all_by",
    "is_entry",
    "name_groups",
    "open_envelope",
    "postmark_is_valid",
    "resend_for",
    "seen_again",
    "sight_of",
    "timeline",
    "to_check",
]
