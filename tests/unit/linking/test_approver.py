"""The main profile's decisions (specification 3.3, 3.5)."""

from dataclasses import replace as replaced
from typing import Any

import pytest
from msgspec.structs import replace

from dm3.base import sha256_hex
from dm3.base.errors import LocalProtocolError
from dm3.crypto import Seed, is_signed
from dm3.model import LinkKind
from dm3.protocol.linking import (
    Decision,
    Doubt,
    Effect,
    Link,
    LinkMoment,
    LinkPolicy,
    LinkRefused,
    LinkState,
    Moment,
    Reason,
    RecoveryMode,
    RequestState,
    Waiting,
    WhoMayAsk,
    acceptance,
    approve,
    decide,
    doubts_of,
    pass_time_at_main,
    reject,
    remove,
)
from tests.unit.linking.decisions import link_of, pending, take
from tests.unit.linking.scene import (
    APP_URI,
    DAY,
    KEY_NONCE,
    LSP,
    LSP_SEED,
    MAIN,
    MAIN_NAME,
    MALLORY,
    NOBODY,
    NOW,
    OWNER,
    TEMPORARY,
    TERM,
    Ask,
    held_link,
    recover,
)
from tests.unit.people import digest

POLICY = LinkPolicy()
OTHER_SEED = Seed(digest("another seed"))


def reason_of(call, *args: Any, **options: Any) -> Reason:
    with pytest.raises(LinkRefused) as refused:
        call(*args, **options)
    return refused.value.reason


# --- asked ---------------------------------------------------------------------------------------


def test_the_user_is_asked_and_told_all_that_matters():
    decision = take(Ask())
    assert decision.link is None
    assert decision.effects == (Effect.ASK_USER,)
    request = decision.request
    assert request is not None
    assert request.state is RequestState.PENDING
    assert (request.profile_name, request.main_name) == (LSP.name, MAIN_NAME)
    assert (request.owner, request.own_wallet, request.bound) == (OWNER.address, True, True)
    assert (request.uri, request.received_at, request.expires_at) == (APP_URI, NOW, NOW - 60 + TERM)
    assert (request.reply_to, request.reply_hash) == (LSP.name, LSP.signed_profile.hash)
    assert request.payload.profile_key == LSP_SEED


def test_an_undated_request_waits_for_as_long_as_messages_are_kept_and_the_link_lasts_as_asked():
    request = pending(Ask().says(expires_at=None).carries(valid_until=NOW + 200 * DAY))
    assert (request.expires_at, request.signed_until) == (NOW + 30 * DAY, 0)
    assert not request.is_uncovered
    link = link_of(approve(request, None, POLICY, NOW + 29 * DAY))
    assert (link.valid_until, link.uncovered) == (NOW + 200 * DAY, False)


def test_a_sign_in_s_expiration_time_is_how_long_the_request_may_wait_and_not_the_link_s_term():
    end = NOW + 600
    request = pending(Ask().says(expires_at=end).carries(valid_until=NOW + TERM))
    assert (request.expires_at, request.signed_until) == (end, end)
    assert request.payload.valid_until == NOW + TERM
    assert request.is_uncovered
    assert doubts_of(request) == (Doubt.UNCOVERED_TERM,)
    link = link_of(approve(request, None, POLICY, end))
    assert (link.valid_until, link.uncovered) == (NOW + TERM, True)
    assert link_of(approve(request, None, POLICY, NOW, end)).uncovered is False
    assert reason_of(approve, request, None, POLICY, end + 121) is Reason.EXPIRED


def test_a_recovery_s_term_is_none():
    request = take(
        recover().says(recover_into=None, expires_at=NOW + 60).carries(valid_until=NOW + TERM),
        link=held_link(),
    ).request
    assert request is not None
    assert not request.is_uncovered


def test_a_few_seconds_beyond_the_expiration_time_are_none():
    end = NOW - 60 + TERM
    for late, until in ((0, end), (1, end), (120, end), (121, end + 121)):
        request = pending(Ask().carries(valid_until=end + late))
        assert request.payload.valid_until == until
        assert request.is_uncovered is (until > end)


@pytest.mark.parametrize(
    ("waiting", "full"),
    [
        (Waiting(99, 4, 19), False),
        (Waiting(100, 0, 0), True),
        (Waiting(5, 5, 0), True),
        (Waiting(20, 0, 20), True),
    ],
)
def test_only_so_many_wait(waiting, full):
    if full:
        assert reason_of(take, Ask(), waiting=waiting) is Reason.TOO_MANY
    else:
        assert take(Ask(), waiting=waiting).request is not None


def test_a_newer_request_takes_the_place_of_the_one_that_waits():
    newer = Ask().says(nonce="ab" * 16)
    decision = take(newer, request=pending(), waiting=Waiting(100, 100, 100))
    assert decision.request is not None
    assert decision.request.nonce == "ab" * 16
    assert decision.request.state is RequestState.PENDING


@pytest.mark.parametrize(
    ("waits", "waiting"),
    [
        ({"uri": "https://elsewhere.example"}, Waiting(20, 1, 20)),
        ({"owner": MALLORY.wallet.address}, Waiting(5, 5, 5)),
    ],
    ids=["from another page before", "of another owner before"],
)
def test_a_newer_request_does_not_slip_past_the_bounds(waits, waiting):
    held = replace(pending(), **waits)
    assert reason_of(take, Ask().says(nonce="ab" * 16), request=held, waiting=waiting) is Reason.TOO_MANY


# --- approved, rejected ---------------------------------------------------------------------------


def test_approved_the_keys_are_kept_and_the_acceptance_goes_out():
    decision = approve(pending(), None, POLICY, NOW + 10)
    assert decision.request is None
    assert decision.effects == (Effect.SEND_ACCEPT, Effect.JOIN_MAILBOX)
    link = link_of(decision)
    assert link.state is LinkState.LINKED
    assert (link.profile_key, link.nonce, link.wallet_key) == (LSP_SEED, KEY_NONCE, None)
    assert (link.valid_until, link.linked_at) == (NOW - 60 + TERM, NOW + 10)
    assert link.link_message == Ask().link_message
    assert link.recoveries == ()


def test_a_random_wallet_s_key_is_kept_as_well():
    request = pending(Ask().carries(wallet_key=LSP.wallet.key))
    assert link_of(approve(request, None, POLICY, NOW)).wallet_key == LSP.wallet.key


@pytest.mark.parametrize(
    ("limit", "chosen", "until"),
    [
        (365 * DAY, None, NOW - 60 + TERM),
        (7 * DAY, None, NOW + 7 * DAY),
        (365 * DAY, NOW + DAY, NOW + DAY),
        (7 * DAY, NOW + 20 * DAY, NOW + 7 * DAY),
        (365 * DAY, NOW + 300 * DAY, NOW - 60 + TERM),
    ],
    ids=["as asked", "the user's limit", "the user's word", "limit before word", "never longer than asked"],
)
def test_the_shortest_term_counts(limit, chosen, until):
    link = link_of(approve(pending(), None, replace(POLICY, term_limit=limit), NOW, chosen))
    assert link.valid_until == until


def test_what_is_over_cannot_be_approved():
    end = NOW - 60 + TERM
    assert reason_of(approve, pending(), None, POLICY, end + 121) is Reason.EXPIRED
    assert reason_of(approve, pending(), None, POLICY, end) is Reason.EXPIRED
    assert reason_of(approve, pending(), None, POLICY, NOW, NOW) is Reason.EXPIRED
    assert link_of(approve(pending(), None, POLICY, end - 1)).valid_until == end


def test_rejected_no_key_is_kept_and_no_acceptance_sent():
    decision = reject(pending(), None)
    assert set(decision.effects) <= {Effect.SEND_REJECT}
    request = decision.request
    assert request is not None
    assert request.state is RequestState.REJECTED
    assert (request.payload.profile_key, request.payload.nonce) == (None, None)


def test_a_decision_is_made_once():
    rejected = reject(pending(), None).request
    assert rejected is not None
    for decide_again in (lambda: approve(rejected, None, POLICY, NOW), lambda: reject(rejected, None)):
        with pytest.raises(LocalProtocolError):
            decide_again()


def test_after_a_rejection_a_new_signature_asks_again():
    rejected = reject(pending(), None).request
    again = take(Ask().says(nonce="cd" * 16), request=rejected)
    assert again.request is not None
    assert again.request.state is RequestState.PENDING
    full = Waiting(100, 0, 0)
    assert reason_of(take, Ask(), request=rejected, waiting=full) is Reason.TOO_MANY


def by_mallory(**text: Any) -> Ask:
    ask = Ask().says(owner=MALLORY.wallet.address, **text)
    return replaced(ask, wallet=MALLORY.wallet, policy=replace(POLICY, who_may_ask=WhoMayAsk.ANYONE))


def test_after_a_rejection_another_wallet_is_not_heard_before_the_request_expires():
    rejected = reject(pending(by_mallory()), None).request
    again = by_mallory(nonce="cd" * 16, issued_at=NOW, expires_at=NOW + 2 * TERM)
    assert rejected is not None
    last = rejected.expires_at + POLICY.skew
    assert reason_of(take, again, request=rejected) is Reason.REJECTED
    assert reason_of(take, replaced(again, now=last), request=rejected) is Reason.REJECTED
    later = take(replaced(again, now=last + 1), request=rejected).request
    assert later is not None
    assert later.state is RequestState.PENDING
    own = take(Ask().says(nonce="cd" * 16), request=rejected).request
    assert own is not None
    assert own.state is RequestState.PENDING


# --- renewed --------------------------------------------------------------------------------------


def test_a_renewal_moves_nothing_but_the_validity():
    link = held_link()
    decision = take(Ask(), link=link)
    assert decision.effects == ()
    assert decision.request is None
    until = NOW - 60 + TERM
    told = LinkMoment(at=NOW, what=Moment.RENEWED, until=until, page=APP_URI, to=LSP.name)
    moved = replace(
        link, valid_until=until, asked_at=NOW - 60, renewals=(Ask().link_message,), history=(told,)
    )
    assert decision.link == moved


NOTHING = {"kind": None, "profile_name": None, "profile_hash": None, "owner": None}


@pytest.mark.parametrize(
    "ask",
    [
        Ask().says(**NOTHING),
        replaced(Ask().says(**NOTHING), hashed=True),
        Ask().says(expires_at=None).carries(valid_until=NOW - 60 + TERM),
        Ask().says(uri=f"{APP_URI}/chat"),
        Ask().says(main_name=Ask().main.names[1]),
    ],
    ids=["unbound", "opaque", "undated", "another path", "another name of the main profile"],
)
def test_a_literal_peer_renews_without_anybody_s_being_asked(ask):
    decision = take(ask, link=held_link())
    assert (decision.request, decision.effects) == (None, ())
    assert link_of(decision).valid_until == NOW - 60 + TERM


def test_a_renewal_beyond_what_was_signed_is_judged_once():
    ask = Ask().says(expires_at=NOW + 600).carries(valid_until=NOW - 60 + TERM)
    asked = take(ask, link=held_link())
    assert asked.effects == (Effect.ASK_USER,)
    assert asked.request is not None
    granted = link_of(approve(asked.request, held_link(), POLICY, NOW))
    assert granted.uncovered
    again = take(ask.says(nonce="ab" * 16, issued_at=NOW), link=granted)
    assert (again.request, again.effects) == (None, ())
    assert link_of(again).valid_until == NOW - 60 + TERM


def test_a_link_s_history_tells_each_step_and_keeps_the_newest():
    first = link_of(approve(pending(), None, POLICY, NOW))
    assert [(moment.what, moment.to, moment.page) for moment in first.history] == [
        (Moment.LINKED, LSP.name, APP_URI)
    ]
    recovered = link_of(take(recover(), link=first))
    [_, told] = recovered.history
    assert (told.what, told.at, told.to, told.page) == (Moment.RECOVERED, NOW, TEMPORARY.name, APP_URI)
    full = replace(recovered, history=(told,) * 50)
    moved = link_of(take(Ask().says(nonce="ab" * 16), link=full))
    assert len(moved.history) == 50
    assert moved.history[-1].what is Moment.RENEWED
    relinked = pending(Ask().says(uri="https://new.example"), link=full)
    assert link_of(approve(relinked, full, POLICY, NOW)).history[-1].page == "https://new.example"


def test_a_renewal_leaves_a_request_that_waits_alone():
    waiting = pending(link=held_link(owner=MALLORY.wallet.address))
    assert take(Ask(), request=waiting, link=held_link()).request == waiting


def test_a_renewal_may_leave_the_keys_out():
    bare = Ask().carries(profile_key=None, nonce=None)
    link = link_of(take(bare, link=held_link()))
    assert link.profile_key == LSP_SEED
    assert link.nonce == KEY_NONCE


def test_a_renewal_ends_at_the_user_s_limit():
    link = link_of(take(Ask(), link=held_link(), term_limit=7 * DAY))
    assert link.valid_until == NOW + 7 * DAY


def test_a_renewal_never_outlasts_what_the_wallet_signed():
    late = Ask().carries(valid_until=NOW - 60 + TERM + 100)
    assert link_of(take(late, link=held_link())).valid_until == NOW - 60 + TERM


def test_a_renewal_can_shorten():
    sooner = Ask().says(expires_at=NOW + 3_600)
    assert link_of(take(sooner, link=held_link())).valid_until == NOW + 3_600


def test_a_renewal_that_was_overtaken_by_a_newer_one_moves_nothing():
    link = held_link(asked_at=NOW - 59)
    assert take(Ask(), link=link) == Decision(
        request=None, link=replace(link, renewals=(Ask().link_message,))
    )
    assert link_of(take(Ask(), link=held_link(asked_at=NOW - 60))).valid_until == NOW - 60 + TERM


@pytest.mark.parametrize("decided", [False, True], ids=["the newer waits", "the newer was rejected"])
def test_a_request_that_was_overtaken_by_a_newer_one_is_not_shown(decided):
    newer = pending(Ask().says(issued_at=NOW - 30, nonce="ab" * 16))
    held = reject(newer, None).request if decided else newer
    assert take(Ask(), request=held) == Decision(request=held, link=None)


def test_a_recovery_that_waits_does_not_hold_a_request_back():
    waiting = take(recover().says(recover_into=None), link=held_link()).request
    assert waiting is not None
    later = replace(waiting, issued_at=NOW)
    decision = take(Ask().says(uri="https://new.example"), request=later, link=held_link())
    assert decision.request is not None
    assert decision.request.payload.kind is LinkKind.REQUEST


CHANGED = [
    pytest.param(lambda ask: ask, {"owner": MALLORY.wallet.address}, id="another owner"),
    pytest.param(lambda ask: ask.says(uri="https://other.example"), {}, id="another page"),
    pytest.param(lambda ask: ask, {"profile_hash": TEMPORARY.signed_profile.hash}, id="another profile"),
    pytest.param(lambda ask: ask, {"profile_key": OTHER_SEED}, id="other keys"),
    pytest.param(lambda ask: ask.carries(wallet_key=LSP.wallet.key), {}, id="another wallet key"),
    pytest.param(lambda ask: ask.carries(nonce="0x" + "00" * 32), {}, id="another key-creation nonce"),
    pytest.param(lambda ask: ask, {"state": LinkState.EXPIRED}, id="expired"),
    pytest.param(lambda ask: ask, {"valid_until": NOW - 1}, id="over since a moment"),
]


@pytest.mark.parametrize(("change", "held"), CHANGED)
def test_what_changes_more_is_for_the_user_and_the_link_stays_meanwhile(change, held):
    link = held_link(**held)
    decision = take(change(Ask()), link=link)
    assert decision.effects == (Effect.ASK_USER,)
    assert decision.request is not None
    assert decision.link == link


def test_a_changed_request_replaces_the_link_when_approved():
    link = held_link(
        profile_hash=TEMPORARY.signed_profile.hash, profile_key=OTHER_SEED, recoveries=(NOW - 5,)
    )
    decision = approve(pending(link=link), link, POLICY, NOW)
    changed = link_of(decision)
    assert (changed.profile_hash, changed.profile_key) == (LSP.signed_profile.hash, LSP_SEED)
    assert changed.recoveries == (NOW - 5,)
    assert decision.effects == (Effect.SEND_ACCEPT, Effect.JOIN_MAILBOX)


# --- keys after the acceptance ----------------------------------------------------------------------


BARE = Ask().carries(profile_key=None, nonce=None)


def awaiting() -> Link:
    return link_of(approve(pending(BARE), None, POLICY, NOW))


def test_without_keys_the_link_awaits_them():
    decision = approve(pending(BARE), None, POLICY, NOW)
    assert decision.effects == (Effect.SEND_ACCEPT,)
    assert link_of(decision).state is LinkState.AWAITING_KEYS
    assert link_of(decision).profile_key is None


def test_awaited_keys_complete_the_link_once():
    decision = take(Ask(), link=awaiting())
    assert decision.effects == (Effect.JOIN_MAILBOX,)
    link = link_of(decision)
    assert (link.state, link.profile_key, link.nonce) == (LinkState.LINKED, LSP_SEED, KEY_NONCE)
    assert link.valid_until == awaiting().valid_until
    used = Ask()
    used.world.used[OWNER.address, used.check().link_message.nonce] = "0x01"
    assert reason_of(take, used, link=link) is Reason.REPLAYED


def test_another_text_while_keys_are_awaited_asks_again():
    decision = take(Ask().says(nonce="ab" * 16), link=awaiting())
    assert decision.effects == (Effect.ASK_USER,)
    assert decision.link == awaiting()


def test_a_link_in_force_always_has_its_keys():
    changed = held_link(profile_hash=TEMPORARY.signed_profile.hash, profile_key=OTHER_SEED)
    for link in (None, held_link(), held_link(state=LinkState.EXPIRED), awaiting(), changed):
        for ask in (Ask().says(uri="https://new.example"), BARE.says(uri="https://new.example")):
            granted = link_of(approve(pending(ask, link), link, POLICY, NOW))
            assert (granted.state is LinkState.LINKED) == (granted.profile_key is not None)
            if granted.profile_key is not None:
                assert granted.profile_key == LSP_SEED, "never those of an older profile"


# --- recovery ----------------------------------------------------------------------------------------


def test_a_bound_recovery_is_granted_without_asking():
    ask = recover()
    decision = take(ask, link=held_link())
    assert decision.effects == (Effect.SEND_KEYS, Effect.FORWARD_HELD, Effect.NOTIFY_OF_RECOVERY)
    link = link_of(decision)
    assert link.recoveries == (NOW,)
    assert link.link_message == ask.link_message
    assert link.valid_until == held_link().valid_until


def test_three_a_day_and_no_more():
    recent = (NOW - DAY + 1, NOW - 100, NOW - 50)
    assert reason_of(take, recover(), link=held_link(recoveries=recent)) is Reason.TOO_MANY
    older = (NOW - 2 * DAY, NOW - DAY, NOW - 50)
    assert link_of(take(recover(), link=held_link(recoveries=older))).recoveries == (NOW - 50, NOW)


@pytest.mark.parametrize(
    ("ask", "policy"),
    [
        pytest.param(recover().says(recover_into=None), {}, id="no target named"),
        pytest.param(recover().says(kind=None), {}, id="no type named"),
        pytest.param(recover(), {"recovery": RecoveryMode.ASK}, id="the user wants to be asked"),
    ],
)
def test_the_user_is_asked_where_need_be_and_then_grants(ask, policy):
    decision = take(ask, link=held_link(), **policy)
    assert decision.effects == (Effect.ASK_USER,)
    assert decision.link == held_link()
    request = decision.request
    assert request is not None
    assert (request.reply_to, request.reply_hash) == (TEMPORARY.name, TEMPORARY.signed_profile.hash)
    granted = approve(request, held_link(), POLICY, NOW + 5)
    assert granted.request is None
    assert granted.effects == (Effect.SEND_KEYS, Effect.FORWARD_HELD, Effect.NOTIFY_OF_RECOVERY)
    assert link_of(granted).recoveries == (NOW + 5,)


GONE = {
    "removed": (None, Reason.NOT_LINKED),
    "expired": (held_link(state=LinkState.EXPIRED), Reason.NOT_LINKED),
    "linked anew without keys": (held_link(state=LinkState.AWAITING_KEYS), Reason.NOT_LINKED),
    "linked anew by another owner": (held_link(owner=MALLORY.wallet.address), Reason.NOT_LINKED),
    "linked anew with other keys": (held_link(profile_hash=MAIN.signed_profile.hash), Reason.WRONG_HASH),
}


@pytest.mark.parametrize(("link", "reason"), GONE.values(), ids=GONE)
def test_a_recovery_is_not_approved_once_the_link_is_another(link, reason):
    request = take(recover(), link=held_link(), recovery=RecoveryMode.ASK).request
    assert request is not None
    assert reason_of(approve, request, link, POLICY, NOW) is reason


def test_nobody_decides_on_a_recovery_without_a_link():
    checked = recover().check()
    assert reason_of(decide, checked, None, None, NOBODY, POLICY, NOW) is Reason.NOT_LINKED


# --- time, removal ---------------------------------------------------------------------------------


def test_a_request_lapses_after_its_end():
    request = pending()
    end = request.expires_at
    assert pass_time_at_main(request, None, POLICY, end + 120).request == request
    assert pass_time_at_main(request, None, POLICY, end + 121).request is None
    rejected = reject(request, None).request
    assert pass_time_at_main(rejected, None, POLICY, end + 120).request == rejected
    assert pass_time_at_main(rejected, None, POLICY, end + 121).request is None


def test_a_link_expires_and_keeps_its_keys():
    link = held_link()
    assert pass_time_at_main(None, link, POLICY, link.valid_until).link == link
    decision = pass_time_at_main(None, link, POLICY, link.valid_until + 1)
    assert decision.effects == (Effect.LEAVE_MAILBOX,)
    assert decision.link == replace(link, state=LinkState.EXPIRED)
    again = pass_time_at_main(None, decision.link, POLICY, link.valid_until + 2)
    assert (again.link, again.effects) == (decision.link, ())


def test_a_link_whose_keys_never_came_is_forgotten():
    link = awaiting()
    assert pass_time_at_main(None, link, POLICY, link.valid_until + 1).link is None


@pytest.mark.parametrize("state", [LinkState.LINKED, LinkState.EXPIRED])
def test_removing_wipes_the_keys(state):
    waiting = pending(link=held_link(owner=MALLORY.wallet.address))
    decision = remove(waiting, held_link(state=state))
    assert decision.link is None
    assert decision.request == waiting
    assert Effect.WIPE_KEYS in decision.effects
    assert (Effect.LEAVE_MAILBOX in decision.effects) == (state is LinkState.LINKED)


# --- the acceptance -----------------------------------------------------------------------------------


def test_the_acceptance_says_what_was_accepted_and_is_signed():
    request = pending()
    link = link_of(approve(request, None, POLICY, NOW))
    payload = acceptance(link, MAIN.keys.signing_private, answers=request.payload, with_keys=False)
    assert payload.kind is LinkKind.ACCEPT
    assert (payload.profile_name, payload.profile_hash) == (LSP.name, LSP.signed_profile.hash)
    assert (payload.valid_until, payload.link_message) == (link.valid_until, request.payload.link_message)
    assert is_signed(MAIN.keys.signing_public, sha256_hex(payload.link_message), payload.signature)
    assert (payload.profile_key, payload.wallet_key, payload.nonce) == (None, None, None)


def test_only_a_recovery_s_acceptance_carries_keys():
    link = link_of(take(recover(), link=held_link(wallet_key=LSP.wallet.key)))
    asked = recover().check().payload
    payload = acceptance(link, MAIN.keys.signing_private, answers=asked, with_keys=True)
    assert (payload.profile_key, payload.wallet_key) == (LSP_SEED, LSP.wallet.key)
    assert (payload.nonce, payload.link_message) == (KEY_NONCE, asked.link_message)


# --- how long a request waits ------------------------------------------------------------------------


def test_a_text_for_ever_waits_a_year():
    asked = pending(Ask().says(expires_at=NOW + 5_000 * 365 * DAY))
    assert asked.expires_at == NOW + 365 * DAY
    assert asked.signed_until == NOW + 5_000 * 365 * DAY
