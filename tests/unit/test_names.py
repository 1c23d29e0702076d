"""ENS names: normal form and the names of Linked Profiles (specification 2.6, 3.1)."""

import pytest
from ens_normalize import DisallowedSequence, ens_normalize
from hypothesis import given
from hypothesis import strategies as st

from dm3.base import (
    address_name,
    address_of,
    is_below,
    normalize,
    one_spelling,
    owner_alias,
    owner_of,
    same_name,
    spellings_of,
)
from dm3.base.errors import InvalidName
from tests.unit.strategies import any_text, awkward_values, names, read_or_refused

ADDRESS = "0x1DD8938401315464FeD053B8920295aE0f7C60B1"
LOWER = ADDRESS.lower()


@pytest.mark.parametrize(
    ("given_name", "normal"),
    [
        ("alice.eth", "alice.eth"),
        ("ALICE.eTh", "alice.eth"),
        ("Ⅷ.eth", "viii.eth"),
        ("straße.eth", "straße.eth"),
        ("\uff26\uff35\uff2c\uff2c.eth", "full.eth"),
        ("1⃣2⃣.eth", "1⃣2⃣.eth"),
        ("👩🏽‍🚀.eth", "👩🏽‍🚀.eth"),
        ("i❤️.eth", "i❤.eth"),
        ("_sub.eth", "_sub.eth"),
        ("caf\u0065\u0301.eth", "café.eth"),
        ("eth", "eth"),
    ],
)
def test_normal_form_is_that_of_ensip_15(given_name, normal):
    assert normalize(given_name) == normal


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("", id="empty"),
        pytest.param(".", id="only a dot"),
        pytest.param("a..eth", id="empty label"),
        pytest.param(".eth", id="empty first label"),
        pytest.param("alice.eth.", id="empty last label"),
        pytest.param("a b.eth", id="blank"),
        pytest.param("a_b.eth", id="underscore inside"),
        pytest.param("xx--a.eth", id="hyphens in third and fourth place"),
        pytest.param("\u0430bc.eth", id="mixed scripts"),
        pytest.param("a\u200db.eth", id="joiner without emoji"),
        pytest.param("a\x00.eth", id="NUL"),
        pytest.param("a\n.eth", id="line break"),
        pytest.param("\ud800.eth", id="lone surrogate"),
        pytest.param("a" * 64 + ".eth", id="long label"),
        pytest.param(".".join(["ab"] * 86), id="long name"),
        pytest.param("a" * 10**6, id="a million characters"),
    ],
)
def test_names_without_normal_form_are_refused(name):
    with pytest.raises(InvalidName):
        normalize(name)


controls = st.sampled_from([*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0)), "\u2028", "\u2029"])


@given(names, controls, st.integers(0, 300))
def test_no_name_holds_a_control_character_wherever_it_stands(name, control, place):
    with pytest.raises(InvalidName) as refused:
        normalize(name[:place] + control + name[place:])
    assert str(refused.value).isprintable()


@pytest.mark.parametrize("name", ["a.eth\n", "a.eth\r\n", "\na.eth", "ä.eth\n", "lsp.eth\u0085"])
def test_a_line_feed_at_an_end_belongs_to_no_name(name):
    with pytest.raises(InvalidName, match="disallowed character"):
        normalize(name)
    assert not same_name(name, name)


@pytest.mark.parametrize(
    ("name", "told", "similar"),
    [
        ("my shop.eth", "disallowed character, U+0020 SPACE", "myshop.eth"),
        ("my.big fat shop.eth", "disallowed character, U+0020 SPACE", "my.bigfatshop.eth"),
        ("a_b.eth", "an underscore in a disallowed position", "ab.eth"),
        ("xx--a.eth", "'--' in a disallowed position", "xxa.eth"),
        ("alice.eth.", "a disallowed empty label", "alice.eth"),
        ("a\u200db.eth", "invisible character, U+200D ZERO WIDTH JOINER", "ab.eth"),
        ("a\u202eb.eth", "disallowed character, U+202E RIGHT-TO-LEFT OVERRIDE", "ab.eth"),
        ("a\x07\u202e\u2066\x1b\x00.eth", "disallowed character, U+0007", None),
        ("\u05d0\u05d1 .eth", "disallowed character, U+0020 SPACE", None),
        ("caf\u00e9 .eth", "disallowed character, U+0020 SPACE", "caf\u00e9.eth"),
        ("\u0430lice.eth", "(Cyrillic/Latin), U+0430 CYRILLIC SMALL LETTER A", None),
        ("\u0430\u0435\u0440.eth", "visually confusing characters from Cyrillic and Latin scripts", None),
        ("\ud800.eth", "disallowed character, U+D800", None),
    ],
)
def test_a_refusal_says_what_is_wrong_and_what_would_be_right(name, told, similar):
    with pytest.raises(InvalidName) as refused:
        normalize(name)
    sentence, hint = str(refused.value), refused.value.hint
    assert told in sentence
    assert "\\\\" not in sentence
    assert sentence.isascii()
    assert sentence.isprintable()
    assert "Sequence" not in sentence
    assert hint == (f"This would be a valid one: {similar}" if similar else InvalidName.hint)


def refusal(text):
    try:
        normalize(text)
    except InvalidName as refused:
        return refused
    return None


@given(any_text)
def test_no_refusal_repeats_signs_that_steer_a_screen(text):
    refused = refusal(text)
    assert refused is None or (str(refused).isascii() and f"{refused}{refused.hint}".isprintable())


@pytest.mark.parametrize("value", [None, 1, b"alice.eth", ["alice.eth"], {}])
def test_only_text_is_a_name(value):
    with pytest.raises(InvalidName, match="must be text"):
        normalize(value)


@given(any_text | names)
def test_normalizing_twice_is_normalizing_once(text):
    normal = read_or_refused(normalize, text)
    assert normal is None or normalize(normal) == normal


@given(awkward_values)
def test_anything_is_normalized_or_refused(value):
    read_or_refused(normalize, value)


def test_names_are_the_same_in_normal_form():
    assert same_name("Alice.ETH", "alice.eth")
    assert not same_name("alice.eth", "alice2.eth")
    assert not same_name("a..eth", "a..eth"), "a name without normal form is nobody's"


def test_an_address_name_certifies_itself():
    name = address_name(ADDRESS, "MyApp.eth")
    assert name == f"{LOWER}.addr.myapp.eth"
    assert address_of(name.upper().replace("0X", "0x")) == (LOWER, "myapp.eth")


def test_an_owner_alias_names_the_owner():
    name = owner_alias(ADDRESS, "myapp.eth")
    assert name == f"lsp.{LOWER}.myapp.eth"
    assert owner_of(name) == (LOWER, "myapp.eth")


@given(st.binary(min_size=20, max_size=20), names)
def test_linked_profile_names_give_back_what_they_are_made_of(raw, app):
    address = "0x" + raw.hex()
    assert address_of(address_name(address, app)) == (address, app)
    assert owner_of(owner_alias(address, app)) == (address, app)
    assert address_of(owner_alias(address, app)) is None
    assert owner_of(address_name(address, app)) is None


@pytest.mark.parametrize(
    "name",
    [
        "alice.eth",
        f"{LOWER}.eth",
        f"{LOWER}.addr",
        f"{LOWER}.other.myapp.eth",
        f"{LOWER[:-1]}.addr.myapp.eth",
        f"x.{LOWER}.addr.myapp.eth",
        "lsp.alice.myapp.eth",
        f"lsp.{LOWER}",
        f"x.lsp.{LOWER}.myapp.eth",
    ],
)
def test_other_names_are_neither(name):
    assert address_of(name) is None
    assert owner_of(name) is None


@pytest.mark.parametrize(
    "address", ["", "0x", "alice.eth", LOWER[:-1], LOWER + "0", LOWER[2:], "0x" + "g" * 40]
)
def test_only_addresses_make_such_names(address):
    with pytest.raises(InvalidName, match="not an Ethereum address"):
        address_name(address, "myapp.eth")
    with pytest.raises(InvalidName, match="not an Ethereum address"):
        owner_alias(address, "myapp.eth")


def test_the_application_must_be_a_name():
    with pytest.raises(InvalidName):
        address_name(ADDRESS, "")
    with pytest.raises(InvalidName):
        owner_alias(ADDRESS, "my app.eth")


def test_below_means_the_name_itself_or_more_labels_in_front():
    assert is_below("MyApp.eth", "myapp.eth")
    assert is_below(f"{LOWER}.addr.myapp.eth", "myapp.eth")
    assert not is_below("notmyapp.eth", "myapp.eth"), "a label is not cut in two"
    assert not is_below("eth", "myapp.eth")
    with pytest.raises(InvalidName):
        is_below("a..eth", "eth")


@given(st.text(alphabet="ab09AZ-_.'x ", min_size=1, max_size=12))
def test_plain_names_take_a_short_way_to_the_same_form(name):
    """Names of plain signs are not looked up in ENSIP-15's tables; the outcome must be the same."""
    try:
        expected = ens_normalize(name)
    except DisallowedSequence:
        expected = ""
    if expected and all(expected.split(".")):
        assert normalize(name) == expected
    else:
        with pytest.raises(InvalidName):
            normalize(name)


def test_an_owner_alias_has_two_spellings_and_is_one():
    usual, newest = f"lsp.{LOWER}.myapp.eth", f"lp.{LOWER}.myapp.eth"
    assert spellings_of(newest.upper().replace("0X", "0x")) == (newest, usual)
    assert spellings_of(usual) == (usual, newest)
    assert {one_spelling(usual), one_spelling(newest)} == {usual}
    assert owner_of(newest) == (LOWER, "myapp.eth")
    for other in ("lp.myapp.eth", f"lp.{LOWER}", "lsp.alice.myapp.eth"):
        assert (spellings_of(other), one_spelling(other)) == ((other,), other)
