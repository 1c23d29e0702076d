"""Linked Profiles: asking, approving, renewing, recovering, publishing (specification 3)."""

from .admission import Waiting, require_one_name, waiting_beside
from .approver import Decision, approve, decide, reject, remove
from .approver import pass_time as pass_time_at_main
from .checks import CheckedRequest, MainProfile, NonceQuestion, check_request
from .ending import (
    end,
    ending_payload,
    handle_ending,
    handle_refused_recovery,
    handle_revocation,
    signed_anew,
)
from .link_message import print_link_message
from .link_message_reading import parse_link_message
from .link_payloads import OwnProfile, acceptance, keys_payload, request_payload
from .older import named_payloads
from .pages import same_page
from .pairing import LIFE, MAX_WRONG, PairingOffer, PairingProofs, after_wrong_try, pairing_proofs, proves
from .policy import DAY, LinkPolicy, Notices, RecoveryMode, WhoMayAsk
from .record import (
    Disclosure,
    VerifiedRecord,
    disclosure_held,
    disclosure_of,
    make_record,
    parse_record,
    record_uri,
    verify_record,
)
from .records import Asked, Link, LinkMoment, Moment, OutgoingLink, Request
from .recovery import Recovery, RecoveryStep, begin, handle_keys, recovery_payload
from .recovery import pass_time as pass_time_of_recovery
from .refusals import LinkRefused, Reason
from .release import Doubt, doubts_of, is_unasked, recovery_mode
from .requester import (
    DEFAULT_TERM,
    SKEW,
    NothingKnown,
    OutgoingLinkStep,
    ask,
    handle_acceptance,
    issue_time,
    new_link_message,
    require_support,
)
from .requester import pass_time as pass_time_of_asking
from .superseded import is_superseded
from .tables import (
    TABLES,
    Effect,
    LinkState,
    OutgoingLinkEffect,
    OutgoingLinkState,
    RecoveryEffect,
    RecoveryState,
    RequestState,
)
from .telling import (
    HOUR,
    MOST_AN_HOUR,
    RejectCode,
    ToldRefusal,
    is_decision_told,
    known_code,
    refusal_to_tell,
    told_reason,
)

__all__ = [
    "DAY",
    "DEFAULT_TERM",
    "HOUR",
    "LIFE",
    "MAX_WRONG",
    "MOST_AN_HOUR",
    "SKEW",
    "TABLES",
    "Asked",
    "CheckedRequest",
    "Decision",
    "Disclosure",
    "Doubt",
    "Effect",
    "Link",
    "LinkMoment",
    "LinkPolicy",
    "LinkRefused",
    "LinkState",
    "MainProfile",
    "Moment",
    "NonceQuestion",
    "NothingKnown",
    "Notices",
    "OutgoingLink",
    "OutgoingLinkEffect",
    "OutgoingLinkState",
    "OutgoingLinkStep",
    "OwnProfile",
    "PairingOffer",
    "PairingProofs",
    "Reason",
    "Recovery",
    "RecoveryEffect",
    "RecoveryMode",
    "RecoveryState",
    "RecoveryStep",
    "RejectCode",
    "Request",
    "RequestState",
    "ToldRefusal",
    "VerifiedRecord",
    "Waiting",
    "WhoMayAsk",
    "acceptance",
    "after_wrong_try",
    "approve",
    "ask",
    "begin",
    "check_request",
    "decide",
    "disclosure_held",
    "disclosure_of",
    "doubts_of",
    "end",
    "ending_payload",
    "handle_acceptance",
    "handle_ending",
    "handle_keys",
    "handle_refused_recovery",
    "handle_revocation",
    "is_decision_told",
    "is_superseded",
    "is_unasked",
    "issue_time",
    "keys_payload",
    "known_code",
    "make_record",
    "named_payloads",
    "new_link_message",
    "pairing_proofs",
    "parse_link_message",
    "parse_record",
    "pass_time_at_main",
    "pass_time_of_asking",
    "pass_time_of_recovery",
    "print_link_message",
    "proves",
    "record_uri",
    "recovery_mode",
    "recovery_payload",
    "refusal_to_tell",
    "reject",
    "remove",
    "request_payload",
    "require_one_name",
    "require_support",
    "same_page",
    "signed_anew",
    "told_reason",
    "verify_record",
    "waiting_beside",
]
