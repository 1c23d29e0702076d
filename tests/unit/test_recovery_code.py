"""Recovery codes: enough bits, a form that people can copy, and a checksum that finds their slips."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dm3.base.errors import InvalidInput
from dm3.crypto import MistypedCode, RecoveryCode, new_recovery_code, parse_recovery_code, print_recovery_code
from dm3.crypto.crockford import SIGNS
from tests.unit.people import stream

FORM = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){7}")
codes = st.binary(min_size=17, max_size=17).map(RecoveryCode)


def test_a_code_is_drawn_from_136_bits_and_looks_like_this():
    drawn = []

    def random(count: int) -> bytes:
        drawn.append(count)
        return stream()(count)

    code = new_recovery_code(random)
    assert drawn == [17]
    assert print_recovery_code(code) == "BBX0-K51N-GQJY-SYN5-5H2K-BSVN-21S6-SMWJ"
    assert print_recovery_code(RecoveryCode(bytes(17))) == "0000-0000-0000-0000-0000-0000-000D-NS2H"


@given(codes)
def test_what_is_printed_is_read_again(code):
    text = print_recovery_code(code)
    assert FORM.fullmatch(text)
    assert parse_recovery_code(text) == code


@given(codes, st.randoms(use_true_random=False))
def test_people_write_codes_in_many_ways(code, random):
    text = print_recovery_code(code)
    written = "".join(
        random.choice({"1": "1lIiL", "0": "0oO", "-": ["-", " ", "", "\n", " – "]}.get(sign, sign))
        for sign in text
    )
    written = random.choice([str.lower, str.upper, str])(written)
    assert parse_recovery_code(f" {written}\n") == code


@given(codes, st.data())
def test_one_wrong_sign_is_found(code, data):
    text = print_recovery_code(code).replace("-", "")
    place = data.draw(st.integers(0, len(text) - 1))
    wrong = data.draw(st.sampled_from(SIGNS).filter(lambda sign: sign != text[place]))
    with pytest.raises(MistypedCode, match="checksum"):
        parse_recovery_code(text[:place] + wrong + text[place + 1 :])


@given(codes, st.data())
def test_two_signs_or_groups_in_the_wrong_order_are_found(code, data):
    size = data.draw(st.sampled_from([1, 4]))
    text = print_recovery_code(code).replace("-", "")
    parts = [text[start : start + size] for start in range(0, len(text), size)]
    one, other = data.draw(
        st.tuples(*[st.integers(0, len(parts) - 1)] * 2).filter(lambda pair: parts[pair[0]] != parts[pair[1]])
    )
    parts[one], parts[other] = parts[other], parts[one]
    with pytest.raises(MistypedCode, match="checksum"):
        parse_recovery_code("".join(parts))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "it has 0 signs instead of 32"),
        ("29G0-M16R", "it has 8 signs instead of 32"),
        ("0" * 33, "it has 33 signs instead of 32"),
        ("U" * 32, "signs that no code has"),
        ("\ud800" * 32, "signs that no code has"),
        ("٣" * 32, "signs that no code has"),
        ("-" * 201, "much too long"),
    ],
)
def test_what_is_no_code_at_all(text, sentence):
    with pytest.raises(MistypedCode, match=sentence) as refused:
        parse_recovery_code(text)
    assert "group by group" in refused.value.hint


SAID = re.compile(
    "it is much too long|it has signs that no code has|it has [0-9]+ signs instead of 32|"
    "its checksum does not fit"
)


@example("sign")
@given(st.text(min_size=4).filter(lambda text: len([sign for sign in text if sign.isalnum()]) != 32))
def test_any_text_is_refused_without_being_repeated(text):
    with pytest.raises(MistypedCode) as refused:
        parse_recovery_code(text)
    # Word for word, as a text may by chance be a part of what is said.
    assert SAID.fullmatch(refused.value.detail)


def test_a_code_has_its_length():
    with pytest.raises(InvalidInput):
        RecoveryCode(bytes(16))
