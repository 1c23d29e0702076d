"""One-time codes: read as people type them, proved over one text, void after enough wrong tries.

Specification 5.1.
"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from dm3.crypto import (
    MistypedPairingCode,
    PairingCode,
    new_pairing_code,
    parse_pairing_code,
    print_pairing_code,
)
from dm3.crypto.crockford import SIGNS
from dm3.protocol.linking import (
    LinkRefused,
    LinkState,
    OutgoingLinkEffect,
    PairingOffer,
    Reason,
    after_wrong_try,
    approve,
    decide,
    handle_acceptance,
    pairing_proofs,
    proves,
    request_payload,
)
from dm3.protocol.linking.pairing import LIFE, MAX_WRONG
from tests.unit.linking.answers import OWN, Accept, asked
from tests.unit.linking.decisions import link_of
from tests.unit.linking.scene import (
    CODE,
    LSP,
    MAIN,
    NOBODY,
    NOW,
    OTHER_CODE,
    POLICY,
    held_link,
    pair,
    pair_again,
)

codes = st.text(SIGNS, min_size=10, max_size=10).map(lambda signs: PairingCode(signs.encode()))


@given(codes, st.sampled_from(["-", " ", ".", ""]), st.booleans())
def test_a_code_is_read_however_it_is_typed(code, between, lower):
    shown = print_pairing_code(code)
    typed = between.join(shown.replace("-", ""))
    assert parse_pairing_code(typed.lower() if lower else typed) == code
    assert parse_pairing_code(shown) == code
    assert shown not in repr(code)


@given(st.binary(min_size=7, max_size=7))
def test_a_new_code_has_fifty_random_bits(drawn):
    code = new_pairing_code(lambda count: drawn[:count])
    assert len(code.reveal()) == 10
    low = new_pairing_code(lambda count: bytes(drawn[:-1]) + bytes([drawn[-1] ^ 1]))
    assert low != code, "every bit counts"


@pytest.mark.parametrize("typed", ["", "7KQ2M", "7KQ2M-9XWDU", "7KQ2M-9XWD4-1", "x" * 500])
def test_a_slip_is_told_without_repeating_it(typed):
    with pytest.raises(MistypedPairingCode) as caught:
        parse_pairing_code(typed)
    assert not typed or typed not in str(caught.value)


@given(codes, codes, st.text(max_size=200), st.text(max_size=200))
def test_a_proof_is_of_one_code_over_one_text_and_for_one_step(code, other, text, another):
    proofs = pairing_proofs(code, text)
    assert proves(proofs.request, proofs.request)
    assert not proves(proofs.request, proofs.acceptance)
    assert proves(proofs.request, pairing_proofs(other, text).request) is (code == other)
    assert proves(proofs.request, pairing_proofs(code, another).request) is (text == another)


@pytest.mark.parametrize("given_proof", [None, "", "!", "AAAA", "A" * 44, "ä"])
def test_what_is_no_proof_proves_nothing(given_proof):
    assert not proves(pairing_proofs(CODE, "text").request, given_proof)


def test_an_offer_is_open_for_its_time_and_for_twenty_tries():
    offer: PairingOffer | None = PairingOffer(code=CODE, until=NOW + LIFE)
    assert offer is not None
    assert offer.is_open(NOW + LIFE)
    assert not offer.is_open(NOW + LIFE + 1)
    tries = 0
    while offer is not None:
        assert offer.is_open(NOW)
        offer, tries = after_wrong_try(offer), tries + 1
    assert tries == MAX_WRONG == 20


def taken(ask, link=None):
    checked = replace(ask, link=link or ask.link).check()
    return decide(checked, None, link or ask.link, NOBODY, POLICY, ask.now)


def test_keys_are_asked_for_only_once_the_acceptance_has_proved_the_code():
    step = asked(code=CODE)
    payload = request_payload(step.asking, OWN)
    assert (payload.profile_key, payload.wallet_key, payload.nonce) == (None, None, None)
    assert payload.pairing == pairing_proofs(CODE, step.asking.link_message).request
    accept = Accept(step.asking)

    def take(message):
        return handle_acceptance(
            step.asking, message, MAIN.profile, LSP.name, LSP.signed_profile.hash, NOW + 60
        )

    assert OutgoingLinkEffect.SEND_LINK_WITH_KEYS in take(accept.message()).effects
    stranger = pairing_proofs(OTHER_CODE, step.asking.link_message).acceptance
    for proof in (None, "", payload.pairing, stranger):
        with pytest.raises(LinkRefused) as refused:
            take(accept.carries(pairing=proof).message())
        assert refused.value.reason is Reason.WRONG_PAIRING


def test_a_link_made_by_pairing_is_recovered_by_a_new_code_and_the_user_s_word_only():
    request = taken(pair()).request
    made = approve(request, None, POLICY, NOW)
    link = link_of(made)
    assert (link.state, link.paired) == (LinkState.AWAITING_KEYS, True)
    again = pair_again()
    decision = taken(again)
    assert decision.request.paired == pairing_proofs(CODE, again.link_message).acceptance
    assert decision.link == again.link, "nothing is given back before the user's word"
    without = structs.replace(decision.request, paired=None)
    with pytest.raises(LinkRefused) as refused:
        approve(without, again.link, POLICY, NOW)
    assert refused.value.reason is Reason.NOT_LINKED
    assert link_of(approve(decision.request, again.link, POLICY, NOW)).paired


def test_a_link_that_was_changed_by_its_own_wallet_stays_paired_for_its_owner_only():
    paired = held_link(owner=pair().wallet.address, paired=True)
    renewed = taken(pair(code=None), link=paired)
    assert link_of(renewed).paired
    mine = taken(replace(pair(), code=None, wallet=MAIN.wallet).says(owner=MAIN.wallet.address), link=paired)
    assert not link_of(approve(mine.request, paired, POLICY, NOW)).paired
