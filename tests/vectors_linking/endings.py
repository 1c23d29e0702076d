"""endings.json and revocations.json: LINK_REJECT and LINK_REVOKE as either side takes them in."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from dm3.base import sha256_hex
from dm3.crypto import sign
from dm3.model import Draft, LinkKind, LinkPayload, Message
from dm3.protocol.linking import Link, LinkState, OutgoingLink, OutgoingLinkState
from dm3.protocol.messages.composing import compose
from dm3.wire import link_type
from tests.unit.linking.answers import asked
from tests.unit.linking.scene import (
    LSP,
    MAIN,
    MAIN_NAME,
    MALLORY,
    NOW,
    STRANGER,
    TERM,
    everybody,
    held_link,
)
from tests.unit.people import Person
from tests.vectors_linking.acceptances import asking_json
from tests.vectors_linking.document import Case, VectorFile, link_json, message_json, world_json

REJECT, REVOKE = LinkKind.REJECT, LinkKind.REVOKE
WORDS = {REJECT: "LINK_REJECT", REVOKE: "LINK_REVOKE"}
CODES = (
    *("rejected", "not-yet-valid", "expired", "term-too-long"),
    *("wrong-main", "malformed", "unsupported"),
)
PUBLISH, WITHDRAW, NOTIFY, ENDED = "publish-record", "withdraw-record", "notify-user", "notify-of-end"


def endings() -> VectorFile:
    """The file of the linked profile's side."""
    first = asked().asking
    again = asked(first, nonce="ab" * 16).asking
    linked = _linked(first)
    renewed = asked(linked, nonce="ab" * 16).asking
    over = structs.replace(linked, state=OutgoingLinkState.UNLINKED, requested_until=0)
    return VectorFile(
        "endings",
        "3.9",
        "What the linked profile makes of the LINK_REJECT or LINK_REVOKE `message`. `asking` is what it"
        " remembers of its request and link; `names` holds the sender's profile. `expected.may_link` are"
        " the Link Messages whose acceptance may link from then on, latest last; `expected.told` is what the"
        " user is told of a refusal: its code where that is one of the closed list, and the other's words.",
        [
            _told("request-rejected", REJECT, first, OutgoingLinkState.UNLINKED, [NOTIFY], may_link=[first]),
            _told(
                "change-rejected",
                REJECT,
                renewed,
                OutgoingLinkState.LINKED,
                [PUBLISH, NOTIFY],
                about=renewed.link_message,
                may_link=[linked, renewed],
            ),
            *(_refused(code, first, code=code, known=code) for code in CODES),
            _refused("in-the-user-s-words", first, code="rejected", reason="Later.", known="rejected"),
            _refused("without-a-code", first, reason="Not this one."),
            _refused("for-what-is-not-known-here", first, code="of-another-list"),
            _told("link-revoked", REVOKE, linked, OutgoingLinkState.UNLINKED, [WITHDRAW, NOTIFY]),
            _told(
                "expired-link-revoked",
                REVOKE,
                structs.replace(linked, state=OutgoingLinkState.EXPIRED),
                OutgoingLinkState.UNLINKED,
                [WITHDRAW, NOTIFY],
            ),
            _told(
                "revoked-by-its-latest-renewal",
                REVOKE,
                renewed,
                OutgoingLinkState.UNLINKED,
                [WITHDRAW, NOTIFY],
                about=renewed.link_message,
            ),
            _told(
                "what-was-asked-later-waits-on",
                REVOKE,
                renewed,
                OutgoingLinkState.REQUESTED,
                [WITHDRAW, NOTIFY],
                may_link=[renewed],
            ),
            _told("the-end-overtakes-the-acceptance", REVOKE, first, OutgoingLinkState.UNLINKED, [NOTIFY]),
            _told(
                "an-earlier-request-is-over", REVOKE, again, OutgoingLinkState.REQUESTED, [], may_link=[again]
            ),
            _told("revoked-twice", REVOKE, over, OutgoingLinkState.UNLINKED, []),
            _not_told("nobody-asked", REVOKE, None, "unknown-request"),
            _not_told("rejected-what-is-linked-no-more", REJECT, over, "unknown-request"),
            _not_told(
                "from-somebody-else", REVOKE, linked, "wrong-sender", sender=MALLORY, from_=MALLORY.name
            ),
            _not_told(
                "signed-by-somebody-else",
                REVOKE,
                linked,
                "bad-message-signature",
                signature=_signature(REVOKE, linked.link_message, MALLORY),
            ),
            _not_told(
                "signature-of-an-acceptance",
                REVOKE,
                linked,
                "bad-message-signature",
                signature=sign(MAIN.keys.signing_private, sha256_hex(linked.link_message)),
            ),
            _not_told(
                "signature-of-a-rejection",
                REVOKE,
                linked,
                "bad-message-signature",
                signature=_signature(REJECT, linked.link_message, MAIN),
            ),
            _not_told("about-another-text", REVOKE, linked, "wrong-link-message", about="other"),
            _not_told("rejection-of-an-earlier-request", REJECT, again, "wrong-link-message", about=first),
        ],
    )


def _linked(asking: OutgoingLink) -> OutgoingLink:
    return structs.replace(
        asking,
        state=OutgoingLinkState.LINKED,
        valid_until=NOW - 60 + TERM,
        accepted_message=asking.link_message,
        accepted_signature=asking.wallet_signature,
        accepted_until=asking.requested_until,
        main_signature=sign(MAIN.keys.signing_private, sha256_hex(asking.link_message)),
    )


def _signature(kind: LinkKind, text: str, by: Person) -> str:
    return sign(by.keys.signing_private, f"{WORDS[kind]}: {sha256_hex(text)}")


def _message(kind: LinkKind, text: str, sender: Person, to: str, **changes: Any) -> Message:
    from_ = changes.pop("from_", MAIN_NAME if sender is MAIN else sender.name)
    parts: dict[str, Any] = {
        "kind": kind,
        "profile_name": LSP.name,
        "profile_hash": LSP.signed_profile.hash,
        "valid_until": 0,
        "link_message": text,
        "signature": _signature(kind, text, sender),
    }
    payload = LinkPayload(**{**parts, **changes})
    draft = Draft(to=to, from_=from_, timestamp=NOW * 1000, type=link_type(payload), link=payload)
    return compose(draft, sender.keys.signing_private)


def _ending(
    name: str,
    kind: LinkKind,
    asking: OutgoingLink | None,
    about: OutgoingLink | str | None,
    sender: Person,
    **changes: Any,
) -> Case:
    known = asking or asked().asking
    text = (known.link_message if kind is REJECT else known.accepted_message) or known.link_message
    if about is not None:
        text = about if isinstance(about, str) else about.link_message
    elif kind is REVOKE and known.accepted_message is None and known.earlier:
        text = known.earlier[0].link_message
    message = _message(kind, text, sender, LSP.name, **changes)
    return {
        "name": name,
        **world_json(everybody(), mentioned_in=message.text),
        "asking": asking_json(asking),
        "message": message_json(message),
    }


def _told(
    name: str,
    kind: LinkKind,
    asking: OutgoingLink,
    state: OutgoingLinkState,
    effects: list[str],
    *,
    about: str | None = None,
    may_link: list[OutgoingLink] | None = None,
) -> Case:
    expected = {
        "state": str(state),
        "may_link": [one.link_message for one in may_link or ()],
        "effects": effects,
    }
    return {**_ending(name, kind, asking, about, MAIN), "valid": True, "expected": expected}


def _refused(name: str, asking: OutgoingLink, *, known: str | None = None, **said: str) -> Case:
    case = _ending(f"refused-{name}", REJECT, asking, None, MAIN, **said)
    expected = {
        "state": str(OutgoingLinkState.UNLINKED),
        "may_link": [asking.link_message],
        "effects": [NOTIFY],
        "told": {"code": known, "reason": said.get("reason")},
    }
    return {**case, "valid": True, "expected": expected}


def _not_told(
    name: str,
    kind: LinkKind,
    asking: OutgoingLink | None,
    failure: str,
    *,
    about: OutgoingLink | str | None = None,
    sender: Person = MAIN,
    **changes: Any,
) -> Case:
    case = _ending(name, kind, asking, about, sender, **changes)
    return {**case, "valid": False, "failure": failure}


# --- the main profile ------------------------------------------------------------------------------


def revocations() -> VectorFile:
    """The file of the main profile's side."""
    text = asked().asking.link_message
    link = held_link(link_message=text)
    wipe = ["leave-mailbox", "wipe-keys", ENDED]
    recovered = structs.replace(link, link_message="a device's own", earlier_messages=(text,))
    renewed = structs.replace(link, link_message="what was accepted", renewals=(text,))
    return VectorFile(
        "revocations",
        "3.9",
        "What the main profile makes of the linked profile's LINK_REVOKE `message`. `link` is what it holds,"
        " known also by the Link Messages `also_known_by`; `request` is the Link Message of the request that"
        " waits for its user; `names` holds the sender's profile.",
        [
            _revoked("link-revoked", link, effects=wipe),
            _revoked(
                "expired-link-revoked",
                structs.replace(link, state=LinkState.EXPIRED),
                effects=["wipe-keys", ENDED],
            ),
            _revoked(
                "revoked-before-the-keys",
                structs.replace(link, state=LinkState.AWAITING_KEYS, profile_key=None),
                effects=[ENDED],
            ),
            _revoked("by-a-device-of-before-a-recovery", recovered, effects=wipe),
            _revoked("by-a-device-that-has-renewed", renewed, effects=wipe),
            _revoked("request-taken-back", None, request=text, effects=[ENDED]),
            _revoked(
                "changed-request-taken-back",
                structs.replace(link, link_message="what was accepted"),
                request=text,
                effects=[ENDED],
                ends="request",
            ),
            _kept("nothing-to-revoke", None, "not-linked"),
            _kept("an-older-link-revoked", structs.replace(link, link_message="a newer one"), "not-linked"),
            _kept("another-request-waits", None, "not-linked", request="a newer one"),
            _kept("revoked-by-another-profile", link, "wrong-sender", sender=STRANGER),
            _kept("about-another-profile", link, "wrong-sender", profile_name=STRANGER.name),
            _kept(
                "signed-by-another-profile",
                link,
                "bad-message-signature",
                signature=_signature(REVOKE, text, STRANGER),
            ),
            _kept(
                "with-the-signature-of-a-rejection",
                link,
                "bad-message-signature",
                signature=_signature(REJECT, text, LSP),
            ),
            _kept("a-rejection-instead", link, "wrong-type", kind=REJECT),
        ],
    )


def _revocation(
    name: str, link: Link | None, request: str | None, *, sender: Person = LSP, **changes: Any
) -> Case:
    kind = changes.pop("kind", REVOKE)
    message = _message(kind, asked().asking.link_message, sender, MAIN_NAME, **changes)
    also = (*link.earlier_messages, *link.renewals) if link else ()
    return {
        "name": name,
        **world_json(everybody(), mentioned_in=message.text),
        "link": link_json(link),
        "also_known_by": list(also),
        "request": request,
        "message": message_json(message),
    }


def _revoked(
    name: str, link: Link | None, *, effects: list[str], request: str | None = None, ends: str | None = None
) -> Case:
    expected = {"ends": ends or ("link" if link else "request"), "effects": effects}
    return {**_revocation(name, link, request), "valid": True, "expected": expected}


def _kept(name: str, link: Link | None, failure: str, request: str | None = None, **changes: Any) -> Case:
    return {**_revocation(name, link, request, **changes), "valid": False, "failure": failure}
