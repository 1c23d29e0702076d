"""What is signed to claim an alias and to give it up, byte for byte, and look-alikes of reserved labels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm3.base import sha256_hex
from dm3.base.errors import MalformedData
from dm3.crypto import sign
from dm3.protocol.names.alias_changes import (
    Dating,
    change_of,
    claim_text,
    dating_of,
    give_up_text,
    hash_before_there_was_any,
)
from dm3.protocol.names.claims import (
    RESERVED_LABELS,
    AliasRules,
    OutsideWindow,
    ReservedName,
    alias_text,
    check_alias,
)
from dm3.protocol.names.lookalikes import appearance, looks_like_one_of
from tests.unit.people import ALICE, BOB

ALIAS = "alice.user.myapp.eth"
NOW = 1_700_000_000
ISSUED = "2023-11-14T22:13:20Z"
AFTER = "0x" + "ab" * 32
DATING = Dating(ISSUED, AFTER)


def test_the_texts_are_these_bytes():
    assert claim_text(ALIAS, DATING) == f"alias: {ALIAS}\nissued: {ISSUED}\nafter: {AFTER}"
    assert give_up_text(ALIAS, DATING) == f"remove: {ALIAS}\nissued: {ISSUED}\nafter: {AFTER}"
    assert claim_text(ALIAS, Dating(ISSUED, "none")).endswith("\nafter: none")
    assert claim_text(ALIAS, None) == f"alias: {ALIAS}"
    assert give_up_text(ALIAS, None) == f"remove: {ALIAS}"


def test_what_is_followed_is_the_hash_of_a_text():
    text = claim_text(ALIAS, DATING)
    change = change_of(text, DATING, ALICE.keys.signing_public)
    assert (change.text_hash, change.after) == (sha256_hex(text), AFTER)
    assert hash_before_there_was_any(ALIAS) == sha256_hex(f"alias: {ALIAS}")


def test_an_undated_text_counts_once_for_each_key_and_text():
    signers = {
        change_of(text, None, key).signer
        for text in (claim_text(ALIAS, None), give_up_text(ALIAS, None))
        for key in (ALICE.keys.signing_public, BOB.keys.signing_public)
    }
    assert len(signers) == 4


def test_a_dating_is_read():
    assert dating_of(ISSUED, AFTER, NOW) == DATING
    assert dating_of("2023-11-14T23:13:20+01:00", "none", NOW + 600) is not None
    assert dating_of(None, None, NOW) is None


@pytest.mark.parametrize(
    ("issued", "after", "error"),
    [
        (ISSUED, None, MalformedData),
        (None, AFTER, MalformedData),
        ("yesterday", AFTER, MalformedData),
        (ISSUED + "\n", AFTER, MalformedData),
        (ISSUED, AFTER.upper(), MalformedData),
        (ISSUED, "None", MalformedData),
        (ISSUED, AFTER + "\n", MalformedData),
        (ISSUED, "", MalformedData),
        ("2023-11-14T22:03:19Z", AFTER, OutsideWindow),
        ("2023-11-14T22:23:21Z", AFTER, OutsideWindow),
    ],
)
def test_a_dating_that_does_not_count(issued, after, error):
    with pytest.raises(error):
        dating_of(issued, after, NOW)


LURES = ["supp0rt", "SUPPORT", "s-upport", "5upport", "süpport", "adm1n", "admln", "adrnin", "aclmin"]
LURES += ["support✅", "✔support", "🆂upport", "5️⃣upport", "🅰dmin", "ѕуѕтем", "su-pp🅾rt", "lsp🔒"]
LURES += ["vvvvvv", "wvvw", "lp", "1sp", "r00t", "he1p", "sy5tem", "0wner"]


@pytest.mark.parametrize("label", LURES)
def test_what_looks_like_a_reserved_label_is_as_reserved(label):
    name = f"{label}.user.myapp.eth"
    rules = AliasRules(("user.myapp.eth",))
    signature = sign(ALICE.keys.signing_private, alias_text(name))
    with pytest.raises(ReservedName):
        check_alias(name, rules, ALICE.keys.signing_public, signature)


@pytest.mark.parametrize(
    "label", ["alice", "supporter", "bob", "minister", "appetite", "user1", "🦊", "help-me"]
)
def test_what_only_begins_like_one_is_free(label):
    assert not looks_like_one_of(label, RESERVED_LABELS)


def test_an_operators_labels_have_look_alikes_too():
    assert looks_like_one_of("b0ss", frozenset({"boss"}))
    assert not looks_like_one_of("b0ss", frozenset())


@given(st.sampled_from(sorted(RESERVED_LABELS)), st.data())
def test_disguises_in_any_number_are_seen_through(label, data):
    disguises = {"o": "0", "l": "1i", "i": "1l", "s": "5", "e": "3", "a": "4á", "t": "7", "m": "m"}
    sent = "".join(
        data.draw(st.sampled_from(sign + disguises.get(sign, ""))) + data.draw(st.sampled_from(["", "-"]))
        for sign in label
    )
    assert looks_like_one_of(sent, RESERVED_LABELS)
    assert appearance(appearance(label)) == appearance(label)
