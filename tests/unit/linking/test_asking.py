"""What of the linked profile's side is remembered and handed over, and its defaults."""

from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from dm3.base.errors import InvalidInput, UnsupportedByPeer
from dm3.model import LinkKind, LinkMessage, ProfileExtension
from dm3.protocol.linking import (
    Asked,
    OutgoingLinkState,
    ask,
    handle_acceptance,
    keys_payload,
    new_link_message,
    print_link_message,
    request_payload,
    require_support,
)
from tests.unit.linking.answers import OWN, Accept, asked
from tests.unit.linking.scene import (
    APP_URI,
    LSP,
    MAIN,
    MAIN_NAME,
    NOW,
    OWNER,
    TEMPORARY,
    TERM,
    link_message,
)
from tests.unit.people import stream

OTHER_NONCE = "ab" * 16


def new_message(kind: LinkKind = LinkKind.REQUEST, **options: Any) -> LinkMessage:
    values: dict[str, Any] = {
        "main_name": MAIN_NAME,
        "uri": APP_URI,
        "owner": OWNER.address,
        "profile_name": LSP.name,
        "profile_hash": LSP.signed_profile.hash,
        "now": NOW,
        "random": stream(),
    }
    return new_link_message(kind, **{**values, **options})


def accepted(accept: Accept, asking: Any = None) -> Any:
    return handle_acceptance(
        asking or accept.asking, accept.message(), MAIN.profile, LSP.name, OWN.hash, NOW + 60
    ).asking


# --- what the wallet is to sign --------------------------------------------------------------------


def test_a_link_lasts_a_year_on_the_main_chain_unless_said_otherwise():
    message = new_message()
    assert message.expires_at == NOW + 365 * 86_400
    assert message.chain_id == 1
    assert message.recover_into is None
    assert (message.kind, message.uri) == (LinkKind.REQUEST, APP_URI)
    assert (message.profile_name, message.profile_hash) == (LSP.name, LSP.signed_profile.hash)
    assert new_message(chain_id=137).chain_id == 137


def test_a_recovery_names_whom_the_keys_are_for():
    message = new_message(LinkKind.RECOVER, recover_into=TEMPORARY.signed_profile.hash)
    assert message.recover_into == TEMPORARY.signed_profile.hash
    assert message.is_bound
    assert not structs.replace(message, recover_into=None).is_bound


def test_the_shortest_term_is_a_second():
    assert new_message(term=1).expires_at == NOW + 1
    with pytest.raises(InvalidInput) as caught:
        new_message(term=0)
    assert caught.value.detail == "a link's term must be longer than nothing"


# --- whom to ask -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "listed", "missing"),
    [
        (LinkKind.REQUEST, ("NEW", "LINK_RECOVER"), "LINK"),
        (LinkKind.RECOVER, ("NEW", "LINK"), "LINK_RECOVER"),
    ],
)
def test_a_main_profile_that_cannot_is_named_and_the_user_told(kind, listed, missing):
    with pytest.raises(UnsupportedByPeer) as caught:
        require_support(ProfileExtension(supported_types=listed), kind, MAIN_NAME)
    assert caught.value.detail == f"{MAIN_NAME} does not take {missing}; nothing was sent"
    assert caught.value.hint == "The messenger of that profile cannot manage linked profiles."
    require_support(ProfileExtension(supported_types=(*listed, missing)), kind, MAIN_NAME)


# --- asked -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("public", [True, False])
def test_what_was_asked_is_remembered_as_it_was(public):
    message = link_message()
    text = print_link_message(message)
    asking = ask(
        None,
        text=text,
        message=message,
        wallet_signature="0x1234",
        after_accept=True,
        public_record=public,
    ).asking
    assert (asking.main_name, asking.link_message, asking.wallet_signature) == (MAIN_NAME, text, "0x1234")
    assert (asking.after_accept, asking.public_record) == (True, public)
    assert (asking.requested_until, asking.valid_until) == (NOW - 60 + TERM, 0)
    assert (asking.earlier, asking.accepted_message, asking.main_signature) == ((), None, None)


def test_without_an_end_nothing_was_asked_for():
    assert asked(expires_at=None).asking.requested_until == 0


def test_it_is_a_request_that_is_sent():
    asking = asked(after_accept=True).asking
    assert request_payload(asking, OWN).kind is LinkKind.REQUEST
    handed_over = keys_payload(accepted(Accept(asking)), OWN)
    assert handed_over.kind is LinkKind.REQUEST
    assert (handed_over.profile_key, handed_over.wallet_key, handed_over.nonce) == (
        OWN.seed,
        OWN.wallet_key,
        OWN.nonce,
    )


def test_a_renewal_is_sent_with_its_own_signature_and_keeps_how_it_is_published():
    first = accepted(Accept(structs.replace(asked().asking, public_record=True)))
    renewed = asked(first, nonce=OTHER_NONCE).asking
    assert renewed.wallet_signature == OWNER.sign_now(renewed.link_message)
    assert renewed.wallet_signature != first.wallet_signature
    assert renewed.public_record
    assert request_payload(renewed, OWN).signature == renewed.wallet_signature


# --- which earlier requests may be accepted yet ------------------------------------------------------


def asked_before(asking: Any) -> Asked:
    return Asked(asking.link_message, asking.wallet_signature, asking.requested_until, with_keys=True)


def test_what_was_asked_before_is_remembered_until_it_is_answered():
    first = asked().asking
    second = asked(first, nonce=OTHER_NONCE).asking
    third = asked(second, nonce="cd" * 16).asking
    assert third.earlier == (asked_before(first), asked_before(second))
    assert accepted(Accept(second), third).link_message == third.link_message
    assert accepted(Accept(third)).earlier == ()


def test_what_was_accepted_is_not_unanswered():
    renewed = asked(accepted(Accept(asked().asking)), nonce=OTHER_NONCE).asking
    assert renewed.earlier == ()
    again = asked(renewed, nonce="cd" * 16).asking
    assert again.earlier == (asked_before(renewed),)


@pytest.mark.parametrize("state", [OutgoingLinkState.UNLINKED, OutgoingLinkState.EXPIRED])
def test_what_is_over_is_forgotten_with_the_next_request(state):
    over = structs.replace(asked().asking, state=state)
    assert asked(over, nonce=OTHER_NONCE).asking.earlier == ()


def test_what_another_main_profile_was_asked_is_forgotten():
    first = asked().asking
    assert asked(first, main_name="bob.user.dm3.eth", nonce=OTHER_NONCE).asking.earlier == ()


def test_an_acceptance_holds_to_the_second():
    accept = Accept(asked().asking).carries(valid_until=NOW + 61)
    assert accepted(accept).valid_until == NOW + 61
    exact = replace(accept, payload={"valid_until": accept.asking.requested_until})
    assert accepted(exact).valid_until == accept.asking.requested_until
