"""Secrets do not leave by accident, and the key rule holds (specification 3.2)."""

import copy
import dataclasses
import json
import logging
import pickle
import subprocess
import sys
from pathlib import Path
from pprint import pformat

import msgspec
import pytest

from dm3.base import canonical_json, to_base64
from dm3.base.errors import InvalidInput, KeyRuleViolation
from dm3.crypto import (
    EncryptionPrivateKey,
    Entropy,
    HostSignature,
    JoinSecret,
    KeyWallet,
    OwnedSignature,
    PairingCode,
    PasskeyOutput,
    Passphrase,
    ProfileKeys,
    RecoveryCode,
    Secret,
    Seed,
    SigningPrivateKey,
    StorageKey,
    Token,
    WalletKey,
    seed_from,
    storage_key_from,
    wallet_key_from,
)
from dm3.model import Draft, LinkKind, LinkPayload
from tests.unit.people import digest

ROOT = Path(__file__).parents[2]
RAW = digest("a secret")
HOST_SIGNATURE = "0x" + digest("host").hex() * 2 + "1b"

SNAPSHOTS: dict[str, tuple[Secret, str]] = {
    "Seed": (Seed(RAW), "<Seed: hidden>"),
    "SigningPrivateKey": (SigningPrivateKey(RAW * 2), "<SigningPrivateKey: hidden>"),
    "EncryptionPrivateKey": (EncryptionPrivateKey(RAW), "<EncryptionPrivateKey: hidden>"),
    "WalletKey": (WalletKey(RAW), "<WalletKey: hidden>"),
    "StorageKey": (StorageKey(RAW), "<StorageKey: hidden>"),
    "Passphrase": (Passphrase(b"correct horse"), "<Passphrase: hidden>"),
    "RecoveryCode": (RecoveryCode(digest("code")[:17]), "<RecoveryCode: hidden>"),
    "PasskeyOutput": (PasskeyOutput(RAW), "<PasskeyOutput: hidden>"),
    "PairingCode": (PairingCode(b"7KQ2M9XWZ4"), "<PairingCode: hidden>"),
    "JoinSecret": (JoinSecret(RAW[:16]), "<JoinSecret: hidden>"),
    "Token": (Token(b"ey.token"), "<Token: hidden>"),
    "OwnedSignature": (OwnedSignature(b"0x1234"), "<OwnedSignature: hidden>"),
    "Entropy": (Entropy(RAW), "<Entropy: hidden>"),
}


def payload() -> LinkPayload:
    return LinkPayload(
        kind=LinkKind.REQUEST,
        profile_name="lsp.eth",
        profile_hash="0x00",
        valid_until=1,
        link_message="text",
        signature="0x",
        profile_key=Seed(RAW),
        wallet_key=WalletKey(RAW),
    )


KEYS = ProfileKeys.from_seed(Seed(RAW))
WALLET = KeyWallet(WalletKey(RAW))
HOST = HostSignature("sign in", "0xabc", HOST_SIGNATURE)
HOLDERS = {
    "ProfileKeys": (KEYS, f"<ProfileKeys {to_base64(KEYS.signing_public)[:8]}…>"),
    "KeyWallet": (WALLET, f"<KeyWallet {WALLET.address}>"),
    "HostSignature": (HOST, "<HostSignature of 0xabc>"),
    "LinkPayload": (
        payload(),
        (
            "LinkPayload(kind=<LinkKind.REQUEST: 'request'>, profile_name='lsp.eth', "
            "profile_hash='0x00', valid_until=1, link_message='text', signature='0x', "
            "profile_key=<Seed: hidden>, wallet_key=<WalletKey: hidden>, nonce=None, reason=None, "
            "code=None, pairing=None, vocabulary='LINK')"
        ),
    ),
}
EVERYTHING = {**SNAPSHOTS, **HOLDERS}
everything = pytest.mark.parametrize(("value", "shown"), EVERYTHING.values(), ids=list(EVERYTHING))


def spellings() -> list[str]:
    """Every text in which a secret of this file could show up."""
    raws = [item.reveal() for item, _ in SNAPSHOTS.values()]
    raws += [KEYS.signing_private.reveal(), KEYS.encryption_private.reveal()]
    found = [HOST_SIGNATURE, HOST_SIGNATURE[2:]]
    for raw in raws:
        found += [raw.hex(), to_base64(raw).rstrip("="), repr(raw)[2:-1], str(list(raw))[1:-1]]
    return found


def hides(text: str) -> bool:
    return not any(spelling in text for spelling in spellings())


def test_the_spellings_would_be_found():
    assert not hides(f"key={to_base64(RAW)}")
    assert not hides(f"key={RAW!r}")
    assert not hides(RAW.hex())


def test_every_kind_of_secret_has_a_snapshot():
    assert {kind.__name__ for kind in Secret.__subclasses__()} == set(SNAPSHOTS)


@everything
def test_what_is_printed_is_this_and_nothing_else(value, shown):
    assert repr(value) == shown
    assert str(value) == shown
    assert hides(shown)


@everything
def test_no_way_of_formatting_shows_more(value, shown, caplog):
    texts = [f"{value}", f"{value!s:>400}", f"{value!r}", "%s %r" % (value, value), pformat([value])]  # noqa: UP031
    texts += [format(value), str({"key": value}), str((value,)), ascii(value)]
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("test").info("value %s %r", value, value)
    texts.append(caplog.text)
    assert all(map(hides, texts))


@pytest.mark.parametrize(("value", "shown"), SNAPSHOTS.values(), ids=list(SNAPSHOTS))
def test_a_format_specification_is_not_applied_to_the_value(value, shown):
    assert f"{value:>10}" == shown


@everything
def test_cannot_be_pickled(value, shown):
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError):
            pickle.dumps(value, protocol)


@everything
def test_cannot_be_copied_deeply(value, shown):
    with pytest.raises(TypeError, match="cannot"):
        copy.deepcopy(value)


@pytest.mark.parametrize(("value", "shown"), SNAPSHOTS.values(), ids=list(SNAPSHOTS))
def test_cannot_be_copied(value, shown):
    with pytest.raises(TypeError, match="cannot be pickled or copied"):
        copy.copy(value)


@everything
def test_has_no_json_form(value, shown):
    with pytest.raises(TypeError):
        json.dumps(value)
    with pytest.raises(InvalidInput):
        canonical_json(value)
    with pytest.raises(InvalidInput):
        canonical_json({"a": [value]})
    assert hides(json.dumps({"value": value}, default=str))
    assert hides(json.dumps({"value": value}, default=repr))


@everything
def test_msgspec_does_not_write_it(value, shown):
    for write in (msgspec.json.encode, msgspec.msgpack.encode, msgspec.to_builtins):
        with pytest.raises(TypeError):
            write(value)
        with pytest.raises(TypeError):
            write({"value": value})


def test_records_do_not_come_apart():
    with pytest.raises(TypeError):
        dataclasses.asdict(KEYS)
    with pytest.raises(TypeError):
        dataclasses.astuple(KEYS)
    assert hides(str(msgspec.structs.asdict(payload())))


@pytest.mark.parametrize("value", [item for item, _ in SNAPSHOTS.values()], ids=list(SNAPSHOTS))
def test_is_not_kept_in_a_table_by_its_value(value):
    assert not hasattr(value, "__dict__")
    with pytest.raises(TypeError, match="unhashable"):
        hash(value)


def test_a_draft_that_carries_keys_hides_them():
    draft = Draft(to="a.eth", from_="b.eth", timestamp=1, link=payload())
    assert hides(repr(draft))
    with pytest.raises(TypeError):
        msgspec.json.encode(draft)


def test_a_payload_without_keys_has_none():
    bare = payload().without_keys()
    assert (bare.profile_key, bare.wallet_key, bare.nonce) == (None, None, None)
    assert bare.link_message == payload().link_message


def test_secrets_are_equal_by_value_and_kind():
    assert Seed(RAW) == Seed(RAW)
    assert Seed(RAW) != Seed(digest("other"))
    assert Seed(RAW) != StorageKey(RAW), "the same bytes for another purpose are another secret"
    assert Seed(RAW) != RAW


@pytest.mark.parametrize(
    ("kind", "length"),
    [
        (Seed, 32),
        (SigningPrivateKey, 64),
        (EncryptionPrivateKey, 32),
        (WalletKey, 32),
        (StorageKey, 32),
        (PairingCode, 10),
    ],
)
def test_lengths_are_exact_and_errors_say_no_more_than_that(kind, length):
    for wrong in (b"", RAW[:-1], RAW * 3):
        with pytest.raises(InvalidInput) as refused:
            kind(wrong)
        assert f"has {len(wrong)} bytes instead of {length}" in str(refused.value)
        assert hides(str(refused.value))


def test_secrets_are_bytes():
    with pytest.raises(InvalidInput, match="made of bytes"):
        Seed("a" * 32)  # type: ignore[arg-type]


@pytest.mark.parametrize("weak", [b"", RAW[:31], b"\x00" * 32, b"\xff" * 64])
def test_entropy_must_be_enough(weak):
    with pytest.raises(InvalidInput, match="entropy"):
        Entropy(weak)


@pytest.mark.parametrize(
    "source",
    [HOST, HOST_SIGNATURE, RAW, StorageKey(RAW), WalletKey(RAW), RecoveryCode(RAW[:17]), None],
)
def test_only_owned_signatures_and_entropy_become_keys(source):
    with pytest.raises(KeyRuleViolation):
        seed_from(source)
    with pytest.raises(KeyRuleViolation):
        wallet_key_from(source)


def test_the_refusal_names_the_rule_not_the_signature():
    with pytest.raises(KeyRuleViolation) as refused:
        seed_from(HOST)  # type: ignore[arg-type]
    assert "the host page has seen this signature" in str(refused.value)
    assert hides(str(refused.value) + refused.value.hint)


def test_keys_of_one_source_are_apart_from_each_other():
    entropy, seed = Entropy(RAW), Seed(RAW)
    derived = [
        seed_from(entropy).reveal(),
        wallet_key_from(entropy).reveal(),
        wallet_key_from(seed).reveal(),
        storage_key_from(seed).reveal(),
        seed.reveal(),
    ]
    # HKDF of the same bytes under one label is one key, whatever type held the bytes.
    assert wallet_key_from(entropy) == wallet_key_from(seed)
    assert len(set(derived)) == len(derived) - 1


SNIPPET = """
from dm3.crypto import HostSignature, seed_from
def steal(signature: HostSignature) -> None:
    seed_from(signature)
"""


@pytest.mark.slow
def test_the_type_checker_knows_the_key_rule(tmp_path):
    snippet = tmp_path / "snippet.py"
    snippet.write_text(SNIPPET, encoding="utf-8")
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), str(snippet)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 1, checked.stdout + checked.stderr
    assert 'Argument 1 to "seed_from" has incompatible type "HostSignature"' in checked.stdout
    assert "[arg-type]" in checked.stdout
    assert "Found 1 error" in checked.stdout
