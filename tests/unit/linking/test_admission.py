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
)
from tests.unit.linking.scene import APP_URI, LSP, MALLORY, NOW, POLICY, Ask

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
