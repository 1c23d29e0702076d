"""The older vocabularies, taken in and answered in kind (specification 3.7)."""

from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from dm3.base import canonical_json, read_json, sha256_hex
from dm3.crypto import Seed, is_signed
from dm3.model import Draft, LinkKind, LinkMessage, LinkPayload, Message
from dm3.protocol.linking import (
    CheckedRequest,
    Effect,
    Link,
    LinkRefused,
    LinkState,
    Reason,
    Request,
    Waiting,
    acceptance,
    approve,
    check_request,
    decide,
    named_payloads,
)
from dm3.protocol.linking.older import accepted_text, complete_request
from dm3.protocol.messages.composing import compose
from dm3.wire import NEWEST, VOCABULARIES, link_member, link_type, read_message
from tests.unit.linking.answers import published
from tests.unit.linking.scene import (
    APP_URI,
    DAY,
    LSP,
    LSP_SEED,
    MAIN,
    MAIN_NAME,
    NOW,
    OWNER,
    POLICY,
    STRANGER,
    TEMPORARY,
    TERM,
    Ask,
    held_link,
    link_message,
    recover,
)
from tests.unit.people import digest

OLDER = [name for name in VOCABULARIES if name != NEWEST.name]
UNBOUND: dict[str, Any] = {
    "kind": None,
    "profile_name": None,
    "profile_hash": None,
    "recover_into": None,
    "owner": None,
}
older = pytest.mark.parametrize("vocabulary", OLDER)


def arriving(ask: Ask, vocabulary: str) -> Message:
    """What ``ask`` says in an older vocabulary, as it comes out of its envelope."""
    return read_message(ask.carries(vocabulary=vocabulary).message().text)


def checked(ask: Ask, vocabulary: str, links: tuple[Link, ...] = ()) -> CheckedRequest:
    """Check it as the main profile does, which first finds out which profile it is about."""
    message = arriving(ask, vocabulary)
    assert message.link is not None
    [payload] = named_payloads(message.link, links)
    about = next((link for link in links if link.profile_name == payload.profile_name), None)
    message = structs.replace(message, link=payload)
    return ask.world.conclude(check_request(message, ask.main, about, ask.policy, ask.now))


def reason_of(ask: Ask, vocabulary: str, *links: Link) -> Reason:
    with pytest.raises(LinkRefused) as refused:
        checked(ask, vocabulary, links)
    return refused.value.reason


@older
def test_its_link_lasts_as_long_as_is_shown(vocabulary):
    for says in ({}, {"expires_at": None}):
        request = pending(checked(Ask().says(**{**UNBOUND, **says}), vocabulary))
        granted = approve(request, None, POLICY, NOW + DAY).link
        assert granted is not None
        assert granted.valid_until == request.payload.valid_until == NOW + POLICY.term_limit


@older
def test_it_renews_the_link_that_it_has_made(vocabulary):
    request = pending(checked(Ask().says(**UNBOUND), vocabulary))
    granted = approve(request, None, POLICY, NOW).link
    assert granted is not None
    again = Ask().says(**UNBOUND, nonce="ab" * 16, issued_at=NOW)
    decision = decide(
        checked(again, vocabulary, (granted,)), None, granted, Waiting(0, 0, 0), POLICY, NOW + DAY
    )
    assert (decision.request, decision.effects) == (None, ())


def pending(found: CheckedRequest, link: Link | None = None) -> Request:
    decision = decide(found, None, link, Waiting(0, 0, 0), POLICY, NOW)
    assert decision.effects == (Effect.ASK_USER,)
    assert decision.request is not None
    assert not decision.request.bound
    return decision.request


def accept_of(request: Request, link: Link | None, *, with_keys: bool) -> Message:
    """The acceptance as it comes out of its envelope."""
    granted = approve(request, link, POLICY, NOW).link
    assert granted is not None
    payload = acceptance(granted, MAIN.keys.signing_private, answers=request.payload, with_keys=with_keys)
    draft = Draft(
        to=request.reply_to, from_=MAIN_NAME, timestamp=NOW * 1000, type=link_type(payload), link=payload
    )
    return read_message(compose(draft, MAIN.keys.signing_private).text)


# --- linking -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("vocabulary", "name"), [("LSP_LINK", "LSP_LINK"), ("LINK_LSP", "LINK_LSP")])
def test_a_request_with_a_key_asks_to_be_linked(vocabulary, name):
    message = arriving(Ask().says(**UNBOUND), vocabulary)
    assert message.type == name
    members = read_json(message.text)["metadata"]["LSP"]
    assert set(members) == {"privateKey", "linkMessage", "signature"}
    assert message.link is not None
    assert message.link.kind is LinkKind.REQUEST


@older
def test_what_a_request_leaves_out_is_filled_in(vocabulary):
    found = checked(Ask().says(**UNBOUND), vocabulary)
    assert found.payload.profile_name == LSP.name
    assert found.payload.profile_hash == LSP.signed_profile.hash
    assert found.payload.valid_until == NOW + POLICY.term_limit, "the Expiration Time is the request's"
    assert found.payload.profile_key == LSP_SEED
    assert found.payload.vocabulary == vocabulary
    assert found.owner == OWNER.address


@older
def test_a_request_without_an_end_lasts_as_long_as_the_user_allows(vocabulary):
    undated = replace(
        Ask().says(**UNBOUND, expires_at=None), policy=structs.replace(POLICY, term_limit=7 * DAY)
    )
    assert checked(undated, vocabulary).payload.valid_until == NOW + 7 * DAY


@older
def test_it_is_approved_and_answered_in_kind(vocabulary):
    request = pending(checked(Ask().says(**UNBOUND), vocabulary))
    message = accept_of(request, None, with_keys=False)
    assert message.type == "LSP_LINK_ACCEPT"
    members = read_json(message.text)["metadata"]["LSP"]
    assert set(members) == {"linkMessage", "signature"}
    assert members["linkMessage"] == LSP.name, "the older page's acceptance names the profile"
    assert is_signed(MAIN.keys.signing_public, sha256_hex(LSP.name), members["signature"])


@older
@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        pytest.param(
            lambda ask: ask.carries(profile_key=Seed(digest("another seed"))),
            Reason.WRONG_KEY,
            id="another key",
        ),
        pytest.param(
            lambda ask: ask.says(profile_hash=STRANGER.signed_profile.hash),
            Reason.WRONG_HASH,
            id="signed for another hash",
        ),
        pytest.param(
            lambda ask: ask.says(profile_name=STRANGER.name), Reason.WRONG_PROFILE, id="another profile"
        ),
        pytest.param(lambda ask: ask.says(kind=LinkKind.RECOVER), Reason.WRONG_TYPE, id="another step"),
        pytest.param(lambda ask: ask.says(main_name="bob.eth"), Reason.WRONG_MAIN, id="another main"),
        pytest.param(lambda ask: ask.says(expires_at=NOW - 121), Reason.EXPIRED, id="over"),
        pytest.param(
            lambda ask: replace(ask, wallet=STRANGER.wallet), Reason.FOREIGN_WALLET, id="another wallet"
        ),
    ],
)
def test_the_checks_are_those_of_the_newest(vocabulary, spoil, reason):
    assert reason_of(spoil(Ask().says(**UNBOUND)), vocabulary) is reason


# --- recovery ------------------------------------------------------------------------------------


def bare(**says: Any) -> Ask:
    """A request without a key from a temporary profile: it means recovery."""
    return recover().says(**{**UNBOUND, **says})


@older
def test_a_request_without_a_key_means_recovery_and_names_no_profile(vocabulary):
    payload = arriving(bare(), vocabulary).link
    assert payload is not None
    assert payload.kind is LinkKind.RECOVER
    assert payload.profile_name == ""


@older
def test_the_profile_is_the_one_linked_from_that_page(vocabulary):
    elsewhere = held_link(profile_name=STRANGER.name, uri="https://other.example")
    gone = held_link(profile_name="gone.eth", state=LinkState.EXPIRED)
    found = checked(bare(), vocabulary, (elsewhere, gone, held_link()))
    assert (found.payload.profile_name, found.payload.profile_hash) == (LSP.name, LSP.signed_profile.hash)
    assert found.payload.valid_until == NOW - 60 + TERM
    assert found.sender.name == TEMPORARY.name


@older
def test_the_user_grants_it_and_the_keys_go_out_in_kind(vocabulary):
    request = pending(checked(bare(), vocabulary, (held_link(),)), held_link())
    assert request.reply_to == TEMPORARY.name
    message = accept_of(request, held_link(), with_keys=True)
    assert message.type == "LSP_LINK_ACCEPT"
    assert message.link is not None
    assert message.link.profile_key == LSP_SEED
    assert message.link.profile_name == LSP.name
    assert message.link.wallet_key is None, "the older page has no field for it"


@older
@pytest.mark.parametrize(
    "links",
    [
        (),
        (held_link(uri="https://other.example"),),
        (held_link(state=LinkState.EXPIRED), held_link(state=LinkState.AWAITING_KEYS)),
    ],
    ids=["no link", "another page", "none in force"],
)
def test_where_no_profile_is_meant_nobody_guesses(vocabulary, links):
    payload = arriving(bare(), vocabulary).link
    assert payload is not None
    with pytest.raises(LinkRefused, match="no profile is linked from that page") as refused:
        named_payloads(payload, links)
    assert refused.value.reason is Reason.NOT_LINKED


@older
def test_of_two_profiles_linked_from_the_page_either_may_be_meant(vocabulary):
    payload = arriving(bare(), vocabulary).link
    assert payload is not None
    links = (held_link(), held_link(profile_name="gone.eth", uri="https://other.example"))
    both = (*links, held_link(profile_name=STRANGER.name, uri=f"{APP_URI}/chat"))
    assert [found.profile_name for found in named_payloads(payload, both)] == [LSP.name, STRANGER.name]


def test_a_text_that_cannot_be_read_names_no_page():
    payload = arriving(replace(bare(), spoil=lambda text: "recover me"), "LSP_LINK").link
    assert payload is not None
    with pytest.raises(LinkRefused) as refused:
        named_payloads(payload, (held_link(),))
    assert refused.value.reason is Reason.MALFORMED


@pytest.mark.parametrize("ask", [Ask(), recover()], ids=["a request", "a recovery"])
def test_who_says_which_profile_is_believed_and_checked_later(ask):
    payload = ask.message().link
    assert payload is not None
    assert named_payloads(payload, ()) == (payload,)


def test_a_request_to_be_linked_is_not_looked_up():
    payload = arriving(Ask(), "LSP_LINK").link
    assert payload is not None
    unnamed = structs.replace(payload, profile_name="")
    assert named_payloads(unnamed, (held_link(),)) == (unnamed,)


# --- what is filled in, by itself ------------------------------------------------------------------


def completed(payload: LinkPayload, text: LinkMessage, link: Link | None) -> LinkPayload:
    return complete_request(payload, text, published(TEMPORARY.name), link, POLICY, NOW)


@older
def test_a_recovery_of_nothing_has_no_hash(vocabulary):
    payload = arriving(bare(), vocabulary).link
    assert payload is not None
    assert completed(payload, link_message(), None).profile_hash == ""
    assert completed(payload, link_message(), held_link()).profile_hash == LSP.signed_profile.hash


def test_the_newest_says_everything_itself():
    for ask in (Ask(), recover()):
        payload = ask.carries(profile_hash="0x00", valid_until=7).message().link
        assert payload is not None
        assert completed(payload, link_message(), held_link()) == payload


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_an_acceptance_repeats_the_text_or_names_the_profile(vocabulary):
    said = accepted_text(vocabulary, "the text", LSP.name)
    assert said == ("the text" if vocabulary == NEWEST.name else LSP.name)


@older
def test_nothing_is_written_that_the_older_page_has_no_field_for(vocabulary):
    payload = Ask().carries(vocabulary=vocabulary, wallet_key=LSP.wallet.key).message().link
    assert payload is not None
    member, members = link_member(payload)
    assert member == "LSP"
    assert APP_URI in canonical_json(members)
    assert set(members) == {"privateKey", "linkMessage", "signature"}
