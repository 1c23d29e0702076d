"""Canonical JSON against the reference's answers (specification 2.1)."""

import json
from collections import OrderedDict
from enum import IntEnum, StrEnum
from types import MappingProxyType

import pytest
from hypothesis import given

from dm3.base import UNDEFINED, canonical_json, read_json
from dm3.base.canonical import MAX_DEPTH
from dm3.base.errors import InvalidInput
from tests.unit.strategies import any_float, any_text, json_values
from tests.unit.vectors import vector_file, vectors

SYMBOLS = {
    "NaN": float("nan"),
    "Infinity": float("inf"),
    "-Infinity": float("-inf"),
    "-0": -0.0,
    "undefined": UNDEFINED,
}


@pytest.mark.parametrize("case", vectors("canonical_json"))
def test_prints_what_the_reference_prints(case):
    assert canonical_json(read_json(case["input"])) == case["expected"]


def placed(symbol, position):
    value = int(symbol.removeprefix("bigint:")) if symbol.startswith("bigint:") else SYMBOLS[symbol]
    frame = vector_file("canonical_json")["positions"][position]

    def fill(part):
        if part == "$":
            return value
        if isinstance(part, dict):
            return {key: fill(item) for key, item in part.items()}
        return [fill(item) for item in part] if isinstance(part, list) else part

    return fill(frame)


@pytest.mark.parametrize("case", vectors("canonical_json", member="values"))
def test_prints_values_that_json_cannot_spell_as_the_reference_does(case):
    assert canonical_json(placed(case["js"], case["position"])) == case["expected"]


@given(json_values)
def test_is_its_own_canonical_form(value):
    text = canonical_json(value)
    assert canonical_json(read_json(text)) == text


@given(json_values)
def test_says_the_same_as_the_value(value):
    # All numbers as doubles: 3e16 is written as a whole number, which Python reads as an int.
    said = json.loads(canonical_json(value), parse_int=float)
    assert said == json.loads(json.dumps(value), parse_int=float)


@given(any_float)
def test_every_float_survives(value):
    text = canonical_json(value)
    if value in (float("inf"), float("-inf")) or value != value:
        assert text == "null"
    else:
        assert float(text) == value


@given(any_text)
def test_every_text_has_a_utf_8_form(text):
    assert json.loads(canonical_json(text).encode("utf-8")) == json.loads(json.dumps(text))


@given(json_values)
def test_has_no_room_to_choose(value):
    def reordered(part):
        if isinstance(part, dict):
            return {key: reordered(part[key]) for key in reversed(part)}
        return [reordered(item) for item in part] if isinstance(part, list) else part

    assert canonical_json(reordered(value)) == canonical_json(value)


def test_sorts_by_utf_16_code_unit_not_by_code_point():
    # U+FF5E comes before U+1F600, but the latter's first UTF-16 unit is U+D83D.
    assert canonical_json({"\uff5e": 1, "😀": 2}) == '{"😀":2,"\uff5e":1}'


def test_own_whole_numbers_keep_all_digits_while_read_ones_are_doubles():
    # JSON.parse rounds 2**60, so a value read is written as the reference writes it.
    assert canonical_json(2**60) == "1152921504606846976"
    assert canonical_json(read_json("1152921504606846976")) == "1152921504606847000"


class Colour(StrEnum):
    RED = "red"


class Size(IntEnum):
    BIG = 3


class Label(str):
    __slots__ = ()


def test_writes_derived_types_as_what_they_are():
    assert canonical_json({"c": Colour.RED, "s": Size.BIG}) == '{"c":"red","s":3}'
    assert (
        canonical_json({Label("l"): Label("é"), Colour.RED: Label("\ud800")}) == '{"l":"é","red":"\\ud800"}'
    )
    assert canonical_json(OrderedDict(b=1, a=(1, 2))) == '{"a":[1,2],"b":1}'
    assert canonical_json(MappingProxyType({"b": [], "a": {}})) == '{"a":{},"b":[]}'


@pytest.mark.parametrize("value", [b"bytes", {1, 2}, object(), 1j, {1: "a"}, {"a": b""}, {None: 1}])
def test_refuses_what_json_does_not_have(value):
    with pytest.raises(InvalidInput):
        canonical_json(value)


@pytest.mark.parametrize("wrap", [lambda inner: [inner], lambda inner: {"a": inner}])
def test_nests_to_the_limit_and_no_deeper(wrap):
    value = "end"
    for _ in range(MAX_DEPTH):
        value = wrap(value)
    assert "end" in canonical_json(value)
    with pytest.raises(InvalidInput, match="nested"):
        canonical_json(wrap(value))


def test_a_circle_is_refused_not_followed_for_ever():
    circle: list[object] = []
    circle.append(circle)
    with pytest.raises(InvalidInput, match="nested"):
        canonical_json(circle)
