"""The linked profile's side: asking, the acceptance, renewing, lapsing (specification 3.3)."""

from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from dm3.base import sha256_hex
from dm3.base.errors import InvalidInput, LocalProtocolError, UnsupportedByPeer
from dm3.crypto import sign
from dm3.model import LinkKind, ProfileExtension
from dm3.protocol.linking import (
    LinkRefused,
    OutgoingLink,
    OutgoingLinkEffect,
    OutgoingLinkState,
    OutgoingLinkStep,
    Reason,
    handle_acceptance,
    issue_time,
    keys_payload,
    new_link_message,
    parse_link_message,
    pass_time_of_asking,
    print_link_message,
    request_payload,
    require_support,
)
from tests.unit.linking.answers import OWN, Accept, asked
from tests.unit.linking.scene import (
    APP_URI,
    DAY,
    KEY_NONCE,
    LSP,
    LSP_SEED,
    MAIN,
    MAIN_NAME,
    MALLORY,
    NOW,
    OWNER,
    STRANGER,
    TEMPORARY,
    TERM,
)
from tests.unit.people import stream


def take(accept: Accept, now: int = NOW + 60) -> OutgoingLinkStep:
    return handle_acceptance(
        accept.asking, accept.message(), accept.sender.profile, LSP.name, LSP.signed_profile.hash, now
    )


def refused(accept: Accept, now: int = NOW + 60) -> Reason:
    with pytest.raises(LinkRefused) as caught:
        take(accept, now)
    return caught.value.reason


def linked(**options: Any) -> OutgoingLink:
    return take(Accept(asked(**options).asking)).asking


# --- asking ----------------------------------------------------------------------------------------


def test_what_the_wallet_is_to_sign_binds_everything():
    message = new_link_message(
        LinkKind.REQUEST,
        main_name="Alice.user.dm3.eth",
        uri=APP_URI,
        owner=OWNER.address.lower(),
        profile_name=LSP.name,
        profile_hash=LSP.signed_profile.hash,
        now=NOW,
        random=stream(),
        term=TERM,
    )
    assert message.is_bound
    assert (message.main_name, message.owner) == (MAIN_NAME, OWNER.address)
    assert (message.issued_at, message.expires_at) == (NOW, NOW + TERM)
    assert len(message.nonce) == 32
    assert parse_link_message(print_link_message(message)) == message


@pytest.mark.parametrize("term", [0, -1])
def test_a_term_lasts(term):
    with pytest.raises(InvalidInput):
        new_link_message(
            LinkKind.REQUEST,
            main_name=MAIN_NAME,
            uri=APP_URI,
            owner=OWNER.address,
            profile_name=LSP.name,
            profile_hash=LSP.signed_profile.hash,
            now=NOW,
            random=stream(),
            term=term,
        )


@pytest.mark.parametrize(
    ("kind", "extension", "listed"),
    [
        (LinkKind.REQUEST, ProfileExtension(supported_types=("NEW", "LINK")), True),
        (LinkKind.REQUEST, ProfileExtension(supported_types=("NEW", "LINK_RECOVER")), None),
        (LinkKind.RECOVER, ProfileExtension(supported_types=("NEW", "LINK_RECOVER")), True),
        (LinkKind.RECOVER, ProfileExtension(supported_types=("NEW", "LINK")), None),
        (LinkKind.REQUEST, ProfileExtension(unsupported_types=("LINK",), stated=False), None),
        (LinkKind.REQUEST, ProfileExtension(supported_types=("NEW",), stated=False), False),
        (LinkKind.REQUEST, ProfileExtension(), False),
        (LinkKind.REQUEST, None, False),
    ],
)
def test_only_a_profile_that_takes_links_is_asked(kind, extension, listed):
    if listed is not None:
        assert require_support(extension, kind, MAIN_NAME) is listed
    else:
        with pytest.raises(UnsupportedByPeer, match="nothing was sent"):
            require_support(extension, kind, MAIN_NAME)


def test_asked_the_request_goes_out():
    step = asked()
    assert step.effects == (OutgoingLinkEffect.SEND_LINK,)
    assert step.asking.state is OutgoingLinkState.REQUESTED
    assert (step.asking.main_name, step.asking.requested_until) == (MAIN_NAME, NOW - 60 + TERM)
    assert step.asking.valid_until == 0


@pytest.mark.parametrize("with_keys", [True, False])
def test_the_payload_carries_keys_when_it_should(with_keys):
    step = asked(after_accept=not with_keys)
    payload = request_payload(step.asking, OWN)
    assert (payload.profile_name, payload.profile_hash) == (LSP.name, LSP.signed_profile.hash)
    assert (payload.link_message, payload.signature) == (
        step.asking.link_message,
        step.asking.wallet_signature,
    )
    assert payload.valid_until == step.asking.requested_until
    keys = (payload.profile_key, payload.wallet_key, payload.nonce)
    assert keys == ((LSP_SEED, LSP.wallet.key, KEY_NONCE) if with_keys else (None, None, None))


# --- accepted ----------------------------------------------------------------------------------------


def test_accepted_the_record_is_published_and_the_history_forwarded():
    accept = Accept(asked().asking)
    step = take(accept)
    assert step.effects == (OutgoingLinkEffect.PUBLISH_RECORD, OutgoingLinkEffect.FORWARD_HISTORY)
    link = accept.message().link
    assert link is not None
    assert step.asking.state is OutgoingLinkState.LINKED
    assert step.asking.valid_until == NOW - 60 + TERM
    assert (step.asking.accepted_message, step.asking.main_signature) == (link.link_message, link.signature)


def test_the_main_profile_may_shorten_the_term():
    assert take(Accept(asked().asking).carries(valid_until=NOW + DAY)).asking.valid_until == NOW + DAY


def test_keys_are_handed_over_after_the_acceptance_once():
    step = take(Accept(asked(after_accept=True).asking))
    assert step.effects == (
        OutgoingLinkEffect.SEND_LINK_WITH_KEYS,
        OutgoingLinkEffect.PUBLISH_RECORD,
        OutgoingLinkEffect.FORWARD_HISTORY,
    )
    assert not step.asking.after_accept
    again = take(Accept(step.asking)).effects
    assert again == (OutgoingLinkEffect.PUBLISH_RECORD, OutgoingLinkEffect.FORWARD_HISTORY)


def test_a_second_acceptance_changes_nothing():
    again = take(Accept(linked()))
    assert again.effects == (OutgoingLinkEffect.PUBLISH_RECORD, OutgoingLinkEffect.FORWARD_HISTORY)
    assert again.asking == linked()


@pytest.mark.parametrize("state", [OutgoingLinkState.UNLINKED, OutgoingLinkState.EXPIRED])
def test_a_late_acceptance_links_all_the_same(state):
    late = structs.replace(asked().asking, state=state)
    step = take(Accept(late))
    assert step.asking.state is OutgoingLinkState.LINKED
    assert OutgoingLinkEffect.FORWARD_HISTORY in step.effects


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        pytest.param(lambda a: replace(a, sender=MALLORY), Reason.WRONG_SENDER, id="from somebody else"),
        pytest.param(lambda a: a.carries(link_message="other"), Reason.WRONG_LINK_MESSAGE, id="another text"),
        pytest.param(
            lambda a: a.carries(
                signature=sign(MALLORY.keys.signing_private, sha256_hex(a.asking.link_message))
            ),
            Reason.BAD_MAIN_SIGNATURE,
            id="signed by somebody else",
        ),
        pytest.param(
            lambda a: a.carries(signature=sign(MAIN.keys.signing_private, a.asking.link_message)),
            Reason.BAD_MAIN_SIGNATURE,
            id="the text itself signed",
        ),
        pytest.param(lambda a: a.carries(signature="????"), Reason.BAD_MAIN_SIGNATURE, id="no signature"),
        pytest.param(
            lambda a: a.carries(profile_name=STRANGER.name), Reason.WRONG_PROFILE, id="another profile"
        ),
        pytest.param(
            lambda a: a.carries(profile_hash=TEMPORARY.signed_profile.hash),
            Reason.WRONG_HASH,
            id="another hash",
        ),
        pytest.param(
            lambda a: a.carries(valid_until=a.asking.requested_until + 1), Reason.TERM_TOO_LONG, id="too long"
        ),
        pytest.param(lambda a: a.carries(valid_until=NOW + 60), Reason.EXPIRED, id="over"),
        pytest.param(lambda a: a.carries(kind=LinkKind.REQUEST), Reason.WRONG_TYPE, id="a request"),
        pytest.param(lambda a: a.carries(kind=LinkKind.RECOVER), Reason.WRONG_TYPE, id="a recovery"),
    ],
)
def test_an_acceptance_that_does_not_hold_is_refused(spoil, reason):
    assert refused(spoil(Accept(asked().asking))) is reason


def test_nobody_asked():
    message = Accept(asked().asking).message()
    with pytest.raises(LinkRefused) as caught:
        handle_acceptance(None, message, MAIN.profile, LSP.name, LSP.signed_profile.hash, NOW)
    assert caught.value.reason is Reason.UNKNOWN_REQUEST
    with pytest.raises(LinkRefused) as caught:
        handle_acceptance(
            asked().asking,
            structs.replace(message, link=None),
            MAIN.profile,
            LSP.name,
            LSP.signed_profile.hash,
            NOW,
        )
    assert caught.value.reason is Reason.WRONG_TYPE


# --- asked twice ---------------------------------------------------------------------------------------


def test_the_acceptance_of_an_earlier_request_counts_when_another_is_under_way():
    """The main profile takes the later one for a renewal and will not answer it."""
    first = asked().asking
    second = asked(first, nonce="ab" * 16, expires_at=NOW + 2 * TERM).asking
    message = Accept(first).message()
    step = handle_acceptance(second, message, MAIN.profile, LSP.name, LSP.signed_profile.hash, NOW + 60)
    assert step.asking.state is OutgoingLinkState.LINKED
    assert step.asking.accepted_message == first.link_message
    assert step.asking.valid_until == NOW + 2 * TERM


def test_of_an_earlier_request_the_acceptance_must_hold_as_well():
    first = asked().asking
    second = asked(first, nonce="ab" * 16, expires_at=NOW + 2 * TERM).asking
    accept = Accept(first)
    for spoilt, reason in (
        (accept.carries(valid_until=first.requested_until + 1), Reason.TERM_TOO_LONG),
        (accept.carries(valid_until=NOW), Reason.EXPIRED),
        (accept.carries(signature=""), Reason.BAD_MAIN_SIGNATURE),
        (replace(accept, sender=MALLORY), Reason.WRONG_SENDER),
    ):
        with pytest.raises(LinkRefused) as caught:
            handle_acceptance(second, spoilt.message(), spoilt.sender.profile, LSP.name, OWN.hash, NOW + 60)
        assert caught.value.reason is reason


def test_keys_are_handed_over_for_the_request_that_was_accepted():
    first = asked(after_accept=True).asking
    second = asked(first, after_accept=True, nonce="ab" * 16, expires_at=NOW + 2 * TERM).asking
    step = handle_acceptance(second, Accept(first).message(), MAIN.profile, LSP.name, OWN.hash, NOW + 60)
    assert OutgoingLinkEffect.SEND_LINK_WITH_KEYS in step.effects
    payload = keys_payload(step.asking, OWN)
    assert payload.profile_key == LSP_SEED
    assert (payload.link_message, payload.signature) == (first.link_message, first.wallet_signature)
    assert payload.valid_until == first.requested_until
    # The later one may be accepted as well, and then the keys are handed over for that.
    again = handle_acceptance(
        step.asking, Accept(second).message(), MAIN.profile, LSP.name, OWN.hash, NOW + 60
    )
    assert OutgoingLinkEffect.SEND_LINK_WITH_KEYS in again.effects
    assert keys_payload(again.asking, OWN).link_message == second.link_message
    assert not again.asking.after_accept


def test_keys_that_were_sent_with_an_earlier_request_are_not_sent_again():
    first = asked().asking
    second = asked(first, after_accept=True, nonce="ab" * 16).asking
    step = handle_acceptance(second, Accept(first).message(), MAIN.profile, LSP.name, OWN.hash, NOW + 60)
    assert OutgoingLinkEffect.SEND_LINK_WITH_KEYS not in step.effects


def test_there_are_no_keys_to_hand_over_before_the_acceptance():
    with pytest.raises(LinkRefused) as caught:
        keys_payload(asked().asking, OWN)
    assert caught.value.reason is Reason.NOT_LINKED


def test_an_overtaken_renewal_that_had_to_be_approved_is_taken_in():
    """The link was over at the main profile already when the first of two renewals came."""
    first = asked(linked(), nonce="ab" * 16).asking
    second = asked(first, nonce="cd" * 16, expires_at=NOW + 2 * TERM).asking
    step = handle_acceptance(second, Accept(first).message(), MAIN.profile, LSP.name, OWN.hash, NOW + 60)
    assert step.asking.accepted_message == first.link_message
    assert step.asking.valid_until == NOW + 2 * TERM


def test_requests_after_the_accepted_one_may_be_accepted_yet():
    """The main profile may have ended the link of the first, and accepted the second anew."""
    first = asked().asking
    second = asked(first, nonce="ab" * 16).asking
    third = asked(second, nonce="cd" * 16).asking
    step = handle_acceptance(third, Accept(first).message(), MAIN.profile, LSP.name, OWN.hash, NOW + 60)
    again = handle_acceptance(
        step.asking, Accept(second).message(), MAIN.profile, LSP.name, OWN.hash, NOW + 60
    )
    assert again.asking.accepted_message == second.link_message
    with pytest.raises(LinkRefused) as caught:
        handle_acceptance(again.asking, Accept(first).message(), MAIN.profile, LSP.name, OWN.hash, NOW + 60)
    assert caught.value.reason is Reason.WRONG_LINK_MESSAGE


def test_only_so_many_earlier_requests_are_remembered():
    asking = None
    for number in range(20):
        asking = asked(asking, nonce=f"{number:032x}").asking
    assert asking is not None
    assert len(asking.earlier) == 8


def test_a_request_to_another_main_profile_forgets_the_earlier_one():
    first = asked().asking
    second = asked(first, main_name="bob.user.dm3.eth", nonce="ab" * 16).asking
    assert second.main_name == "bob.user.dm3.eth"
    assert refused(replace(Accept(first), asking=second)) is Reason.WRONG_SENDER


# --- renewed, lapsed -------------------------------------------------------------------------------------


def test_a_renewal_moves_the_validity_here_as_well():
    step = asked(linked(), nonce="ab" * 16, expires_at=NOW + 2 * TERM)
    assert step.effects == (OutgoingLinkEffect.SEND_LINK, OutgoingLinkEffect.PUBLISH_RECORD)
    assert step.asking.state is OutgoingLinkState.LINKED
    assert step.asking.valid_until == step.asking.requested_until == NOW + 2 * TERM
    assert step.asking.accepted_message == linked().accepted_message
    assert step.asking.main_signature == linked().main_signature


def test_a_linked_profile_asks_nobody_else():
    with pytest.raises(InvalidInput, match=MAIN_NAME):
        asked(linked(), main_name="bob.user.dm3.eth")


def test_a_request_lapses_and_a_link_expires():
    requested, link = asked().asking, linked()
    over = requested.requested_until
    for asking, end, after in (
        (requested, over, OutgoingLinkState.UNLINKED),
        # Later than the main profile, whose clock may be two minutes behind.
        (link, over + 120, OutgoingLinkState.EXPIRED),
    ):
        assert pass_time_of_asking(asking, end) == asking
        later = pass_time_of_asking(asking, end + 1)
        assert later == structs.replace(asking, state=after)
        assert pass_time_of_asking(later, end + 2) == later


def test_an_expired_link_is_asked_for_anew():
    expired = structs.replace(linked(), state=OutgoingLinkState.EXPIRED)
    step = asked(expired, nonce="ab" * 16)
    assert step.asking.state is OutgoingLinkState.REQUESTED
    assert step.effects == (OutgoingLinkEffect.SEND_LINK,)


def test_what_is_in_no_table_cannot_happen():
    broken = structs.replace(asked().asking, state="none")
    with pytest.raises(LocalProtocolError):
        asked(broken)


# --- other names of the main profile, and what an acceptance leaves out --------------------------------


OTHER_NAME = "0x0123456789012345678901234567890123456789.addr.dm3.eth"


def take_from(sender_name: str, also: tuple[str, ...]) -> Reason | OutgoingLinkState:
    asking = asked().asking
    message = Accept(asking, sender=replace(MAIN, name=sender_name)).message()
    try:
        step = handle_acceptance(asking, message, MAIN.profile, LSP.name, LSP.signed_profile.hash, NOW, also)
    except LinkRefused as refused:
        return refused.reason
    return step.asking.state


def test_a_main_profile_may_answer_by_another_of_its_names():
    assert take_from(OTHER_NAME, (MAIN.name,)) is OutgoingLinkState.LINKED
    assert take_from(OTHER_NAME, ()) is Reason.WRONG_SENDER
    assert take_from(OTHER_NAME, ("bob.eth",)) is Reason.WRONG_SENDER


def test_an_acceptance_without_the_text_is_about_the_newest_that_was_signed():
    first = asked().asking
    second = asked(first, nonce="ab" * 16, expires_at=NOW + 2 * TERM).asking
    for about, until in ((first, NOW + 2 * TERM), (second, NOW + 2 * TERM)):
        minimal = Accept(about).carries(link_message="", profile_hash="", valid_until=0).message()
        step = handle_acceptance(second, minimal, MAIN.profile, LSP.name, LSP.signed_profile.hash, NOW)
        assert step.asking.accepted_message == about.link_message
        assert step.asking.valid_until == until
        assert step.asking.accepted_until == about.requested_until


# --- when it is issued --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "issued"),
    [(NOW + 1, NOW + 1), (NOW, NOW + 1), (NOW - 100, NOW + 1), (NOW - 119, NOW + 1), (NOW - 120, NOW - 120)],
)
def test_a_later_request_is_issued_later_as_far_as_clocks_may_differ(now, issued):
    before = asked(issued_at=NOW).asking
    assert issue_time(before, now) == issued


def test_earlier_requests_that_may_be_accepted_yet_count_as_well():
    first = asked(issued_at=NOW + 50).asking
    both = asked(first, issued_at=NOW).asking
    assert issue_time(both, NOW) == NOW + 51


def test_the_first_request_is_issued_now():
    assert issue_time(None, NOW) == NOW
    assert issue_time(structs.replace(asked().asking, link_message="", earlier=()), NOW) == NOW
