"""A profile asks by one of its names at a time (specification 3.3: at most one pending request)."""

from dataclasses import replace

import pytest
from msgspec import structs

from dm3.model import LinkKind
from dm3.protocol.linking import (
    CheckedRequest,
    LinkPolicy,
    LinkRefused,
    Reason,
    Request,
    RequestState,
    Waiting,
    WhoMayAsk,
    decide,
    reject,
    require_one_name,
    waiting_beside,
)
from tests.unit.linking.scene import APP_URI, LSP, MALLORY, NOW, POLICY, Ask, held_link, recover

ANYONE = LinkPolicy(who_may_ask=WhoMayAsk.ANYONE)
ALIAS = "shop.user.myapp.eth"


def foreign(name: str = LSP.name) -> Ask:
    ask = Ask().says(owner=MALLORY.wallet.address, profile_name=name).carries(profile_name=name)
    ask = replace(ask, wallet=MALLORY.wallet, policy=ANYONE, sender=replace(LSP, name=name))
    ask.world.publish(ask.sender)
    return ask


def waiting(ask: Ask) -> Request:
    asked = decide(ask.check(), None, None, Waiting(0, 0, 0), ask.policy, NOW).request
    assert asked is not None
    return asked


def refusal(checked: CheckedRequest, held: Request, now: int = NOW) -> tuple[Reason, str] | None:
    try:
        require_one_name(checked, [held], POLICY, now)
    except LinkRefused as refused:
        return refused.reason, refused.detail
    return None


def test_one_name_waits_at_a_time():
    held = waiting(foreign())
    told = f"there are too many requests (it waits as {LSP.name} already)"
    assert refusal(foreign(ALIAS).check(), held) == (Reason.TOO_MANY, told)
    assert refusal(foreign().check(), held) is None, "by the same name it replaces the one that waits"


def test_what_takes_anothers_place_needs_no_room_of_its_own():
    ask = foreign()
    full = Waiting(in_all=1, of_owner=1, of_uri=1)
    one = structs.replace(ask.policy, pending_in_all=1, pending_per_owner=1, pending_per_uri=1)
    held = waiting(ask)
    assert decide(ask.check(), held, None, full, one, NOW).request == held
    elsewhere = ask.says(uri=f"{APP_URI}/another/path", nonce="cd" * 16)
    assert decide(elsewhere.check(), held, None, full, one, NOW).request != held
    with pytest.raises(LinkRefused):
        decide(ask.check(), None, None, full, one, NOW)


def test_a_rejected_profile_is_not_heard_by_another_name_either():
    held = reject(waiting(foreign()), None).request
    assert held is not None
    assert held.state is RequestState.REJECTED
    checked = foreign(ALIAS).check()
    told = f"the main profile's user has rejected it (as {LSP.name})"
    assert refusal(checked, held) == (Reason.REJECTED, told)
    assert refusal(checked, held, held.expires_at + POLICY.skew + 1) is None
    assert refusal(structs.replace(checked, own_wallet=True), held) is None


@pytest.mark.parametrize(
    "other",
    [{"profile_hash": "0x" + "ab" * 32}, {"kind": LinkKind.RECOVER}],
    ids=["another profile", "another step"],
)
def test_what_is_something_else_does_not_count(other):
    held = waiting(foreign())
    held = structs.replace(held, payload=structs.replace(held.payload, **other))
    assert refusal(foreign(ALIAS).check(), held) is None
    for others in ([held, waiting(foreign())], [waiting(foreign(ALIAS)), waiting(foreign())]):
        with pytest.raises(LinkRefused):  # whatever stands before it
            require_one_name(foreign(ALIAS).check(), others, POLICY, NOW)


def test_a_request_that_stays_rejected_says_until_when():
    rejected = reject(waiting(foreign()), None).request
    with pytest.raises(LinkRefused, match=r"\(it is not shown again before the rejected request expires\)$"):
        decide(foreign().check(), rejected, None, Waiting(0, 0, 0), ANYONE, NOW)


def strangers(count: int) -> list[Request]:
    """Requests of other wallets, all from the page of the own one's."""
    held = waiting(foreign())
    return [structs.replace(held, profile_name=f"{n}.myapp.eth", owner=f"0x{n:040x}") for n in range(count)]


def own_requests(count: int) -> list[Request]:
    held = waiting(Ask())
    return [structs.replace(held, profile_name=f"{n}.myapp.eth") for n in range(count)]


def test_strangers_hold_out_neither_the_own_wallet_nor_a_pairing_code_nor_a_linked_profile():
    full = strangers(100)
    own, paired = Ask().check(), structs.replace(foreign().check(), paired="0x")
    for checked in (own, paired):
        beside = waiting_beside(checked, None, full)
        assert beside == Waiting(0, 0, 0)
        assert decide(checked, None, None, beside, POLICY, NOW).request is not None
    assert waiting_beside(recover().check(), held_link(), full) == Waiting(0, 0, 0)
    changed = structs.replace(foreign().check(), owner=held_link().owner)
    assert waiting_beside(changed, held_link(), full) == Waiting(0, 0, 0)
    one_more = foreign().check()
    assert waiting_beside(one_more, None, full) == Waiting(100, 0, 100)
    with pytest.raises(LinkRefused) as refused:
        decide(one_more, None, None, waiting_beside(one_more, None, full), ANYONE, NOW)
    assert refused.value.reason is Reason.TOO_MANY


def test_those_who_are_expected_take_no_room_of_strangers_and_are_bounded_themselves():
    mine = own_requests(5)
    asks_too = structs.replace(mine[0], own_wallet=False, paired="0x", owner=MALLORY.wallet.address)
    about_link = structs.replace(asks_too, paired=None, link_uri=APP_URI)
    recovery = recover()
    back = decide(recovery.check(), None, held_link(recovery="ask"), Waiting(0, 0, 0), POLICY, NOW).request
    assert back is not None
    expected = [*mine, asks_too, about_link, structs.replace(back, own_wallet=False, link_uri="")]
    assert waiting_beside(foreign().check(), None, expected) == Waiting(0, 0, 0)
    own = Ask().check()
    beside = waiting_beside(own, None, expected)
    assert beside == Waiting(8, 6, 8)
    with pytest.raises(LinkRefused):
        decide(own, None, None, beside, POLICY, NOW)


def test_a_place_in_one_room_is_none_in_the_other():
    full = Waiting(in_all=100, of_owner=0, of_uri=0)
    strange, own = waiting(foreign()), waiting(Ask())
    with pytest.raises(LinkRefused):
        decide(Ask().check(), strange, None, full, POLICY, NOW)
    with pytest.raises(LinkRefused):
        decide(foreign().check(), own, None, full, ANYONE, NOW)
    assert decide(Ask().check(), own, None, full, POLICY, NOW).request is not None
    assert decide(foreign().check(), strange, None, full, ANYONE, NOW).request is not None
