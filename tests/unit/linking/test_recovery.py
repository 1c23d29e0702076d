"""A device without keys: what it asks, and which keys it takes over (specification 3.5)."""

from dataclasses import replace

import pytest
from msgspec import structs

from dm3.base import sha256_hex
from dm3.base.errors import LocalProtocolError
from dm3.crypto import Seed, sign
from dm3.model import LinkKind
from dm3.protocol.linking import (
    LinkRefused,
    Reason,
    RecoveryEffect,
    RecoveryState,
    RecoveryStep,
    begin,
    ending_payload,
    handle_keys,
    handle_refused_recovery,
    pass_time_of_recovery,
    recovery_payload,
)
from tests.unit.linking.answers import ASKING, NEW, TEXT, Keys, published
from tests.unit.linking.scene import (
    KEY_NONCE,
    LSP,
    LSP_SEED,
    MAIN,
    MALLORY,
    STRANGER,
    everybody,
)
from tests.unit.people import digest

REFUSED = ending_payload(
    LinkKind.REJECT,
    profile_name=LSP.name,
    profile_hash=LSP.signed_profile.hash,
    link_message=TEXT,
    signing_key=MAIN.keys.signing_private,
)


def take(keys: Keys) -> RecoveryStep:
    return handle_keys(keys.recovery, keys.message(), keys.sender.profile, keys.published)


def refused(keys: Keys) -> Reason:
    with pytest.raises(LinkRefused) as caught:
        take(keys)
    return caught.value.reason


def test_it_asks_without_any_key():
    step = begin(NEW)
    assert step.effects == (RecoveryEffect.SEND_RECOVER,)
    assert step.recovery == structs.replace(NEW, state=RecoveryState.ASKING)
    payload = recovery_payload(step.recovery)
    assert payload.kind is LinkKind.RECOVER
    assert (payload.profile_name, payload.profile_hash) == (LSP.name, LSP.signed_profile.hash)
    assert (payload.profile_key, payload.wallet_key, payload.nonce) == (None, None, None)
    assert (payload.link_message, payload.signature) == (TEXT, NEW.wallet_signature)
    assert payload.valid_until == NEW.gives_up_at


def test_the_keys_are_taken_over():
    step = take(Keys().carries(wallet_key=LSP.wallet.key))
    assert step.recovery.state is RecoveryState.RECOVERED
    assert step.effects == (
        RecoveryEffect.ADOPT_KEYS,
        RecoveryEffect.PUBLISH_RECORD,
        RecoveryEffect.DISCARD_TEMPORARY,
    )
    assert step.keys is not None
    assert step.keys.seed == LSP_SEED
    assert step.payload is not None
    assert (step.payload.nonce, step.payload.wallet_key) == (KEY_NONCE, LSP.wallet.key)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        pytest.param(lambda k: k.carries(kind=LinkKind.REQUEST), Reason.WRONG_TYPE, id="a request"),
        pytest.param(lambda k: replace(k, sender=MALLORY), Reason.WRONG_SENDER, id="from somebody else"),
        pytest.param(lambda k: k.carries(link_message="other"), Reason.WRONG_LINK_MESSAGE, id="another text"),
        pytest.param(
            lambda k: k.carries(signature=sign(MALLORY.keys.signing_private, sha256_hex(TEXT))),
            Reason.BAD_MAIN_SIGNATURE,
            id="signed by somebody else",
        ),
        pytest.param(
            lambda k: k.carries(profile_name=STRANGER.name), Reason.WRONG_PROFILE, id="another profile"
        ),
        pytest.param(
            lambda k: replace(k, published=published(STRANGER.name)),
            Reason.WRONG_PROFILE,
            id="another one published",
        ),
        pytest.param(lambda k: k.carries(profile_key=None), Reason.NO_KEY, id="no key"),
        pytest.param(
            lambda k: k.carries(profile_key=Seed(digest("another seed"))), Reason.WRONG_KEY, id="another key"
        ),
    ],
)
def test_keys_that_cannot_be_right_are_refused(spoil, reason):
    assert refused(spoil(Keys())) is reason


def test_a_profile_that_has_changed_since_is_not_taken_over():
    world = everybody()
    moved = structs.replace(LSP.profile, delivery_services=("ds2.myapp.eth",))
    world.publish(replace(LSP, profile=moved))
    assert refused(replace(Keys(), published=published(world=world))) is Reason.WRONG_HASH


def test_an_ordinary_message_brings_no_keys():
    message = structs.replace(Keys().message(), link=None)
    with pytest.raises(LinkRefused) as caught:
        handle_keys(ASKING, message, MAIN.profile, published())
    assert caught.value.reason is Reason.WRONG_TYPE


@pytest.mark.parametrize("state", [RecoveryState.NEW, RecoveryState.RECOVERED, RecoveryState.FAILED])
def test_keys_are_taken_once_and_only_while_asking(state):
    with pytest.raises(LocalProtocolError):
        take(Keys(recovery=structs.replace(ASKING, state=state)))


def test_it_gives_up_when_the_time_is_over():
    assert pass_time_of_recovery(ASKING, ASKING.gives_up_at) == RecoveryStep(ASKING, ())
    step = pass_time_of_recovery(ASKING, ASKING.gives_up_at + 1)
    assert step.recovery.state is RecoveryState.FAILED
    assert step.effects == (RecoveryEffect.DISCARD_TEMPORARY,)
    assert pass_time_of_recovery(step.recovery, ASKING.gives_up_at + 2).effects == ()
    assert pass_time_of_recovery(NEW, ASKING.gives_up_at + 1).recovery == NEW


# --- rejected ---------------------------------------------------------------------------------------


def rejection(**changes) -> Keys:
    carried = {"kind": REFUSED.kind, "signature": REFUSED.signature, "profile_key": None, "nonce": None}
    return Keys().carries(**carried, **changes)


@pytest.mark.parametrize(("reason", "told"), [("Not me!", "Not me!"), (None, "no reason was given")])
def test_a_rejection_ends_it_with_its_reason(reason, told):
    message = rejection(reason=reason).message()
    step = handle_refused_recovery(ASKING, message, MAIN.profile)
    assert step.recovery == structs.replace(ASKING, state=RecoveryState.FAILED, rejection=told)
    assert step.effects == (RecoveryEffect.DISCARD_TEMPORARY,)
    assert (step.payload, step.keys) == (None, None)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        pytest.param(lambda k: k.carries(kind=LinkKind.REVOKE), Reason.WRONG_TYPE, id="a revocation"),
        pytest.param(lambda k: replace(k, sender=MALLORY), Reason.WRONG_SENDER, id="from somebody else"),
        pytest.param(lambda k: k.carries(link_message="other"), Reason.WRONG_LINK_MESSAGE, id="another text"),
        pytest.param(
            lambda k: k.carries(signature=sign(MAIN.keys.signing_private, sha256_hex(TEXT))),
            Reason.BAD_MESSAGE_SIGNATURE,
            id="the signature of an acceptance",
        ),
    ],
)
def test_only_a_right_rejection_ends_it(spoil, reason):
    spoilt = spoil(rejection())
    with pytest.raises(LinkRefused) as caught:
        handle_refused_recovery(ASKING, spoilt.message(), MAIN.profile)
    assert caught.value.reason is reason


def test_what_is_recovered_already_is_not_rejected():
    with pytest.raises(LocalProtocolError):
        handle_refused_recovery(take(Keys()).recovery, rejection().message(), MAIN.profile)
    with pytest.raises(LinkRefused):
        handle_refused_recovery(ASKING, structs.replace(rejection().message(), link=None), MAIN.profile)
