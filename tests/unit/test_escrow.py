"""The escrow's blob: opens with its key, for its owner and profile, and with nothing else."""

import hashlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from dm3.base import address_name, to_base64
from dm3.base.errors import CannotOpen, Dm3Error, InvalidInput, MalformedData
from dm3.crypto import Entropy, PasskeyOutput, ProfileKeys, RecoveryCode, Seed, WalletKey, escrow_key_from
from dm3.protocol.escrow.contents import (
    MAX_BLOB_BYTES,
    MAX_BLOB_CHARS,
    EscrowContents,
    EscrowKey,
    EscrowLocked,
    EscrowMismatch,
    open_escrow,
    require_published,
    seal_escrow,
)
from dm3.protocol.names.resolving import ResolvedProfile
from tests.unit.people import ALICE, BOB, MALLORY, digest, person, stream

APP = "myapp.eth"
OWNER = BOB.wallet.address
NAME = address_name(ALICE.wallet.address, APP)
ENTROPY = Entropy(digest("the host's entropy"))
CODE = RecoveryCode(digest("a code")[:17])
PASSKEY = PasskeyOutput(digest("a passkey's output"))
SEED, WALLET_KEY = ALICE.keys.seed, ALICE.wallet.key
CONTENTS = EscrowContents(
    name=NAME,
    seed=SEED,
    nonce="0x" + "ab" * 32,
    signed=ALICE.signed_profile.text,
    wallet_key=WALLET_KEY,
    readable_by_site=True,
)
BLOBS = {
    "entropy": seal_escrow(CONTENTS, OWNER, ENTROPY, stream()),
    "code": seal_escrow(CONTENTS, OWNER, CODE, stream()),
    "passkey": seal_escrow(CONTENTS, OWNER, PASSKEY, stream()),
}
KEYS: dict[str, EscrowKey] = {"entropy": ENTROPY, "code": CODE, "passkey": PASSKEY}
each = pytest.mark.parametrize("lock", list(KEYS))


@each
def test_the_key_opens_it(lock):
    assert open_escrow(BLOBS[lock], NAME, OWNER, KEYS[lock]) == CONTENTS


@each
def test_names_and_owners_may_be_written_in_any_form(lock):
    assert open_escrow(BLOBS[lock], NAME.upper().replace("0X", "0x"), OWNER.lower(), KEYS[lock]) == CONTENTS


def test_a_wallet_that_is_not_held_is_not_there_either():
    bare = replace(CONTENTS, wallet_key=None, readable_by_site=False)
    assert open_escrow(seal_escrow(bare, OWNER, ENTROPY, stream()), NAME, OWNER, ENTROPY) == bare


def test_the_form_is_pinned():
    # What was stored by an earlier release must open with a later one.
    assert BLOBS["entropy"][:2] == b"\x01\x01"
    assert BLOBS["code"][:2] == b"\x01\x02"
    assert (
        hashlib.sha256(BLOBS["entropy"]).hexdigest()
        == "c5b22029c0db10213bc45a10dfe3fc4c82175728130a1b8848a90556f607ec05"
    )
    assert (
        hashlib.sha256(BLOBS["code"]).hexdigest()
        == "b7b53cff675dea73a7c4a521290cec0a73da38be10f37c90e68f2d5886df71a5"
    )


@each
def test_the_blob_shows_nothing_of_its_contents(lock):
    for secret in (SEED.reveal(), WALLET_KEY.reveal()):
        for spelling in (secret, secret.hex().encode(), to_base64(secret).encode()):
            assert spelling not in BLOBS[lock]
    for text in (NAME, OWNER, OWNER.lower(), APP, CONTENTS.nonce):
        assert text.encode() not in BLOBS[lock]


@each
def test_the_length_tells_next_to_nothing(lock):
    bare = replace(CONTENTS, wallet_key=None)
    assert len(seal_escrow(bare, OWNER, KEYS[lock], stream())) == len(BLOBS[lock])


def test_the_same_contents_are_sealed_differently_each_time():
    random = stream("again")
    sealed = {seal_escrow(CONTENTS, OWNER, ENTROPY, random) for _ in range(20)}
    assert len(sealed) == 20


def test_the_salt_of_a_code_is_drawn_anew():
    random = stream("again")
    salts = {seal_escrow(CONTENTS, OWNER, CODE, random)[2:18] for _ in range(3)}
    assert len(salts) == 3


@pytest.mark.parametrize(
    ("lock", "wrong"),
    [
        ("entropy", Entropy(digest("another entropy"))),
        ("entropy", Entropy(ENTROPY.reveal() + b"\0")),
        ("code", RecoveryCode(digest("another code")[:17])),
        ("passkey", PasskeyOutput(digest("another passkey's"))),
    ],
)
def test_another_key_gives_a_sentence(lock, wrong):
    with pytest.raises(EscrowLocked, match="another one, or the copy was altered") as refused:
        open_escrow(BLOBS[lock], NAME, OWNER, wrong)
    assert refused.value.code == "escrow-locked"
    assert isinstance(refused.value, CannotOpen)


@pytest.mark.parametrize(
    ("lock", "key", "sentence"),
    [
        ("entropy", CODE, "it takes the application's entropy"),
        ("code", ENTROPY, "it takes a recovery code"),
        ("passkey", ENTROPY, "it takes a passkey"),
        ("entropy", PASSKEY, "it takes the application's entropy"),
    ],
)
def test_the_other_kind_of_key_is_told_apart(lock, key, sentence):
    with pytest.raises(EscrowLocked, match=sentence):
        open_escrow(BLOBS[lock], NAME, OWNER, key)


@each
@pytest.mark.parametrize(
    ("name", "owner"),
    [
        (NAME, MALLORY.wallet.address),
        (address_name(MALLORY.wallet.address, APP), OWNER),
        (address_name(ALICE.wallet.address, "other.eth"), OWNER),
    ],
    ids=["owner", "profile", "application"],
)
def test_it_is_bound_to_its_owner_profile_and_application(lock, name, owner):
    with pytest.raises(EscrowLocked):
        open_escrow(BLOBS[lock], name, owner, KEYS[lock])


def test_a_kind_that_was_exchanged_does_not_open():
    exchanged = b"\x01\x02" + BLOBS["entropy"][2:]
    with pytest.raises(EscrowLocked):
        open_escrow(exchanged, NAME, OWNER, CODE)
    with pytest.raises(EscrowLocked):
        open_escrow(b"\x01\x01" + BLOBS["code"][18:], NAME, OWNER, ENTROPY)


@given(st.integers(2, len(BLOBS["entropy"]) - 1), st.integers(1, 255))
def test_a_blob_altered_anywhere_does_not_open(place, change):
    blob = bytearray(BLOBS["entropy"])
    blob[place] ^= change
    with pytest.raises(EscrowLocked):
        open_escrow(bytes(blob), NAME, OWNER, ENTROPY)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(2, len(BLOBS["code"]) - 1))
def test_a_blob_under_a_code_altered_anywhere_does_not_open(place):
    blob = bytearray(BLOBS["code"])
    blob[place] ^= 1
    with pytest.raises(EscrowLocked):
        open_escrow(bytes(blob), NAME, OWNER, CODE)


@given(st.binary(max_size=200) | st.integers(0, len(BLOBS["entropy"])).map(lambda n: BLOBS["entropy"][:n]))
def test_any_bytes_are_refused_with_a_sentence(blob):
    if blob == BLOBS["entropy"]:
        return
    with pytest.raises(Dm3Error):
        open_escrow(blob, NAME, OWNER, ENTROPY)


@pytest.mark.parametrize(
    "blob", [b"", b"\x01", b"\x02\x01" + bytes(60), b"\x01\x04" + bytes(60), b"\x01\x02" + bytes(15)]
)
def test_a_version_or_kind_that_is_not_known_and_blobs_cut_short(blob):
    with pytest.raises(MalformedData):
        open_escrow(blob, NAME, OWNER, CODE)


def test_keys_of_two_applications_and_owners_differ():
    keys = [
        escrow_key_from(ENTROPY, app, owner).reveal()
        for app in (APP, "other.eth", "münze.eth")
        for owner in (OWNER, MALLORY.wallet.address)
    ]
    assert len(set(keys)) == 6
    assert escrow_key_from(ENTROPY, APP, OWNER) == escrow_key_from(ENTROPY, APP, OWNER.lower())


def test_a_profile_that_is_too_large_is_refused_and_an_ordinary_one_fits():
    many = person("alice.eth", *(f"ds{n}.{'long' * 10}.eth" for n in range(100)))
    with pytest.raises(InvalidInput, match="too large"):
        seal_escrow(replace(CONTENTS, signed=many.signed_profile.text), OWNER, ENTROPY, stream())
    assert len(to_base64(bytes(MAX_BLOB_BYTES))) <= MAX_BLOB_CHARS
    assert len(BLOBS["code"]) < MAX_BLOB_BYTES / 2


def test_only_address_names_are_put_in_escrow():
    with pytest.raises(InvalidInput):
        seal_escrow(replace(CONTENTS, name="alice.user.myapp.eth"), OWNER, ENTROPY, stream())


# --- what is published decides --------------------------------------------------------------------

PUBLISHED = ResolvedProfile(NAME, ALICE.wallet.address, ALICE.signed_profile)


def test_the_contents_must_yield_the_published_profile():
    assert require_published(CONTENTS, PUBLISHED).signing_public == ALICE.keys.signing_public
    assert require_published(replace(CONTENTS, wallet_key=None), PUBLISHED) == ProfileKeys.from_seed(SEED)


@pytest.mark.parametrize(
    "contents",
    [
        replace(CONTENTS, seed=Seed(digest("other"))),
        replace(CONTENTS, wallet_key=WalletKey(digest("other"))),
    ],
    ids=["seed", "wallet"],
)
def test_keys_of_another_profile_are_refused(contents):
    with pytest.raises(EscrowMismatch):
        require_published(contents, PUBLISHED)


def test_nothing_of_it_is_printed():
    assert to_base64(SEED.reveal()) not in repr(CONTENTS)
    assert "<Seed: hidden>" in repr(CONTENTS)
    assert "<WalletKey: hidden>" in repr(CONTENTS)
