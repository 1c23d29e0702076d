"""The states of linking on every side, as tables (specification 3.3 to 3.5).

The main profile keeps two things apart: whether a *request* waits for its user, and whether there is a
*link*. A changed request thus waits while the link that it would change stays in force.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from .machine import Table


class RequestState(StrEnum):
    """A profile's request at the main profile."""

    NONE = "none"
    PENDING = "pending"
    REJECTED = "rejected"


class RequestEvent(StrEnum):
    """What happens to a request."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class LinkState(StrEnum):
    """A link at the main profile."""

    NONE = "none"
    AWAITING_KEYS = "awaiting-keys"
    LINKED = "linked"
    EXPIRED = "expired"


class LinkEvent(StrEnum):
    """What happens to a link."""

    GRANTED = "granted"
    GRANTED_WITHOUT_KEYS = "granted-without-keys"
    KEYS_ARRIVED = "keys-arrived"
    RENEWED = "renewed"
    RECOVERY_GRANTED = "recovery-granted"
    EXPIRED = "expired"
    REMOVED = "removed"
    REVOKED = "revoked"


class Effect(StrEnum):
    """What the main profile's shell carries out."""

    ASK_USER = "ask-user"
    SEND_ACCEPT = "send-accept"
    SEND_KEYS = "send-keys"
    SEND_REJECT = "send-reject"
    SEND_REVOKE = "send-revoke"
    JOIN_MAILBOX = "join-mailbox"
    LEAVE_MAILBOX = "leave-mailbox"
    FORWARD_HELD = "forward-held"
    NOTIFY_OF_END = "notify-of-end"
    NOTIFY_OF_RECOVERY = "notify-of-recovery"
    WIPE_KEYS = "wipe-keys"


_R, _RE, _L, _LE, _E = RequestState, RequestEvent, LinkState, LinkEvent, Effect

REQUESTS: Final = Table[RequestState, RequestEvent, Effect](
    "request",
    _R.NONE,
    [
        (_R.NONE, _RE.REQUESTED, _R.PENDING, (_E.ASK_USER,)),
        # At most one waits for each profile: the newest.
        (_R.PENDING, _RE.REQUESTED, _R.PENDING, (_E.ASK_USER,)),
        (_R.PENDING, _RE.APPROVED, _R.NONE),
        (_R.PENDING, _RE.REJECTED, _R.REJECTED, (_E.SEND_REJECT,)),
        (_R.PENDING, _RE.WITHDRAWN, _R.NONE, (_E.NOTIFY_OF_END,)),
        (_R.PENDING, _RE.LAPSED, _R.NONE),
        # The rejected Link Message itself never comes back, its nonce is used; a new signature of the
        # user's own wallet is a new decision of theirs. Other wallets are not heard before it lapses.
        (_R.REJECTED, _RE.REQUESTED, _R.PENDING, (_E.ASK_USER,)),
        (_R.REJECTED, _RE.LAPSED, _R.NONE),
    ],
)

_GRANTED = (_E.SEND_ACCEPT, _E.JOIN_MAILBOX)
_RECOVERED = (_E.SEND_KEYS, _E.FORWARD_HELD, _E.NOTIFY_OF_RECOVERY)

LINKS: Final = Table[LinkState, LinkEvent, Effect](
    "link",
    _L.NONE,
    [
        (_L.NONE, _LE.GRANTED, _L.LINKED, _GRANTED),
        (_L.NONE, _LE.GRANTED_WITHOUT_KEYS, _L.AWAITING_KEYS, (_E.SEND_ACCEPT,)),
        (_L.AWAITING_KEYS, _LE.KEYS_ARRIVED, _L.LINKED, (_E.JOIN_MAILBOX,)),
        (_L.AWAITING_KEYS, _LE.GRANTED, _L.LINKED, _GRANTED),
        (_L.AWAITING_KEYS, _LE.GRANTED_WITHOUT_KEYS, _L.AWAITING_KEYS, (_E.SEND_ACCEPT,)),
        (_L.AWAITING_KEYS, _LE.EXPIRED, _L.NONE),
        (_L.AWAITING_KEYS, _LE.REMOVED, _L.NONE, (_E.SEND_REVOKE,)),
        (_L.AWAITING_KEYS, _LE.REVOKED, _L.NONE, (_E.NOTIFY_OF_END,)),
        (_L.LINKED, _LE.RENEWED, _L.LINKED),
        (_L.LINKED, _LE.GRANTED, _L.LINKED, _GRANTED),
        # A changed request without keys leaves the ones that are held in place.
        (_L.LINKED, _LE.GRANTED_WITHOUT_KEYS, _L.LINKED, (_E.SEND_ACCEPT,)),
        (_L.LINKED, _LE.RECOVERY_GRANTED, _L.LINKED, _RECOVERED),
        (_L.LINKED, _LE.EXPIRED, _L.EXPIRED, (_E.LEAVE_MAILBOX,)),
        (_L.LINKED, _LE.REMOVED, _L.NONE, (_E.SEND_REVOKE, _E.LEAVE_MAILBOX, _E.WIPE_KEYS)),
        (_L.LINKED, _LE.REVOKED, _L.NONE, (_E.LEAVE_MAILBOX, _E.WIPE_KEYS, _E.NOTIFY_OF_END)),
        (_L.EXPIRED, _LE.GRANTED, _L.LINKED, _GRANTED),
        (_L.EXPIRED, _LE.GRANTED_WITHOUT_KEYS, _L.LINKED, _GRANTED),
        (_L.EXPIRED, _LE.REMOVED, _L.NONE, (_E.SEND_REVOKE, _E.WIPE_KEYS)),
        (_L.EXPIRED, _LE.REVOKED, _L.NONE, (_E.WIPE_KEYS, _E.NOTIFY_OF_END)),
    ],
)


class OutgoingLinkState(StrEnum):
    """The linked profile's side."""

    UNLINKED = "unlinked"
    REQUESTED = "requested"
    LINKED = "linked"
    EXPIRED = "expired"


class AskingEvent(StrEnum):
    """What happens to the linked profile's request and link."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    ACCEPTED_WITHOUT_KEYS = "accepted-without-keys"
    RENEWED = "renewed"
    REJECTED = "rejected"
    REVOKED = "revoked"
    EARLIER_REVOKED = "earlier-revoked"
    ENDED = "ended"
    LAPSED = "lapsed"
    EXPIRED = "expired"


class OutgoingLinkEffect(StrEnum):
    """What the linked profile's shell carries out."""

    SEND_LINK = "send-link"
    SEND_LINK_WITH_KEYS = "send-link-with-keys"
    SEND_REVOKE = "send-revoke"
    PUBLISH_RECORD = "publish-record"
    WITHDRAW_RECORD = "withdraw-record"
    FORWARD_HISTORY = "forward-history"
    NOTIFY_USER = "notify-user"


_A, _AE, _AF = OutgoingLinkState, AskingEvent, OutgoingLinkEffect

_ACCEPTED = (_AF.PUBLISH_RECORD, _AF.FORWARD_HISTORY)
_KEYS_WANTED = (_AF.SEND_LINK_WITH_KEYS, *_ACCEPTED)

ASKING: Final = Table[OutgoingLinkState, AskingEvent, OutgoingLinkEffect](
    "asking",
    _A.UNLINKED,
    [
        (_A.UNLINKED, _AE.ASKED, _A.REQUESTED, (_AF.SEND_LINK,)),
        # The main profile may have approved in the last second of a request that lapsed here.
        (_A.UNLINKED, _AE.ACCEPTED, _A.LINKED, _ACCEPTED),
        (_A.UNLINKED, _AE.ACCEPTED_WITHOUT_KEYS, _A.LINKED, _KEYS_WANTED),
        # Such an approval may be taken back, too, and each revocation be told once for every message.
        (_A.UNLINKED, _AE.REVOKED, _A.UNLINKED),
        (_A.UNLINKED, _AE.EARLIER_REVOKED, _A.UNLINKED),
        (_A.REQUESTED, _AE.ASKED, _A.REQUESTED, (_AF.SEND_LINK,)),
        (_A.REQUESTED, _AE.ACCEPTED, _A.LINKED, _ACCEPTED),
        (_A.REQUESTED, _AE.ACCEPTED_WITHOUT_KEYS, _A.LINKED, _KEYS_WANTED),
        (_A.REQUESTED, _AE.REJECTED, _A.UNLINKED, (_AF.NOTIFY_USER,)),
        (_A.REQUESTED, _AE.ENDED, _A.UNLINKED, (_AF.SEND_REVOKE,)),
        (_A.REQUESTED, _AE.LAPSED, _A.UNLINKED),
        # Approved and removed at once: the end may overtake the acceptance on its way.
        (_A.REQUESTED, _AE.REVOKED, _A.UNLINKED, (_AF.NOTIFY_USER,)),
        (_A.REQUESTED, _AE.EARLIER_REVOKED, _A.REQUESTED),
        (_A.LINKED, _AE.RENEWED, _A.LINKED, (_AF.SEND_LINK, _AF.PUBLISH_RECORD)),
        # A renewal may have been one that the user had to judge: what was forwarded to the main profile
        # while it waited was refused there.
        (_A.LINKED, _AE.ACCEPTED, _A.LINKED, _ACCEPTED),
        (_A.LINKED, _AE.ACCEPTED_WITHOUT_KEYS, _A.LINKED, _KEYS_WANTED),
        # The record may tell the validity that was asked for, and not given.
        (_A.LINKED, _AE.REJECTED, _A.LINKED, (_AF.PUBLISH_RECORD, _AF.NOTIFY_USER)),
        (_A.LINKED, _AE.REVOKED, _A.UNLINKED, (_AF.WITHDRAW_RECORD, _AF.NOTIFY_USER)),
        # Removed before a later request had come there: that one is for the user to judge.
        (_A.LINKED, _AE.EARLIER_REVOKED, _A.REQUESTED, (_AF.WITHDRAW_RECORD, _AF.NOTIFY_USER)),
        (_A.LINKED, _AE.ENDED, _A.UNLINKED, (_AF.SEND_REVOKE, _AF.WITHDRAW_RECORD)),
        (_A.LINKED, _AE.EXPIRED, _A.EXPIRED),
        (_A.EXPIRED, _AE.REVOKED, _A.UNLINKED, (_AF.WITHDRAW_RECORD, _AF.NOTIFY_USER)),
        (_A.EXPIRED, _AE.EARLIER_REVOKED, _A.REQUESTED, (_AF.WITHDRAW_RECORD,)),
        (_A.EXPIRED, _AE.ENDED, _A.UNLINKED, (_AF.SEND_REVOKE, _AF.WITHDRAW_RECORD)),
        (_A.EXPIRED, _AE.ASKED, _A.REQUESTED, (_AF.SEND_LINK,)),
        (_A.EXPIRED, _AE.ACCEPTED, _A.LINKED, _ACCEPTED),
        (_A.EXPIRED, _AE.ACCEPTED_WITHOUT_KEYS, _A.LINKED, _KEYS_WANTED),
    ],
)


class RecoveryState(StrEnum):
    """A device that has none of the profile's keys."""

    NEW = "new"
    ASKING = "asking"
    RECOVERED = "recovered"
    FAILED = "failed"


class RecoveryEvent(StrEnum):
    """What happens to a recovery."""

    ASKED = "asked"
    KEYS_RECEIVED = "keys-received"
    REJECTED = "rejected"
    TIMED_OUT = "timed-out"


class RecoveryEffect(StrEnum):
    """What the recovering device's shell carries out."""

    SEND_RECOVER = "send-recover"
    ADOPT_KEYS = "adopt-keys"
    PUBLISH_RECORD = "publish-record"
    DISCARD_TEMPORARY = "discard-temporary"


_N, _NE, _NF = RecoveryState, RecoveryEvent, RecoveryEffect

RECOVERY: Final = Table[RecoveryState, RecoveryEvent, RecoveryEffect](
    "recovery",
    _N.NEW,
    [
        (_N.NEW, _NE.ASKED, _N.ASKING, (_NF.SEND_RECOVER,)),
        (
            _N.ASKING,
            _NE.KEYS_RECEIVED,
            _N.RECOVERED,
            (_NF.ADOPT_KEYS, _NF.PUBLISH_RECORD, _NF.DISCARD_TEMPORARY),
        ),
        (_N.ASKING, _NE.REJECTED, _N.FAILED, (_NF.DISCARD_TEMPORARY,)),
        (_N.ASKING, _NE.TIMED_OUT, _N.FAILED, (_NF.DISCARD_TEMPORARY,)),
    ],
)

TABLES: Final = (REQUESTS, LINKS, ASKING, RECOVERY)
