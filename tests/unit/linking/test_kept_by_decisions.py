"""What the main profile keeps when it decides: what is carried over, where a bound lies."""

import pytest
from msgspec.structs import replace

from dm3.protocol.linking import (
    Decision,
    Effect,
    Link,
    LinkRefused,
    LinkState,
    Reason,
    RequestState,
    Waiting,
    approve,
    reject,
)
from tests.unit.linking.decisions import link_of, pending, take
from tests.unit.linking.scene import (
    APP_URI,
    DAY,
    KEY_NONCE,
    LSP,
    LSP_SEED,
    MAIN_NAME,
    NOW,
    OWNER,
    POLICY,
    TERM,
    Ask,
    held_link,
    recover,
)

FULL = Waiting(100, 100, 100)
UNBOUND_RECOVERY = recover().says(recover_into=None)
BARE = Ask().carries(profile_key=None, nonce=None)


def refused(*args, **options) -> LinkRefused:
    with pytest.raises(LinkRefused) as caught:
        take(*args, **options)
    return caught.value


def awaiting() -> Link:
    return link_of(approve(pending(BARE), None, POLICY, NOW))


# --- a request that waits is nobody's to drop --------------------------------------------------------


@pytest.mark.parametrize(
    ("ask", "link"),
    [
        pytest.param(recover(), held_link(), id="a recovery is granted"),
        pytest.param(Ask(), awaiting(), id="awaited keys come"),
        pytest.param(Ask(), held_link(), id="a renewal comes"),
        pytest.param(Ask(), held_link(asked_at=NOW), id="a renewal comes too late"),
    ],
)
def test_what_needs_no_decision_leaves_the_request_that_waits(ask, link):
    waiting = pending(Ask().says(uri="https://other.example"))
    assert take(ask, request=waiting, link=link).request == waiting


def test_an_overtaken_change_leaves_the_link_as_well():
    newer = pending(Ask().says(uri="https://other.example", issued_at=NOW - 30, nonce="ab" * 16))
    link = held_link()
    older = Ask().says(uri="https://third.example")
    assert take(older, request=newer, link=link) == Decision(request=newer, link=link)


def test_a_rejected_change_leaves_the_link_and_is_told():
    changed = pending(Ask().says(uri="https://other.example"), link=held_link())
    decision = reject(changed, held_link())
    assert decision.link == held_link()
    assert decision.effects == (Effect.SEND_REJECT,)


def test_a_newer_recovery_takes_the_place_of_the_one_that_waits_however_many_wait():
    waiting = pending(UNBOUND_RECOVERY, held_link())
    decision = take(UNBOUND_RECOVERY.says(nonce="ab" * 16), request=waiting, link=held_link(), waiting=FULL)
    assert decision.request is not None
    assert decision.request.nonce == "ab" * 16


# --- what is remembered ------------------------------------------------------------------------------


@pytest.mark.parametrize(("ask", "link"), [(Ask(), None), (UNBOUND_RECOVERY, held_link())])
def test_a_request_remembers_its_message_and_when_it_came(ask, link):
    request = pending(ask, link)
    assert request.message_hash == ask.message().hash
    assert request.received_at == NOW
    assert request.issued_at == NOW - 60
    assert request.state is RequestState.PENDING


def test_a_link_remembers_whom_it_links_and_what_was_asked():
    link = link_of(approve(pending(), None, POLICY, NOW + 10))
    assert (link.profile_name, link.profile_hash) == (LSP.name, LSP.signed_profile.hash)
    assert (link.main_name, link.owner, link.uri) == (MAIN_NAME, OWNER.address, APP_URI)
    assert (link.vocabulary, link.asked_at) == ("LINK", NOW - 60)
    assert link.earlier_messages == ()


def test_a_renewal_that_overtook_the_acceptance_is_not_undone_by_the_older_one():
    """``asked_at`` comes with the approval, so that an older message is known for one."""
    link = link_of(approve(pending(Ask().says(issued_at=NOW - 30)), None, POLICY, NOW))
    older = Ask().says(nonce="ab" * 16, expires_at=NOW + 3_600)
    assert take(older, link=link).link == replace(link, renewals=(older.link_message,))


def test_late_keys_bring_the_wallet_s_key_with_them():
    link = link_of(take(Ask().carries(wallet_key=LSP.wallet.key), link=awaiting()))
    assert (link.profile_key, link.wallet_key, link.nonce) == (LSP_SEED, LSP.wallet.key, KEY_NONCE)


def test_a_change_without_keys_keeps_all_that_is_held():
    link = held_link(wallet_key=LSP.wallet.key)
    changed = pending(BARE.says(uri="https://other.example"), link)
    kept = link_of(approve(changed, link, POLICY, NOW))
    assert kept.uri == "https://other.example"
    assert (kept.profile_key, kept.wallet_key, kept.nonce) == (LSP_SEED, LSP.wallet.key, KEY_NONCE)


def test_a_recovery_remembers_the_message_before_it():
    """A device that knows only that one may end the link yet, and is told when it ends."""
    link = held_link(earlier_messages=("the first", "the second"))
    after = link_of(take(recover(), link=link))
    assert after.earlier_messages == ("the first", "the second", link.link_message)
    assert after.link_message == recover().link_message
    assert after.state is LinkState.LINKED


def test_only_the_last_eight_messages_are_remembered():
    link = held_link(earlier_messages=tuple(f"message {number}" for number in range(8)))
    after = link_of(take(recover(), link=link))
    assert after.earlier_messages == (*(f"message {number}" for number in range(1, 8)), link.link_message)


# --- bounds ------------------------------------------------------------------------------------------


def test_the_term_of_a_renewal_is_the_shorter_of_what_is_said_and_signed():
    sooner = Ask().carries(valid_until=NOW + 3_600)
    assert link_of(take(sooner, link=held_link())).valid_until == NOW + 3_600
    undated = Ask().says(expires_at=None).carries(valid_until=NOW + 7 * DAY)
    assert link_of(take(undated, link=held_link())).valid_until == NOW + 7 * DAY


def test_a_recovery_can_be_approved_while_the_clocks_may_differ():
    request = pending(UNBOUND_RECOVERY, held_link(valid_until=NOW + 2 * TERM))
    link = held_link(valid_until=NOW + 2 * TERM)
    end = request.expires_at + POLICY.skew
    assert approve(request, link, POLICY, end).effects[0] is Effect.SEND_KEYS
    with pytest.raises(LinkRefused) as caught:
        approve(request, link, POLICY, end + 1)
    assert caught.value.reason is Reason.EXPIRED


def test_a_full_list_says_what_to_do():
    assert refused(Ask(), waiting=FULL).detail == (
        "there are too many requests (decide on the ones that wait first)"
    )


def test_too_many_recoveries_say_how_many():
    recent = (NOW - 100, NOW - 50, NOW - 10)
    assert refused(recover(), link=held_link(recoveries=recent)).detail == (
        "there are too many requests (3 recoveries within a day)"
    )
