"""Reading JSON from outside: bounded, and never a surprise (specification 4)."""

import json
import sys
from time import process_time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dm3.base import Members, canonical_json, read_json
from dm3.base.canonical import MAX_DEPTH
from dm3.base.errors import MalformedData, TooLarge
from dm3.base.reading import _read_exactly
from tests.unit.strategies import any_text, awkward_values, json_values, read_or_refused


@given(json_values)
def test_reads_what_any_writer_writes(value):
    assert read_json(json.dumps(value)) == json.loads(json.dumps(value))


@given(
    json_values.map(json.dumps)
    | st.from_regex(r"\A\[?-?[0-9]{1,25}(\.[0-9]{1,30})?([eE][-+]?[0-9]{1,3})?\]?\Z")
)
@example('{"a":1,"b":2,"a":[-0,-0.0]}')
@example("999999999999999")
@example('[9007199254740993,1e400,"\\ud83d\\ude00\\ud83d"]')
def test_the_usual_way_reads_what_the_exact_one_reads(text):
    try:
        exact = _read_exactly(text, "the text")
    except MalformedData:
        with pytest.raises(MalformedData):
            read_json(text)
    else:
        assert repr(read_json(text)) == repr(exact)


@given(st.binary(max_size=60) | any_text)
def test_anything_is_read_or_refused(data):
    read_or_refused(read_json, data)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("{", id="unfinished"),
        pytest.param('{"a":1}x', id="more after the end"),
        pytest.param("{'a':1}", id="single quotes"),
        pytest.param("[1,]", id="comma too many"),
        pytest.param("NaN", id="NaN"),
        pytest.param("[-Infinity]", id="infinity"),
        pytest.param("01", id="leading zero"),
        pytest.param("+1", id="plus sign"),
        pytest.param(".5", id="no whole part"),
        pytest.param("\ufeff{}", id="byte-order mark"),
        pytest.param("\xa0{}", id="other white space"),
        pytest.param('"a\nb"', id="line break in a string"),
        pytest.param('"\\x41"', id="unknown escape"),
        pytest.param("[" * 100_000, id="brackets without end"),
        pytest.param("[" * 50_000 + "]" * 50_000, id="nested without end"),
        pytest.param('{"a":' * 5_000 + "1" + "}" * 5_000, id="objects without end"),
    ],
)
def test_what_is_not_json_is_refused(text):
    with pytest.raises(MalformedData, match="the letter"):
        read_json(text, what="the letter")


def test_bytes_must_be_utf_8():
    assert read_json("é".join('""').encode()) == "é"
    for raw in (b'"\xff"', b'"\xed\xa0\x80"', '"é"'.encode("latin-1"), '"é"'.encode("utf-16")):
        with pytest.raises(MalformedData):
            read_json(raw)


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_nesting_is_read_to_the_limit_that_can_be_written(opening, closing):
    deepest = opening * MAX_DEPTH + "1" + closing * MAX_DEPTH
    assert canonical_json(read_json(deepest)) == deepest
    with pytest.raises(MalformedData, match="nested"):
        read_json(opening + deepest + closing)


def test_many_brackets_side_by_side_are_not_deep():
    assert len(read_json("[" + ",".join(["[[]]"] * 5_000) + "]")) == 5_000


@given(st.lists(st.text('[]{}"\\', min_size=20), min_size=4))
def test_brackets_in_strings_are_text(texts):
    assert read_json(json.dumps(texts)) == texts


@given(st.text('[]{}"\\:,1', max_size=300), st.integers(0, 70))
def test_whatever_the_brackets_it_is_read_or_refused(text, depth):
    value = read_or_refused(read_json, "[" * depth + text + "]" * depth)
    assert value is None or canonical_json(value)


def test_nesting_is_refused_before_the_parser_sees_it():
    # The parser recurses in C: under a raised limit, or on a small stack, it would end the process.
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(10**6)
    try:
        with pytest.raises(MalformedData, match="nested"):
            read_json("[" * 90_000)
    finally:
        sys.setrecursionlimit(limit)


def test_size_is_bounded_before_parsing():
    assert read_json('"12345678"', max_bytes=10) == "12345678"
    with pytest.raises(TooLarge, match="more than 10 bytes"):
        read_json('"123456789"', max_bytes=10)
    with pytest.raises(TooLarge):
        read_json(b'"123456789"', max_bytes=10)


def test_numbers_of_any_length_cost_little():
    begun = process_time()
    assert read_json("9" * 1_000_000) == float("inf")
    assert read_json("-" + "1" * 300) == -float("1" * 300)
    assert process_time() - begun < 2


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("9007199254740992", 2**53),
        ("-9007199254740992", -(2**53)),
        ("9007199254740993", 2**53),
        ("9007199254740995", 9007199254740996.0),
        ("10000000000000001", 1e16),
    ],
)
def test_whole_numbers_are_what_a_javascript_peer_reads(text, value):
    assert canonical_json(read_json(text)) == canonical_json(value)


MEMBERS = Members(
    {
        "text": "abc",
        "whole": 7,
        "fraction": 7.9,
        "huge": 1e300,
        "endless": float("inf"),
        "past": 2**53 + 2,
        "yes": True,
        "none": None,
        "list": ["a", "b"],
        "mixed": ["a", 1],
        "object": {"inner": "x"},
    },
    "the letter",
)


def test_members_are_given_out_by_type():
    assert MEMBERS.text("text") == "abc"
    assert MEMBERS.whole("whole") == 7
    assert MEMBERS.whole("fraction") == 7
    assert MEMBERS.number("fraction") == 7.9
    assert MEMBERS.items("mixed") == ["a", 1]
    assert MEMBERS.texts("list") == ("a", "b")
    assert MEMBERS.object("object").text("inner") == "x"
    assert MEMBERS.raw()["text"] == "abc"


@pytest.mark.parametrize("key", ["none", "absent"])
def test_null_counts_as_missing(key):
    assert MEMBERS.optional_text(key) is None
    assert MEMBERS.optional_number(key) is None
    assert MEMBERS.optional_items(key) is None
    assert MEMBERS.optional_object(key) is None
    for getter in (MEMBERS.text, MEMBERS.whole, MEMBERS.number, MEMBERS.items, MEMBERS.object):
        with pytest.raises(MalformedData, match=f"the letter: {key} is missing"):
            getter(key)


@pytest.mark.parametrize(
    ("getter", "key"),
    [
        ("text", "whole"),
        ("text", "list"),
        ("number", "text"),
        ("number", "yes"),
        ("number", "endless"),
        ("whole", "huge"),
        ("whole", "past"),
        ("whole", "yes"),
        ("items", "object"),
        ("items", "text"),
        ("texts", "mixed"),
        ("object", "list"),
    ],
)
def test_another_type_is_refused_by_name(getter, key):
    with pytest.raises(MalformedData, match=f"the letter: {key} "):
        getattr(MEMBERS, getter)(key)


def test_lengths_are_bounded():
    with pytest.raises(MalformedData, match="text has more than 2 characters"):
        MEMBERS.text("text", max_length=2)
    with pytest.raises(MalformedData, match="list has more than 1 items"):
        MEMBERS.texts("list", max_items=1)
    with pytest.raises(MalformedData):
        Members({"list": ["abc"]}, "it").texts("list", max_length=2)


def test_unknown_members_are_refused_where_only_known_ones_are_allowed():
    Members({"a": 1}, "it").only("a", "b")
    with pytest.raises(MalformedData, match="unknown member 'c'"):
        Members({"a": 1, "c": 2}, "it").only("a", "b")


@pytest.mark.parametrize(
    "getter", ["text", "whole", "number", "items", "texts", "object", "optional_text", "optional_object"]
)
@given(value=awkward_values)
def test_members_of_anything_are_read_or_refused(getter, value):
    def read(given):
        return getattr(Members(given, "it"), getter)("a")

    read_or_refused(read, value)
    read_or_refused(read, {"a": value})


@given(awkward_values)
def test_only_known_members_of_anything_are_allowed(value):
    read_or_refused(lambda given: Members(given, "it").only("a"), value)


@pytest.mark.parametrize(
    "text", ["[" + "[]," * 200_000 + "[]]", "[" + "1," * 200_000 + "1]", "[" + '"",' * 200_000 + '""]']
)
def test_a_text_of_nothing_but_brackets_or_of_many_values_is_refused_quickly(text):
    with pytest.raises(MalformedData, match="brackets and commas"):
        read_json(text)
    within = json.dumps(text)
    assert len(read_json(within)) == len(text)


def test_a_text_of_nothing_but_quotes_is_refused_without_being_taken_apart():
    with pytest.raises(MalformedData, match="brackets and commas"):
        read_json("[" * 100 + '""' * 300_000)


@pytest.mark.parametrize(
    "text",
    ["[]," * 101, '{"a":{}},' * 51, '"' + "[" * 101 + '",', '"[",' * 101, "1," * 101, '"' + "," * 101 + '",'],
)
def test_a_request_of_brackets_or_commas_is_refused_without_being_read(text):
    with pytest.raises(MalformedData, match="more than 100 brackets and commas"):
        read_json(f"[{text}1]", max_signs=100)
    read_json(f"[{text}1]")


def test_a_request_with_few_signs_is_read_as_everything_is():
    assert read_json('[[],{"a":"["}]', max_signs=5) == [[], {"a": "["}]
    with pytest.raises(MalformedData, match="more than 4"):
        read_json('[[],{"a":"["}]', max_signs=4)
    with pytest.raises(MalformedData, match="levels"):
        read_json("[" * 70 + "]" * 70, max_signs=100)
