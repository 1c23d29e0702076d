"""LINK_REJECT and LINK_REVOKE: either side ends a request or a link (specification 3.9)."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from msgspec import structs

from dm3.base import sha256_hex
from dm3.base.errors import LocalProtocolError
from dm3.crypto import is_signed, sign
from dm3.model import Draft, LinkKind, LinkPayload, Message
from dm3.protocol.linking import (
    Decision,
    Effect,
    Link,
    LinkRefused,
    LinkState,
    OutgoingLink,
    OutgoingLinkEffect,
    OutgoingLinkState,
    OutgoingLinkStep,
    Reason,
    Request,
    RequestState,
    Waiting,
    approve,
    decide,
    end,
    ending_payload,
    handle_acceptance,
    handle_ending,
    handle_revocation,
    reject,
)
from dm3.protocol.messages.composing import compose
from dm3.wire import link_type, read_message
from tests.unit.linking.answers import OWN, Accept, asked
from tests.unit.linking.decisions import pending
from tests.unit.linking.scene import (
    LSP,
    LSP_SEED,
    MAIN,
    MAIN_NAME,
    MALLORY,
    NOW,
    POLICY,
    STRANGER,
    TERM,
    Ask,
    held_link,
    recover,
)
from tests.unit.people import Person

REJECT, REVOKE = LinkKind.REJECT, LinkKind.REVOKE
TEXT = asked().asking.link_message
OTHER_NONCE = "ab" * 16


def payload_of(kind: LinkKind, about: str, by: Person, **options: Any) -> LinkPayload:
    return ending_payload(
        kind,
        profile_name=LSP.name,
        profile_hash=LSP.signed_profile.hash,
        link_message=about,
        signing_key=by.keys.signing_private,
        **options,
    )


@dataclass(frozen=True)
class Ending:
    """A LINK_REJECT or LINK_REVOKE of the main profile in the making, right until parts are replaced."""

    kind: LinkKind
    about: str = TEXT
    sender: Person = MAIN
    payload: dict[str, Any] = field(default_factory=dict)

    def carries(self, **changes: Any) -> "Ending":
        return replace(self, payload={**self.payload, **changes})

    def message(self) -> Message:
        payload = structs.replace(payload_of(self.kind, self.about, self.sender), **self.payload)
        draft = Draft(
            to=LSP.name,
            from_=self.sender.name,
            timestamp=NOW * 1000,
            type=link_type(payload),
            link=payload,
        )
        return compose(draft, self.sender.keys.signing_private)


def by_lsp(about: str = TEXT) -> Ending:
    """The linked profile's own LINK_REVOKE."""
    return Ending(REVOKE, about, LSP)


def told(asking: OutgoingLink | None, ending: Ending) -> Any:
    return handle_ending(asking, ending.message(), ending.sender.profile)


def refused(asking: OutgoingLink | None, ending: Ending) -> Reason:
    with pytest.raises(LinkRefused) as caught:
        told(asking, ending)
    return caught.value.reason


def linked(first: OutgoingLink | None = None) -> OutgoingLink:
    accept = Accept(first or asked().asking)
    return handle_acceptance(
        accept.asking, accept.message(), MAIN.profile, LSP.name, OWN.hash, NOW + 60
    ).asking


def revoked(request: Request | None, link: Link | None, ending: Ending) -> Decision:
    return handle_revocation(request, link, ending.message(), ending.sender.profile)


def not_revoked(request: Request | None, link: Link | None, ending: Ending) -> Reason:
    with pytest.raises(LinkRefused) as caught:
        revoked(request, link, ending)
    return caught.value.reason


# --- what is sent ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "name"), [(REJECT, "LINK_REJECT"), (REVOKE, "LINK_REVOKE")])
def test_it_says_which_link_message_it_is_about_and_travels_so(kind, name):
    payload = payload_of(kind, TEXT, MAIN, reason="I do not know this site.")
    draft = Draft(to=LSP.name, from_=MAIN_NAME, timestamp=NOW * 1000, type=link_type(payload), link=payload)
    message = compose(draft, MAIN.keys.signing_private)
    assert message.type == name
    assert read_message(message.text).link == payload
    assert payload == LinkPayload(
        kind=kind,
        profile_name=LSP.name,
        profile_hash=LSP.signed_profile.hash,
        valid_until=0,
        link_message=TEXT,
        signature=sign(MAIN.keys.signing_private, f"{name}: {sha256_hex(TEXT)}"),
        reason="I do not know this site.",
    )


def test_a_reason_need_not_be_given():
    assert "reason" not in Ending(REJECT).message().text
    assert payload_of(REJECT, TEXT, MAIN).reason is None


@pytest.mark.parametrize("kind", [REJECT, REVOKE])
def test_the_signature_serves_for_nothing_but_this_ending(kind):
    signature = payload_of(kind, TEXT, MAIN).signature
    assert not is_signed(MAIN.keys.signing_public, sha256_hex(TEXT), signature), "that were an acceptance"
    accept = Accept(asked().asking).carries(signature=signature)
    with pytest.raises(LinkRefused) as caught:
        handle_acceptance(accept.asking, accept.message(), MAIN.profile, LSP.name, OWN.hash, NOW + 60)
    assert caught.value.reason is Reason.BAD_MAIN_SIGNATURE
    other = REJECT if kind is REVOKE else REVOKE
    assert payload_of(other, TEXT, MAIN).signature != signature
    assert payload_of(kind, TEXT + " ", MAIN).signature != signature


# --- the linked profile ends it ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "effects"),
    [
        (OutgoingLinkState.REQUESTED, (OutgoingLinkEffect.SEND_REVOKE,)),
        (OutgoingLinkState.LINKED, (OutgoingLinkEffect.SEND_REVOKE, OutgoingLinkEffect.WITHDRAW_RECORD)),
        (OutgoingLinkState.EXPIRED, (OutgoingLinkEffect.SEND_REVOKE, OutgoingLinkEffect.WITHDRAW_RECORD)),
    ],
)
def test_the_linked_profile_ends_its_request_or_link(state, effects):
    asking = structs.replace(linked(), state=state)
    step = end(asking)
    assert step.asking == structs.replace(asking, state=OutgoingLinkState.UNLINKED, requested_until=0)
    assert step.effects == effects


def test_where_there_is_nothing_nothing_ends():
    with pytest.raises(LocalProtocolError, match="asking: ended cannot happen in state unlinked"):
        end(structs.replace(linked(), state=OutgoingLinkState.UNLINKED))


# --- the linked profile is told ------------------------------------------------------------------------


def test_a_rejected_request_is_over():
    asking = asked().asking
    step = told(asking, Ending(REJECT))
    assert step.asking == structs.replace(asking, state=OutgoingLinkState.UNLINKED)
    assert step.effects == (OutgoingLinkEffect.NOTIFY_USER,)


def test_a_rejected_change_leaves_the_link_in_force():
    renewed = asked(linked(), nonce=OTHER_NONCE).asking
    step = told(renewed, Ending(REJECT, about=renewed.link_message))
    assert step.asking == renewed
    assert step.effects == (OutgoingLinkEffect.PUBLISH_RECORD, OutgoingLinkEffect.NOTIFY_USER)


@pytest.mark.parametrize(
    ("told_until", "valid_until"), [(NOW + 900, NOW + 900), (NOW + 9 * TERM, NOW + TERM)]
)
def test_a_rejected_change_takes_the_validity_back_to_what_is_in_force(told_until, valid_until):
    renewed = asked(linked(), nonce=OTHER_NONCE).asking
    renewed = structs.replace(renewed, valid_until=NOW + TERM, requested_until=NOW + TERM)
    rejection = Ending(REJECT, about=renewed.link_message).carries(valid_until=told_until)
    step = told(renewed, rejection)
    assert (step.asking.state, step.asking.valid_until) == (OutgoingLinkState.LINKED, valid_until)
    assert step.asking.requested_until == valid_until


@pytest.mark.parametrize("state", [OutgoingLinkState.LINKED, OutgoingLinkState.EXPIRED])
def test_a_revoked_link_is_over_and_its_record_withdrawn(state):
    asking = structs.replace(linked(), state=state)
    step = told(asking, Ending(REVOKE))
    assert step.asking == structs.replace(asking, state=OutgoingLinkState.UNLINKED, requested_until=0)
    assert step.effects == (OutgoingLinkEffect.WITHDRAW_RECORD, OutgoingLinkEffect.NOTIFY_USER)


def test_a_revocation_of_the_latest_renewal_ends_all():
    renewed = asked(linked(), nonce=OTHER_NONCE).asking
    assert renewed.link_message != renewed.accepted_message
    step = told(renewed, Ending(REVOKE, about=renewed.link_message))
    assert step.asking == structs.replace(renewed, state=OutgoingLinkState.UNLINKED, requested_until=0)
    assert step.effects == (OutgoingLinkEffect.WITHDRAW_RECORD, OutgoingLinkEffect.NOTIFY_USER)
    # The main profile says so once for every message that one of the devices may know.
    assert told(step.asking, Ending(REVOKE)) == OutgoingLinkStep(step.asking, ())


@pytest.mark.parametrize("state", [OutgoingLinkState.LINKED, OutgoingLinkState.EXPIRED])
def test_what_was_asked_after_a_revoked_link_waits_on(state):
    """It may have come after the end: then the main profile's user judges it as a new request."""
    renewed = asked(asked(linked(), nonce=OTHER_NONCE).asking, nonce="third").asking
    step = told(structs.replace(renewed, state=state), Ending(REVOKE))
    waiting = step.asking
    assert OutgoingLinkEffect.WITHDRAW_RECORD in step.effects
    assert waiting == structs.replace(
        renewed,
        state=OutgoingLinkState.REQUESTED,
        valid_until=0,
        accepted_message=None,
        accepted_signature="",
        accepted_until=0,
        main_signature=None,
    )
    assert waiting.messages == (renewed.earlier[0].link_message, renewed.link_message)
    for ordinal in range(2):
        assert linked_by(waiting, ordinal).state is OutgoingLinkState.LINKED
    # What was revoked links no more, should its acceptance come once again.
    with pytest.raises(LinkRefused) as caught:
        accepted_after(waiting, asked().asking)
    assert caught.value.reason is Reason.WRONG_LINK_MESSAGE


def linked_by(waiting: OutgoingLink, ordinal: int) -> OutgoingLink:
    """The main profile accepts the request ``ordinal`` of those that wait."""
    message = Accept(structs.replace(waiting, link_message=waiting.messages[ordinal])).message()
    return handle_acceptance(waiting, message, MAIN.profile, LSP.name, OWN.hash, NOW + 60).asking


def test_an_end_that_overtakes_the_acceptance_is_the_end():
    """Approved and removed at once: the acceptance that comes after it links no more."""
    first = asked().asking
    step = told(first, Ending(REVOKE))
    assert step.asking.state is OutgoingLinkState.UNLINKED
    assert step.effects == (OutgoingLinkEffect.NOTIFY_USER,)
    with pytest.raises(LinkRefused) as caught:
        accepted_after(step.asking, first)
    assert caught.value.reason is Reason.UNKNOWN_REQUEST


def test_an_approval_of_a_lapsed_request_that_was_taken_back_is_the_end_as_well():
    first = asked().asking
    lapsed = structs.replace(asked(first, nonce=OTHER_NONCE).asking, state=OutgoingLinkState.UNLINKED)
    both = told(told(lapsed, Ending(REVOKE)).asking, Ending(REVOKE, about=lapsed.link_message)).asking
    assert (both.state, both.requested_until) == (OutgoingLinkState.UNLINKED, 0)
    for one in (first, lapsed):
        with pytest.raises(LinkRefused):
            accepted_after(both, one)


def test_a_name_is_the_same_in_any_letters():
    message = structs.replace(Ending(REVOKE).message(), from_=MAIN_NAME.upper())
    step = handle_ending(linked(), message, MAIN.profile)
    assert step.asking.state is OutgoingLinkState.UNLINKED


def started(kind: LinkKind) -> OutgoingLink:
    return asked().asking if kind is REJECT else linked()


@pytest.mark.parametrize("kind", [REJECT, REVOKE])
@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        pytest.param(lambda e: replace(e, sender=MALLORY), Reason.WRONG_SENDER, id="from somebody else"),
        pytest.param(lambda e: replace(e, about="other"), Reason.WRONG_LINK_MESSAGE, id="another text"),
        pytest.param(
            lambda e: e.carries(signature=payload_of(e.kind, TEXT, MALLORY).signature),
            Reason.BAD_MESSAGE_SIGNATURE,
            id="signed by somebody else",
        ),
        pytest.param(
            lambda e: e.carries(signature=sign(MAIN.keys.signing_private, sha256_hex(TEXT))),
            Reason.BAD_MESSAGE_SIGNATURE,
            id="the signature of an acceptance",
        ),
        pytest.param(
            lambda e: e.carries(
                signature=payload_of(REJECT if e.kind is REVOKE else REVOKE, TEXT, MAIN).signature
            ),
            Reason.BAD_MESSAGE_SIGNATURE,
            id="the signature of the other ending",
        ),
        pytest.param(
            lambda e: e.carries(signature=payload_of(e.kind, TEXT + "\n", MAIN).signature),
            Reason.BAD_MESSAGE_SIGNATURE,
            id="signed about another request",
        ),
        pytest.param(lambda e: e.carries(signature="????"), Reason.BAD_MESSAGE_SIGNATURE, id="no signature"),
        pytest.param(lambda e: e.carries(kind=LinkKind.ACCEPT), Reason.WRONG_TYPE, id="an acceptance"),
        pytest.param(lambda e: e.carries(kind=LinkKind.REQUEST), Reason.WRONG_TYPE, id="a request"),
        pytest.param(lambda e: e.carries(kind=LinkKind.RECOVER), Reason.WRONG_TYPE, id="a recovery"),
    ],
)
def test_an_ending_that_does_not_hold_is_refused(kind, spoil, reason):
    assert refused(started(kind), spoil(Ending(kind))) is reason


def test_an_ordinary_message_ends_nothing():
    for take in (
        lambda message: handle_ending(linked(), message, MAIN.profile),
        lambda message: handle_revocation(None, held_link(), message, LSP.profile),
    ):
        with pytest.raises(LinkRefused) as caught:
            take(structs.replace(Ending(REVOKE).message(), link=None))
        assert caught.value.reason is Reason.WRONG_TYPE


@pytest.mark.parametrize("kind", [REJECT, REVOKE])
def test_who_never_asked_is_told_nothing(kind):
    assert refused(None, Ending(kind)) is Reason.UNKNOWN_REQUEST


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (REJECT, OutgoingLinkState.UNLINKED),
        (REJECT, OutgoingLinkState.EXPIRED),
    ],
)
def test_what_is_not_under_way_any_more_cannot_end(kind, state):
    assert refused(structs.replace(linked(), state=state), Ending(kind)) is Reason.UNKNOWN_REQUEST


def test_an_old_revocation_does_not_end_a_newer_link():
    ended = told(linked(), Ending(REVOKE)).asking
    newer = linked(asked(ended, nonce=OTHER_NONCE).asking)
    assert newer.state is OutgoingLinkState.LINKED
    assert refused(newer, Ending(REVOKE)) is Reason.WRONG_LINK_MESSAGE


# --- what comes after the end ------------------------------------------------------------------------


def accepted_after(asking: OutgoingLink, first: OutgoingLink) -> Any:
    """An acceptance of what ``first`` asked comes in."""
    message = Accept(first).message()
    return handle_acceptance(asking, message, MAIN.profile, LSP.name, OWN.hash, NOW + 60)


@pytest.mark.parametrize(
    "over",
    [
        pytest.param(lambda: end(asked().asking), id="taken back while the main profile approves"),
        pytest.param(lambda: end(linked()), id="ended"),
        pytest.param(lambda: told(linked(), Ending(REVOKE)), id="revoked"),
        pytest.param(lambda: end(asked(asked().asking, nonce=OTHER_NONCE).asking), id="asked once more"),
    ],
)
def test_what_is_over_is_not_linked_again_by_an_acceptance_that_comes_late(over):
    """Or the record would be published and the history forwarded after the user has said no."""
    with pytest.raises(LinkRefused) as caught:
        accepted_after(over().asking, asked().asking)
    assert caught.value.reason is Reason.UNKNOWN_REQUEST


def test_after_the_end_it_can_be_asked_anew():
    again = asked(end(linked()).asking, nonce=OTHER_NONCE).asking
    assert again.earlier == ()
    assert linked(again).state is OutgoingLinkState.LINKED


def test_a_rejection_that_overtakes_an_earlier_request_s_acceptance_does_not_undo_it():
    first = asked().asking
    second = asked(first, nonce=OTHER_NONCE).asking
    rejected = told(second, Ending(REJECT, about=second.link_message)).asking
    assert rejected.state is OutgoingLinkState.UNLINKED
    step = accepted_after(rejected, first)
    assert step.asking.state is OutgoingLinkState.LINKED
    assert step.asking.accepted_message == first.link_message


def test_nor_does_the_acceptance_then_bring_the_validity_that_was_rejected():
    first = asked().asking
    second = asked(first, nonce=OTHER_NONCE).asking
    rejection = Ending(REJECT, about=second.link_message).carries(valid_until=NOW + 900)
    step = accepted_after(told(second, rejection).asking, first)
    assert (step.asking.state, step.asking.valid_until) == (OutgoingLinkState.LINKED, NOW + 900)


# --- the main profile is told ----------------------------------------------------------------------------


def accepted() -> Link:
    link = approve(pending(), None, POLICY, NOW).link
    assert link is not None
    return link


@pytest.mark.parametrize(
    ("state", "effects"),
    [
        (LinkState.AWAITING_KEYS, (Effect.NOTIFY_OF_END,)),
        (LinkState.LINKED, (Effect.LEAVE_MAILBOX, Effect.WIPE_KEYS, Effect.NOTIFY_OF_END)),
        (LinkState.EXPIRED, (Effect.WIPE_KEYS, Effect.NOTIFY_OF_END)),
    ],
)
def test_a_revoked_link_is_gone_with_its_keys(state, effects):
    link = structs.replace(accepted(), state=state)
    assert revoked(None, link, by_lsp()) == Decision(request=None, link=None, effects=effects)


def test_a_request_that_waits_stays_when_the_link_is_revoked():
    changed = pending(Ask().says(nonce=OTHER_NONCE, uri="https://other.example"), link=accepted())
    decision = revoked(changed, accepted(), by_lsp())
    assert (decision.request, decision.link) == (changed, None)


def test_a_request_is_taken_back():
    decision = revoked(pending(), None, by_lsp())
    assert decision == Decision(request=None, link=None, effects=(Effect.NOTIFY_OF_END,))


def test_a_change_is_taken_back_and_the_link_stays():
    changed = pending(Ask().says(nonce=OTHER_NONCE, uri="https://other.example"), link=accepted())
    decision = revoked(changed, accepted(), by_lsp(changed.payload.link_message))
    assert decision == Decision(request=None, link=accepted(), effects=(Effect.NOTIFY_OF_END,))


def test_a_device_that_knows_an_earlier_link_message_ends_the_link_as_well():
    """After a recovery there are two devices, and each knows what was accepted for it."""
    ask = recover(link=accepted())
    recovered = decide(ask.check(), None, accepted(), Waiting(0, 0, 0), POLICY, NOW).link
    assert recovered is not None
    assert recovered.link_message == ask.link_message
    assert recovered.earlier_messages == (TEXT,)
    for about in (TEXT, ask.link_message):
        assert revoked(None, recovered, by_lsp(about)).link is None
    changed = pending(Ask().says(nonce=OTHER_NONCE, uri="https://other.example"), link=recovered)
    granted = approve(changed, recovered, POLICY, NOW).link
    assert granted is not None
    assert granted.messages == (TEXT, ask.link_message, changed.payload.link_message)


def test_a_renewal_stands_for_the_link_as_well():
    ask = Ask().says(nonce=OTHER_NONCE, issued_at=NOW - 30)
    renewed = decide(replace(ask, link=accepted()).check(), None, accepted(), Waiting(0, 0, 0), POLICY, NOW)
    assert renewed.link is not None
    assert renewed.link.messages == (TEXT, ask.link_message)
    for about in renewed.link.messages:
        assert revoked(None, renewed.link, by_lsp(about)).link is None
    changed = pending(Ask().says(nonce="cd" * 16, uri="https://other.example"), link=renewed.link)
    granted = approve(changed, renewed.link, POLICY, NOW).link
    assert granted is not None
    assert (granted.earlier_messages, granted.renewals) == ((TEXT,), (ask.link_message,))


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        pytest.param(lambda e: replace(e, kind=REJECT), Reason.WRONG_TYPE, id="a rejection"),
        pytest.param(lambda e: e.carries(kind=LinkKind.REQUEST), Reason.WRONG_TYPE, id="a request"),
        pytest.param(lambda e: replace(e, sender=STRANGER), Reason.WRONG_SENDER, id="from another profile"),
        pytest.param(lambda e: replace(e, sender=MAIN), Reason.WRONG_SENDER, id="from the main profile"),
        pytest.param(
            lambda e: e.carries(profile_name=STRANGER.name), Reason.WRONG_SENDER, id="about another profile"
        ),
        pytest.param(
            lambda e: e.carries(signature=payload_of(REVOKE, TEXT, STRANGER).signature),
            Reason.BAD_MESSAGE_SIGNATURE,
            id="signed by another profile",
        ),
        pytest.param(
            lambda e: e.carries(signature=payload_of(REJECT, TEXT, LSP).signature),
            Reason.BAD_MESSAGE_SIGNATURE,
            id="the signature of a rejection",
        ),
        pytest.param(lambda e: replace(e, about="other"), Reason.NOT_LINKED, id="another text"),
    ],
)
def test_a_revocation_that_does_not_hold_is_refused(spoil, reason):
    assert not_revoked(None, accepted(), spoil(by_lsp())) is reason
    assert not_revoked(pending(), None, spoil(by_lsp())) is reason


def test_where_there_is_no_link_none_is_revoked():
    assert not_revoked(None, None, by_lsp()) is Reason.NOT_LINKED


def test_a_rejected_request_cannot_be_taken_back_any_more():
    """It has to stay, or it could be asked for once more."""
    rejected = reject(pending(), None).request
    assert rejected is not None
    assert rejected.state is RequestState.REJECTED
    assert not_revoked(rejected, None, by_lsp()) is Reason.NOT_LINKED


def test_an_old_revocation_does_not_end_the_link_that_came_after():
    ask = Ask().says(nonce=OTHER_NONCE, expires_at=NOW + 2 * TERM)
    newer = approve(pending(ask), None, POLICY, NOW).link
    assert newer is not None
    assert newer.profile_key == LSP_SEED
    assert not_revoked(None, newer, by_lsp()) is Reason.NOT_LINKED
