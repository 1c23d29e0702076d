"""Bounds of the checks that just hold, and what a refusal says besides its reason."""

from dataclasses import replace

import pytest

from dm3.crypto import WalletKey
from dm3.model import LinkKind, RecordKey
from dm3.protocol.linking import LinkRefused, LinkState, MainProfile, Reason
from dm3.protocol.linking.checks import MIN_NONCE_CHARS
from tests.unit.linking.scene import (
    LSP,
    LSP_SEED,
    MAIN_NAME,
    MALLORY,
    NOW,
    OWNER,
    STRANGER,
    TERM,
    Ask,
    held_link,
    link_message,
    recover,
)

FOREIGN = replace(Ask().says(owner=MALLORY.wallet.address), wallet=MALLORY.wallet)


def refused(ask: Ask) -> LinkRefused:
    with pytest.raises(LinkRefused) as caught:
        ask.check()
    return caught.value


# --- who may ask ---------------------------------------------------------------------------------


def test_a_foreign_wallet_is_named_in_the_refusal():
    detail = refused(FOREIGN).detail
    assert MALLORY.wallet.address in detail
    assert "a pairing code would let it in" in detail
    theirs = recover(link=held_link(owner=MALLORY.wallet.address))
    assert OWNER.address in refused(theirs).detail


def test_another_main_profile_is_named_in_the_refusal():
    assert "bob.user.dm3.eth" in refused(Ask().says(main_name="bob.user.dm3.eth")).detail


def test_a_foreign_wallet_that_is_not_named_is_the_one_that_signed():
    ask = replace(Ask().says(owner=None), wallet=MALLORY.wallet)
    assert MALLORY.wallet.address in refused(ask).detail


# --- bounds --------------------------------------------------------------------------------------


def test_the_validity_may_pass_the_text_s_end_by_the_clocks_difference():
    end = NOW - 60 + TERM
    assert Ask().carries(valid_until=end + 120).check().payload.valid_until == end
    assert Ask().carries(valid_until=end + 121).check().payload.valid_until == end + 121


def test_a_nonce_of_eight_characters_is_the_shortest():
    assert MIN_NONCE_CHARS == 8
    assert Ask().says(nonce="12345678").check().link_message.nonce == "12345678"


def test_both_the_signed_and_the_said_end_count_to_the_last_second():
    for ask in (
        Ask().says(expires_at=NOW - 120).carries(valid_until=NOW - 120),
        Ask().carries(valid_until=NOW - 120),
        Ask().says(expires_at=None, issued_at=NOW - 86_400 - 120),
    ):
        assert ask.check().own_wallet


# --- what is found out about profiles --------------------------------------------------------------


def test_why_a_sender_s_profile_does_not_hold_is_said():
    ask = Ask()
    del ask.world.texts[LSP.name, RecordKey.PROFILE]
    assert LSP.name in refused(ask).detail


@pytest.mark.parametrize("published", [None, "data:application/json,{}"], ids=["nothing", "nonsense"])
def test_why_the_profile_to_recover_does_not_hold_is_said(published):
    ask = recover()
    del ask.world.texts[LSP.name, RecordKey.PROFILE]
    if published:
        ask.world.texts[LSP.name, RecordKey.PROFILE] = published
    error = refused(ask)
    assert error.reason is Reason.WRONG_HASH
    assert error.detail.startswith(f"{LinkRefused(Reason.WRONG_HASH).detail} (")
    assert "None" not in error.detail


# --- awaited keys --------------------------------------------------------------------------------


def test_a_recovery_is_never_taken_for_awaited_keys():
    """Its text was used: that keys are awaited does not make it good again, not even with a key in it."""
    ask = recover().carries(profile_key=LSP_SEED)
    link = held_link(state=LinkState.AWAITING_KEYS, link_message=ask.link_message, profile_key=None)
    ask.world.used[OWNER.address, link_message().nonce] = "0x01"
    assert refused(replace(ask, link=link)).reason is Reason.REPLAYED


def test_the_main_profile_s_name_may_be_written_in_any_letters():
    assert replace(Ask(), main=MainProfile((MAIN_NAME.upper(),), OWNER.address)).check().own_wallet


# --- the end of a link, and the key of a wallet -------------------------------------------------------


def test_a_link_is_in_force_to_its_last_second():
    assert recover(link=held_link(valid_until=NOW)).check().payload.kind is LinkKind.RECOVER
    for over in (held_link(valid_until=NOW - 1), held_link(state=LinkState.EXPIRED)):
        assert not over.in_force(NOW)
    assert held_link(valid_until=NOW).in_force(NOW)


@pytest.mark.parametrize(
    ("key", "told"),
    [
        (STRANGER.wallet.key, "it is not that of the profile's wallet"),
        (WalletKey(bytes(32)), "no wallet has such a private key"),
    ],
)
def test_a_wallet_s_key_is_that_of_the_profile_s_wallet(key, told):
    refusal = refused(Ask().carries(wallet_key=key))
    assert refusal.reason is Reason.WRONG_KEY
    assert refusal.detail.endswith(f"({told})")
