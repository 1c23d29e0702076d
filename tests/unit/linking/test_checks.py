"""The main profile's checks of a request, one fault each and in their order (specification 3.3, 3.5)."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import combinations

import pytest
from msgspec import structs

from dm3.base.errors import Unreachable
from dm3.crypto import Seed, checksum_address
from dm3.model import LinkKind, RecordKey
from dm3.protocol.linking import (
    LinkPolicy,
    LinkRefused,
    LinkState,
    NonceQuestion,
    Reason,
    WhoMayAsk,
    check_request,
)
from dm3.protocol.names.resolving import WalletQuestion
from tests.unit.linking.faults import FAULTS, LINK, RECOVER
from tests.unit.linking.scene import (
    KEY_NONCE,
    LSP,
    LSP_SEED,
    MAIN,
    MALLORY,
    NOW,
    OWNER,
    STRANGER,
    TEMPORARY,
    Ask,
    held_link,
    recover,
)
from tests.unit.people import digest

CONTRACT = checksum_address("0x" + "c0" * 20)
ANYONE = LinkPolicy(who_may_ask=WhoMayAsk.ANYONE)

ASKS: dict[LinkKind, Callable[[], Ask]] = {LINK: Ask, RECOVER: recover}
ONE_FAULT = [pytest.param(kind, fault, id=f"{kind}-{fault.name}") for fault in FAULTS for kind in fault.of]
TWO_FAULTS = [
    pytest.param(kind, *pair, id=f"{kind}-{pair[0].name}-{pair[1].name}")
    for kind in (LINK, RECOVER)
    for pair in combinations([fault for fault in FAULTS if kind in fault.of], 2)
]


def reason_of(ask: Ask) -> Reason:
    with pytest.raises(LinkRefused) as refused:
        ask.check()
    return refused.value.reason


# --- what is right ------------------------------------------------------------------------------


def test_a_request_of_the_own_wallet_passes():
    checked = Ask().check()
    assert checked.owner == OWNER.address
    assert checked.own_wallet
    assert checked.link_message.is_bound
    assert checked.sender.name == LSP.name
    assert checked.payload.profile_key == LSP_SEED
    assert checked.payload.nonce == KEY_NONCE


def test_a_recovery_by_the_temporary_profile_passes():
    checked = recover().check()
    assert checked.sender.name == TEMPORARY.name
    assert checked.link_message.is_bound
    assert checked.payload.profile_key is None


def test_every_name_of_the_main_profile_may_be_addressed():
    for name in (MAIN.name, f"{OWNER.address.lower()}.addr.dm3.eth", MAIN.name.upper()):
        assert Ask().says(main_name=name.lower()).check().own_wallet


@pytest.mark.parametrize("kind", [LINK, RECOVER])
def test_an_unbound_text_passes_and_is_marked(kind):
    nothing = {"kind": None, "profile_name": None, "profile_hash": None, "recover_into": None, "owner": None}
    checked = ASKS[kind]().says(**nothing).check()
    assert not checked.link_message.is_bound
    assert checked.owner == OWNER.address


@pytest.mark.parametrize("missing", ["kind", "profile_name", "profile_hash"])
def test_a_text_that_binds_only_some_things_is_unbound(missing):
    assert not Ask().says(**{missing: None}).check().link_message.is_bound


def test_a_recovery_that_names_no_target_is_unbound():
    assert not recover().says(recover_into=None).check().link_message.is_bound


@pytest.mark.parametrize("owner", [OWNER.address, None], ids=["owner named", "owner not named"])
@pytest.mark.parametrize("kind", [LINK, RECOVER])
def test_a_signature_over_the_text_s_hash_passes(kind, owner):
    assert replace(ASKS[kind]().says(owner=owner), hashed=True).check().owner == OWNER.address


def test_the_clocks_may_differ_by_two_minutes():
    assert Ask().says(issued_at=NOW + 120).check().own_wallet
    late = Ask().says(expires_at=NOW - 120).carries(valid_until=NOW - 120)
    assert late.check().own_wallet


def test_a_foreign_wallet_passes_where_anyone_may_ask():
    ask = replace(Ask().says(owner=MALLORY.wallet.address), wallet=MALLORY.wallet, policy=ANYONE)
    checked = ask.check()
    assert checked.owner == MALLORY.wallet.address
    assert not checked.own_wallet


def test_the_name_of_a_foreign_signer_is_found_where_the_text_does_not_tell():
    ask = replace(Ask().says(owner=None), wallet=MALLORY.wallet, policy=ANYONE)
    assert ask.check().owner == MALLORY.wallet.address


def test_a_message_without_a_key_passes():
    assert Ask().carries(profile_key=None, nonce=None).check().payload.profile_key is None


# --- what is not --------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "fault"), ONE_FAULT)
def test_one_fault_is_found(kind, fault):
    assert reason_of(fault.commit(ASKS[kind]())) is fault.reason


@pytest.mark.parametrize(("kind", "earlier", "later"), TWO_FAULTS)
def test_of_two_faults_the_earlier_is_reported(kind, earlier, later):
    assert reason_of(earlier.commit(later.commit(ASKS[kind]()))) is earlier.reason


def test_an_acceptance_is_no_request():
    assert reason_of(Ask().carries(kind=LinkKind.ACCEPT)) is Reason.WRONG_TYPE


def test_an_ordinary_message_is_no_request():
    message = structs.replace(Ask().message(), link=None)
    ask = Ask()
    with pytest.raises(LinkRefused) as refused:
        ask.world.conclude(check_request(message, ask.main, None, ask.policy, NOW))
    assert refused.value.reason is Reason.WRONG_TYPE


@pytest.mark.parametrize("state", [LinkState.EXPIRED, LinkState.AWAITING_KEYS])
def test_only_a_link_in_force_is_recovered(state):
    assert reason_of(recover(link=held_link(state=state))) is Reason.NOT_LINKED


def test_only_the_profile_that_was_linked_is_recovered():
    held = held_link(profile_hash=STRANGER.signed_profile.hash)
    assert reason_of(recover(link=held)) is Reason.WRONG_HASH


def test_a_profile_that_is_gone_is_not_recovered():
    ask = recover()
    del ask.world.texts[LSP.name, RecordKey.PROFILE]
    assert reason_of(ask) is Reason.WRONG_HASH


def test_the_owner_of_the_link_recovers_and_not_the_main_profile_s_wallet():
    held = held_link(owner=MALLORY.wallet.address)
    assert reason_of(recover(link=held)) is Reason.FOREIGN_WALLET
    theirs = replace(recover(link=held).says(owner=MALLORY.wallet.address), wallet=MALLORY.wallet)
    assert theirs.check().owner == MALLORY.wallet.address


def test_an_undated_text_ages():
    life = 30 * 86_400
    undated = Ask().says(expires_at=None, issued_at=NOW - life - 120)
    assert undated.check().link_message.expires_at is None
    assert reason_of(Ask().says(expires_at=None, issued_at=NOW - life - 121)) is Reason.EXPIRED


def test_the_message_s_own_validity_ends_it_too():
    assert reason_of(Ask().carries(valid_until=NOW - 121)) is Reason.EXPIRED


def test_a_text_that_expired_at_the_beginning_of_time_has_expired():
    ask = Ask().says(expires_at=0, issued_at=NOW).carries(valid_until=NOW + 60)
    assert reason_of(ask) is Reason.EXPIRED


def test_nobody_s_signature_is_refused():
    for signature in ("0x", "0x" + "00" * 65, "hello", "0x" + "ff" * 65):
        assert reason_of(Ask().carries(signature=signature)) is Reason.BAD_WALLET_SIGNATURE
        assert reason_of(Ask().says(owner=None).carries(signature=signature)) is Reason.BAD_WALLET_SIGNATURE


def test_trouble_with_the_network_is_no_refusal():
    ask = Ask()
    checking = check_request(ask.message(), ask.main, None, ask.policy, NOW)
    next(checking)
    with pytest.raises(Unreachable):
        checking.throw(Unreachable("the resolver"))


# --- nonces -------------------------------------------------------------------------------------


def test_a_nonce_is_the_wallet_s_own():
    ask = Ask()
    ask.world.used[MALLORY.wallet.address, ask.check().link_message.nonce] = "0x01"
    assert ask.check().owner == OWNER.address
    asked = [question for question in ask.world.asked if isinstance(question, NonceQuestion)]
    assert {question.owner for question in asked} == {OWNER.address}


def test_a_text_used_for_linking_does_not_serve_for_recovery_nor_the_other_way_round():
    for kind, other in ((LINK, RECOVER), (RECOVER, LINK)):
        used = ASKS[kind]()
        ask = replace(ASKS[other](), spoil=partial(str.format, used.link_message))
        assert reason_of(ask) is Reason.WRONG_TYPE
        ask.world.used[OWNER.address, used.check().link_message.nonce] = "0x01"
        assert reason_of(ask) is Reason.REPLAYED


def test_awaited_keys_may_come_with_the_text_that_was_accepted():
    ask = Ask()
    link = held_link(state=LinkState.AWAITING_KEYS, link_message=ask.link_message, profile_key=None)
    ask.world.used[OWNER.address, ask.check().link_message.nonce] = "0x01"
    assert replace(ask, link=link).check().payload.profile_key == LSP_SEED


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda ask: ask.carries(profile_key=None), id="no key in it"),
        pytest.param(lambda ask: replace(ask, link=None), id="nothing awaited"),
        pytest.param(
            lambda ask: replace(ask, link=structs.replace(ask.link, state=LinkState.LINKED)),
            id="keys are held",
        ),
        pytest.param(
            lambda ask: replace(ask, link=structs.replace(ask.link, link_message="another")),
            id="another text was accepted",
        ),
    ],
)
def test_a_used_text_serves_for_nothing_else(change):
    ask = Ask()
    link = held_link(state=LinkState.AWAITING_KEYS, link_message=ask.link_message, profile_key=None)
    ask.world.used[OWNER.address, ask.check().link_message.nonce] = "0x01"
    assert reason_of(change(replace(ask, link=link))) is Reason.REPLAYED


def test_awaited_keys_must_be_those_of_the_profile():
    ask = Ask().carries(profile_key=Seed(digest("another seed")))
    link = held_link(state=LinkState.AWAITING_KEYS, link_message=ask.link_message, profile_key=None)
    assert reason_of(replace(ask, link=link)) is Reason.WRONG_KEY


# --- contract wallets ---------------------------------------------------------------------------


def contract_ask(*, says_yes: bool, named: bool, signature: str = "0x1234") -> Ask:
    ask = Ask().says(owner=CONTRACT if named else None).carries(signature=signature)
    ask.world.contracts[CONTRACT] = {(ask.link_message, signature)} if says_yes else set()
    return replace(ask, main=structs.replace(ask.main, owner=CONTRACT))


@pytest.mark.parametrize("named", [True, False], ids=["named", "not named"])
@pytest.mark.parametrize(
    "signature", ["0x1234", MALLORY.wallet.sign_now("anything")], ids=["short", "65 bytes"]
)
def test_a_contract_wallet_is_asked_for_its_word(named, signature):
    checked = contract_ask(says_yes=True, named=named, signature=signature).check()
    assert checked.owner == CONTRACT
    assert checked.own_wallet


@pytest.mark.parametrize("named", [True, False], ids=["named", "not named"])
def test_a_contract_wallet_that_says_no_is_believed(named):
    ask = contract_ask(says_yes=False, named=named)
    assert reason_of(ask) is Reason.BAD_WALLET_SIGNATURE
    assert any(isinstance(question, WalletQuestion) for question in ask.world.asked)
