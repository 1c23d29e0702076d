"""Profiles as JSON, their signatures and hashes (specification 2.2, 2.5)."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm3.base import canonical_json, from_base64, sha256_hex
from dm3.base.errors import BadSignature, Dm3Error, InvalidName, MalformedData, TooLarge
from dm3.crypto import (
    KeyCreationMessage,
    KeyWallet,
    ProfileKeys,
    Seed,
    WalletKey,
    checksum_address,
    own_signature,
    recover_personal,
    seed_from,
)
from dm3.model import (
    DeliveryServiceProfile,
    DeliveryServiceProperties,
    Profile,
    ProfileExtension,
    SignedProfile,
)
from dm3.protocol.names import fingerprint
from dm3.wire import (
    data_uri,
    delivery_service_json,
    extension_from,
    extension_json,
    profile_json,
    profile_message,
    properties_from,
    properties_json,
    read_delivery_service,
    read_signed_profile,
    signed_profile_from,
    with_signature,
)
from dm3.wire.profiles import DAY, MAX_DELIVERY_SERVICES, MAX_PROFILE_BYTES
from tests.unit.people import ALICE, SERVICE
from tests.unit.strategies import awkward_values, damaged, damaged_text, names, read_or_refused
from tests.unit.vectors import as_text, refusal, vectors

# The reference writes letters beyond ASCII as they are, and garbles them when it reads the record.
WRITTEN_AS_BASE64 = {"delivery-service-in-other-letters"}

ALICE_JSON = json.loads(ALICE.signed_profile.text)
SERVICE_PROFILE = DeliveryServiceProfile(
    SERVICE.keys.signing_public, SERVICE.keys.encryption_public, "https://ds.example"
)
EXTENSION = ProfileExtension(("x25519-chacha20-poly1305",), ("NEW", "LINK"), ("EDIT",))

key_bytes = st.binary(min_size=32, max_size=32)
profiles = st.builds(
    Profile, key_bytes, key_bytes, st.lists(names, max_size=MAX_DELIVERY_SERVICES).map(tuple)
)
type_names = st.lists(st.text(max_size=20), max_size=5).map(tuple)


def check_owner(signed: SignedProfile, address: str) -> None:
    """What a resolver does with a key wallet's profile, without the asking."""
    owner = checksum_address(address)
    if recover_personal(profile_message(signed.profile_text, owner), signed.signature) != owner:
        raise BadSignature("the profile")


@pytest.mark.parametrize("case", vectors("profiles", kind="signed-profile", valid=True))
def test_reads_and_verifies_the_reference_s_profiles(case):
    signed = read_signed_profile(as_text(case["signed_profile"]))
    check_owner(signed, case["address"])
    assert signed.hash == case["profile_hash"]
    assert canonical_json(profile_json(signed.profile)) == canonical_json(
        {
            key: value
            for key, value in case["signed_profile"]["profile"].items()
            if key in ("publicEncryptionKey", "publicSigningKey", "deliveryServices")
        }
    )
    if "creation_message" in case:
        assert profile_message(signed.profile_text, case["address"]) == case["creation_message"]
    written = data_uri(case["signed_profile"])
    if case["name"] in WRITTEN_AS_BASE64:
        assert written.startswith("data:application/json;base64,")
    else:
        assert written == case["data_uri"]


with_keys = [
    case for case in vectors("profiles", kind="signed-profile", valid=True) if "seed" in case.values[0]
]


@pytest.mark.parametrize("case", with_keys)
def test_makes_the_reference_s_profiles(case):
    wallet = KeyWallet(WalletKey(bytes.fromhex(case["wallet_private_key"][2:])))
    message = KeyCreationMessage(wallet.address, case["key_creation_nonce"])
    seed = seed_from(own_signature(message, wallet.sign_now(message.text)))
    assert seed == Seed(from_base64(case["seed"]))
    keys = ProfileKeys.from_seed(seed)
    services = tuple(case["signed_profile"]["profile"]["deliveryServices"])
    profile = Profile(keys.signing_public, keys.encryption_public, services)
    text = canonical_json(profile_json(profile))
    made = with_signature(profile, wallet.sign_now(profile_message(text, wallet.address)))
    assert made.profile_text == text
    if case["name"] == "signature-v-0-or-1":
        return  # the same signature with v written as 0 or 1, which wallets do and we do not
    assert made.text == as_text(case["signed_profile"])
    assert made.hash == case["profile_hash"]


@pytest.mark.parametrize("case", vectors("profiles", kind="signed-profile", valid=False))
def test_refuses_profiles_that_the_owner_has_not_signed(case):
    error = refusal(case)
    with pytest.raises(error) as refused:
        check_owner(read_signed_profile(as_text(case["signed_profile"])), case["address"])
    assert type(refused.value) is error


@given(profiles, st.text("0123456789abcdef", max_size=130).map("0x".__add__))
def test_what_was_written_is_read(profile, signature):
    signed = with_signature(profile, signature)
    assert read_signed_profile(signed.text) == signed
    assert read_signed_profile(signed.text.encode()) == signed
    assert signed.hash == sha256_hex(signed.text)


def test_unknown_members_count_for_signature_and_hash():
    value = {**ALICE_JSON, "profile": {**ALICE_JSON["profile"], "later": {"b": 1, "a": [None]}}, "x": 1}
    signed = signed_profile_from(value)
    assert signed.profile == ALICE.profile
    assert signed.profile_text == canonical_json(value["profile"])
    assert signed.hash == sha256_hex(canonical_json(value)) != ALICE.signed_profile.hash


def test_names_of_delivery_services_are_normal_inside_and_as_received_in_the_text():
    value = {**ALICE_JSON, "profile": {**ALICE_JSON["profile"], "deliveryServices": ["DS.eth"]}}
    signed = signed_profile_from(value)
    assert signed.profile.delivery_services == ("ds.eth",)
    assert "DS.eth" in signed.profile_text


def with_profile(**members: object) -> dict[str, object]:
    return {**ALICE_JSON, "profile": {**ALICE_JSON["profile"], **members}}


@pytest.mark.parametrize(
    ("value", "error"),
    [
        pytest.param(None, MalformedData, id="nothing"),
        pytest.param([ALICE_JSON], MalformedData, id="array"),
        pytest.param({**ALICE_JSON, "profile": None}, MalformedData, id="no profile"),
        pytest.param({**ALICE_JSON, "signature": None}, MalformedData, id="no signature"),
        pytest.param(with_profile(publicSigningKey="AAAA"), MalformedData, id="short key"),
        pytest.param(with_profile(publicEncryptionKey="a" * 43), MalformedData, id="key not padded"),
        pytest.param(with_profile(deliveryServices="ds.eth"), MalformedData, id="services are text"),
        pytest.param(with_profile(deliveryServices=[1]), MalformedData, id="service is a number"),
        pytest.param(with_profile(deliveryServices=["a..b"]), InvalidName, id="service has no name"),
        pytest.param(with_profile(deliveryServices=["ds.eth"] * 17), MalformedData, id="17 services"),
        pytest.param(with_profile(x="y" * MAX_PROFILE_BYTES), MalformedData, id="too long"),
    ],
)
def test_what_is_no_profile_is_refused(value, error):
    with pytest.raises(error):
        signed_profile_from(value)


def test_size_is_bounded():
    with pytest.raises(TooLarge):
        read_signed_profile('"' + "x" * MAX_PROFILE_BYTES + '"')
    with pytest.raises(TooLarge):
        read_delivery_service(b'"' + b"x" * MAX_PROFILE_BYTES + b'"')


@given(damaged_text(ALICE_JSON))
def test_any_profile_is_read_or_refused(text):
    signed = read_or_refused(read_signed_profile, text)
    assert signed is None or signed.hash == sha256_hex(signed.text)


@given(awkward_values)
def test_any_value_is_a_profile_or_refused(value):
    read_or_refused(signed_profile_from, value)


@given(key_bytes, key_bytes)
def test_delivery_services_are_read_as_written(signing, encryption):
    profile = DeliveryServiceProfile(signing, encryption, "http://localhost:4060/base")
    members = delivery_service_json(profile)
    assert set(members) == {"publicSigningKey", "publicEncryptionKey", "url"}, "as the schema wants"
    assert read_delivery_service(canonical_json(members)) == profile


def test_a_delivery_service_s_url_loses_its_last_slash():
    members = {**delivery_service_json(SERVICE_PROFILE), "url": "https://ds.example/", "more": 1}
    assert read_delivery_service(canonical_json(members)) == SERVICE_PROFILE


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ds.example",
        "ftp://ds.example",
        "javascript:alert(1)",
        "https://",
        "https://a b",
        'https://a"',
        1,
        None,
    ],
)
def test_a_delivery_service_has_an_http_url(url):
    with pytest.raises(MalformedData, match="url"):
        read_delivery_service(canonical_json({**delivery_service_json(SERVICE_PROFILE), "url": url}))


@given(damaged_text(delivery_service_json(SERVICE_PROFILE)))
def test_any_delivery_service_is_read_or_refused(text):
    read_or_refused(read_delivery_service, text)


@given(st.integers(0, DAY - 1), st.integers(0, 2**53))
def test_properties_are_read_as_written(days, size):
    properties = DeliveryServiceProperties(days * DAY, size)
    assert properties_json(properties) == {"messageTTL": days, "sizeLimit": size}
    assert properties_from(properties_json(properties)) == properties


@given(st.integers(1, DAY * (DAY - 1)))
def test_a_time_that_ends_within_a_day_is_told_as_that_day(ttl):
    told = properties_from(properties_json(DeliveryServiceProperties(ttl, 0))).message_ttl
    assert ttl <= told < ttl + DAY


@given(damaged({"messageTTL": 1, "sizeLimit": 2}) | awkward_values)
def test_any_properties_are_read_or_refused(value):
    read_or_refused(properties_from, value)


@given(st.builds(ProfileExtension, type_names, st.none() | type_names, type_names))
def test_extensions_are_read_as_written(extension):
    assert extension_from(extension_json(extension)) == extension


def test_extensions_are_read_in_every_spelling():
    assert extension_from({}) == ProfileExtension()


@pytest.mark.parametrize(
    ("said", "stated"),
    [({}, True), ({"stated": True}, True), ({"stated": "no"}, True), ({"stated": False}, False)],
)
def test_what_nobody_has_stated_is_not_known(said, stated):
    listed = {"supportedMessageTypes": ["NEW"], "notSupportedMessageTypes": ["EDIT"], **said}
    extension = extension_from(listed)
    assert extension.stated is stated
    assert [extension.supports(kind) for kind in ("NEW", "LINK", "EDIT")] == [
        True if stated else None,
        False if stated else None,
        False,
    ]
    assert extension_from(extension_json(extension)) == extension
    assert extension_from({"encryptionAlgorithm": ["a"]}).encryption_schemes == ("a",)
    text = extension_from({"encryptionScheme": ["a"], "supportedMessageTypes": ["NEW"]})
    assert (text.supports("NEW"), text.supports("LINK")) == (True, False)
    reference = extension_from({"encryptionScheme": ["a"], "notSupportedMessageTypes": ["LINK"]})
    assert (reference.supports("NEW"), reference.supports("LINK")) == (None, False)


@given(damaged(extension_json(EXTENSION)) | awkward_values)
def test_any_extension_is_read_or_refused(value):
    found = read_or_refused(extension_from, value)
    assert found is None or found.supports("LINK") in (True, False, None)


def test_errors_of_profiles_are_the_other_side_s_fault():
    with pytest.raises(Dm3Error) as refused:
        read_signed_profile("{}")
    assert refused.value.fault == "remote"
    assert refused.value.code == "malformed"


def test_fingerprints_are_those_of_all_implementations():
    profile = Profile(encryption_key=bytes(range(32, 64)), signing_key=bytes(range(32)), delivery_services=())
    assert fingerprint(profile) == "4df6 dbae d837 dcdc 5ed1 9ced 297c ef51 302f ac43"
