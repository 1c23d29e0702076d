"""Which refusals an asker is told, and which nobody is told (specification 3.3)."""

from dataclasses import replace

import pytest
from msgspec import structs

from dm3.crypto import Seed
from dm3.crypto.secrets import PairingCode
from dm3.model import LinkKind
from dm3.protocol.linking import LinkRefused, Reason
from dm3.protocol.linking.pairing import PairingOffer, pairing_proofs
from dm3.protocol.linking.telling import RejectCode, refusal_to_tell, told_reason
from tests.unit.linking.scene import LSP_SEED, MALLORY, NOW, STRANGER, Ask, recover
from tests.unit.people import digest

LATE = {"issued_at": NOW + 121}
TOLD = {
    RejectCode.NOT_YET_VALID: Ask().says(**LATE),
    RejectCode.EXPIRED: Ask().says(expires_at=NOW - 121),
    RejectCode.WRONG_MAIN: Ask().says(main_name="bob.user.dm3.eth"),
    RejectCode.MALFORMED: replace(Ask(), spoil=lambda text: text.replace("Link your", "Empty your")),
    RejectCode.UNSUPPORTED: replace(Ask(), spoil=lambda text: text.replace("Version: 1", "Version: 2")),
}


def told(ask: Ask, reason: Reason | None = None):
    """What is told of the refusal that the checks come to."""
    if reason is None:
        with pytest.raises(LinkRefused) as refused:
            ask.check()
        reason = refused.value.reason
    return ask.world.conclude(refusal_to_tell(ask.message(), ask.main, LinkRefused(reason), ask.now))


@pytest.mark.parametrize(("code", "ask"), TOLD.items(), ids=TOLD)
def test_the_owner_is_told_what_was_refused(code, ask):
    found = told(ask)
    assert found is not None
    assert (found.code, found.sender.name) == (code, ask.sender.name)
    assert found.payload.profile_key == LSP_SEED


def test_a_recovery_is_told_too_and_so_is_who_signs_hashes():
    for ask in (recover().says(**LATE), replace(Ask().says(**LATE), hashed=True)):
        found = told(ask)
        assert found is not None
        assert found.code is RejectCode.NOT_YET_VALID


@pytest.mark.parametrize("reason", sorted(set(Reason) - {Reason(code) for code in RejectCode}))
def test_other_reasons_are_told_nobody(reason):
    assert told(Ask(), reason) is None


@pytest.mark.parametrize(
    "ask",
    [
        replace(Ask().says(**LATE, owner=MALLORY.wallet.address), wallet=MALLORY.wallet),
        replace(Ask().says(**LATE), wallet=STRANGER.wallet),
        Ask().says(**LATE).carries(signature="0x" + "00" * 65),
        replace(Ask().says(**LATE), signs_as=MALLORY),
    ],
    ids=["another wallet", "another than it says", "no signature", "a message that somebody else signed"],
)
def test_who_does_not_prove_to_be_the_owner_learns_nothing(ask):
    assert told(ask, Reason.NOT_YET_VALID) is None


def test_an_ending_is_answered_by_nothing():
    for kind in (LinkKind.ACCEPT, LinkKind.REJECT, LinkKind.REVOKE):
        assert told(Ask().carries(kind=kind, valid_until=0), Reason.MALFORMED) is None


def by_code(ask: Ask, code: str = "ABCDEFGHJK", until: int = NOW + 60) -> Ask:
    ask = replace(ask.says(owner=MALLORY.wallet.address), wallet=MALLORY.wallet)
    ask = ask.carries(pairing=pairing_proofs(PairingCode(code.encode()), ask.link_message).request)
    shown = PairingOffer(code=PairingCode(b"ABCDEFGHJK"), until=until)
    return replace(ask, main=structs.replace(ask.main, offer=shown))


def test_who_holds_the_pairing_code_is_told():
    found = told(by_code(Ask().says(**LATE)))
    assert found is not None
    assert found.code is RejectCode.NOT_YET_VALID


def test_a_wrong_code_and_a_wrong_signature_are_told_nothing():
    late = Ask().says(**LATE)
    assert told(by_code(late, code="ABCDEFGHJM"), Reason.NOT_YET_VALID) is None
    assert told(by_code(late, until=NOW - 1), Reason.NOT_YET_VALID) is None
    assert told(replace(by_code(late), wallet=STRANGER.wallet), Reason.NOT_YET_VALID) is None


def test_keys_that_are_not_the_sender_s_are_dropped():
    found = told(Ask().says(**LATE).carries(profile_key=Seed(digest("another"))))
    assert found is not None
    assert found.payload.profile_key is None


def test_a_code_is_told_as_a_sentence_unless_the_user_has_said_one():
    assert told_reason("not-yet-valid", None).startswith("by its clock")
    assert told_reason("not-yet-valid", "later, please") == "later, please"
    for code in RejectCode:
        assert bool(told_reason(code, None)) is (code is not RejectCode.REJECTED)
    assert told_reason("another-code", None) == told_reason(None, None) == ""
