"""The conformance vectors of LINK_REJECT and LINK_REVOKE, run against our own code."""

import pytest
from msgspec import structs

from dm3.protocol.linking import LinkRefused, handle_ending, handle_revocation, known_code, refusal_to_tell
from dm3.protocol.messages.composing import check_message
from dm3.protocol.names.resolving import resolve_profile
from tests.unit.linking.vector_reading import (
    asking_of,
    cases,
    decided,
    link_of,
    main_of,
    message_of,
    waiting_request,
    world_of,
)


def told(case):
    """What the linked profile makes of an ending."""
    message = message_of(case)
    sender = world_of(case).conclude(resolve_profile(message.from_))
    check_message(message, sender.signed.profile)
    return handle_ending(asking_of(case["asking"]), message, sender.signed.profile)


@pytest.mark.parametrize("case", cases("endings", valid=True))
def test_endings_are_taken_in(case):
    step, expected = told(case), case["expected"]
    assert step.asking.state == expected["state"]
    assert list(step.effects) == expected["effects"]
    may_link = step.asking.messages if step.asking.requested_until else ()
    assert list(may_link) == expected["may_link"]
    if "told" in expected:
        said = message_of(case).link
        assert said is not None
        assert {"code": known_code(said.code), "reason": said.reason} == expected["told"]


@pytest.mark.parametrize("case", cases("endings", valid=False))
def test_endings_are_refused(case):
    with pytest.raises(LinkRefused) as refused:
        told(case)
    assert refused.value.reason == case["failure"]


def revoked(case):
    """What the main profile makes of a revocation, and the request that waits."""
    message = message_of(case)
    sender = world_of(case).conclude(resolve_profile(message.from_))
    check_message(message, sender.signed.profile)
    link = link_of(case["link"])
    if link is not None:
        link = structs.replace(link, earlier_messages=tuple(case["also_known_by"]))
    request = waiting_request(case["request"])
    return request, link, handle_revocation(request, link, message, sender.signed.profile)


@pytest.mark.parametrize("case", cases("revocations", valid=True))
def test_revocations_are_taken_in(case):
    request, link, decision = revoked(case)
    assert list(decision.effects) == case["expected"]["effects"]
    ends_link = case["expected"]["ends"] == "link"
    assert decision.link == (None if ends_link else link)
    assert decision.request == (request if ends_link else None)


@pytest.mark.parametrize("case", cases("revocations", valid=False))
def test_revocations_are_refused(case):
    with pytest.raises(LinkRefused) as refused:
        revoked(case)
    assert refused.value.reason == case["failure"]


@pytest.mark.parametrize("case", cases("told_refusals", valid=False))
def test_refusals_are_told_to_those_who_have_proved_to_be_the_owner(case):
    with pytest.raises(LinkRefused) as refused:
        decided(case)
    assert refused.value.reason == case["failure"]
    inquiry = refusal_to_tell(message_of(case), main_of(case["main"]), refused.value, case["now"])
    told = world_of(case).conclude(inquiry)
    assert (told and str(told.code), told and told.sender.name) == (case["code"], case["to"])
