"""One spelling locks, every spelling opens, and what is easily guessed is named."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm3.base.errors import InvalidInput
from dm3.crypto import Passphrase, canonical, spellings, weakness

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


def bytes_of(text: str) -> Passphrase:
    return Passphrase(text.encode())


@given(TEXTS)
def test_every_spelling_of_a_text_locks_with_the_same_and_opens_what_any_has_locked(text):
    text = text.lstrip("\ufeff") or "a"
    forms = [unicodedata.normalize(form, text) for form in ("NFC", "NFD")]
    locked = {canonical(bytes_of(form)).reveal() for form in (*forms, text)}
    assert locked == {forms[0].encode()}
    for form in (*forms, text):
        tried = [one.reveal() for one in spellings(bytes_of(form))]
        assert {form.encode(), *(one.encode() for one in forms)} <= set(tried)
        assert tried[0] == forms[0].encode()  # what is locked from now on is tried first


def test_plain_letters_are_tried_once():
    assert [one.reveal() for one in spellings(bytes_of("correct horse"))] == [b"correct horse"]


@pytest.mark.parametrize("written", ["\ufeffgrün".encode(), "grün\r\n".encode("utf-16"), b"gr\xc3\xbcn"])
def test_byte_order_marks_are_no_part_of_it_and_what_was_locked_with_them_opens(written):
    assert canonical(Passphrase(written)) == bytes_of("grün")
    assert Passphrase(written) in spellings(Passphrase(written))


def test_what_is_no_text_is_taken_as_it_is():
    raw = Passphrase(b"\x80\xff\x00")
    assert canonical(raw) == raw
    assert spellings(raw) == [raw]
    assert weakness(raw) is None


@pytest.mark.parametrize("nothing", [b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xff\xfe\r\x00\n\x00"])
def test_an_empty_one_locks_nothing(nothing):
    with pytest.raises(InvalidInput, match="protects nothing"):
        canonical(Passphrase(nothing))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("short", "5 characters"),
        ("grün", "4 characters"),
        ("abababababababab", "different characters"),
        ("abc123!abc123!abc123!", "repeats itself"),
        ("192837465019", "tried first"),
        ("Password123456", "tried first"),
        ("qwertyuiop[]12", "tried first"),
        ("0987654321zyxwvu", "tried first"),
    ],
)
def test_what_is_tried_first_is_weak(text, why):
    assert why in str(weakness(bytes_of(text)))


@pytest.mark.parametrize(
    "text", ["correct horse battery", "the passphrase of alice", "v7#mPq2!xLw9@", "Füchse fliegen nachts"]
)
def test_several_words_are_not_remarked_on(text):
    assert weakness(bytes_of(text)) is None
