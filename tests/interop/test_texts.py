"""Canonical JSON and hashes: the reference and we print the same, in bulk (specification 2.1)."""

import json
import math
import random
import struct

from dm3.base import canonical_json, normalize, read_json, sha256_hex
from dm3.base.canonical import number_text

SEED = 20_240_102


def doubles(count: int) -> list[float]:
    """Finite doubles of every size: random bits, decimal-looking ones, and the edges of the format."""
    source = random.Random(SEED)
    found = [0.0, -0.0, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 2.0**53, 2.0**53 + 2]
    found += [sign * 10.0**power for power in range(-30, 31) for sign in (1, -1)]
    found += [math.nextafter(10.0**power, math.inf) for power in range(-10, 25)]
    found += [math.nextafter(10.0**power, 0) for power in range(-10, 25)]
    found += [round(source.uniform(-1e6, 1e6), places) for places in range(8) for _ in range(200)]
    while len(found) < count:
        (value,) = struct.unpack("<d", source.randbytes(8))
        if math.isfinite(value):
            found.append(value)
    return found


def any_string(source: random.Random) -> str:
    """Text of every plane, of controls, quotes and lone surrogates, as JavaScript strings may be."""
    ranges = [
        (0, 0x7F),
        (0x80, 0x7FF),
        (0x2020, 0x2030),
        (0xD800, 0xDFFF),
        (0xE000, 0xFFFF),
        (0x10000, 0x10FFFF),
    ]
    text = "".join(chr(source.randint(*source.choice(ranges))) for _ in range(source.randint(0, 12)))
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def any_value(source: random.Random, depth: int = 0) -> object:
    kind = source.randint(0, 9 if depth < 4 else 6)
    if kind == 0:
        return None
    if kind == 1:
        return source.random() < 0.5
    if kind == 2:
        return source.randint(-(2**53), 2**53)
    if kind == 3:
        return source.uniform(-1, 1) * 10.0 ** source.randint(-30, 30)
    if kind <= 6:
        return any_string(source)
    if kind == 7:
        return [any_value(source, depth + 1) for _ in range(source.randint(0, 5))]
    return {any_string(source): any_value(source, depth + 1) for _ in range(source.randint(0, 6))}


def test_20000_numbers_are_printed_alike(reference):
    numbers = doubles(20_000)
    printed = reference.call("stringify", json=json.dumps(numbers))
    theirs = printed[1:-1].split(",")
    assert len(theirs) == len(numbers)
    assert [
        (repr(number), number_text(number), text)
        for number, text in zip(numbers, theirs, strict=True)
        if number_text(number) != text
    ] == []


def test_whole_numbers_beyond_what_a_double_holds_are_read_alike(reference):
    source = random.Random(SEED)
    digits = [str(2**53 + step) for step in range(-20, 20)]
    digits += ["-" + text for text in digits]
    digits += [str(source.getrandbits(source.randint(50, 1100))) for _ in range(2_000)]
    text = "[" + ",".join(digits) + "]"
    assert canonical_json(read_json(text)) == reference.call("stringify", json=text)


def test_values_of_any_kind_are_printed_alike(reference):
    source = random.Random(SEED)
    values = [any_value(source) for _ in range(3_000)]
    text = json.dumps(values)
    ours = [canonical_json(value) for value in read_json(text)]
    assert reference.call("stringify", json=text) == "[" + ",".join(ours) + "]"


def test_text_as_it_stands_is_read_alike(reference):
    # Escapes or plain letters, duplicate members, white space: what counts is the value.
    for text in (
        '{"b":1,"a":2,"b":3}',
        ' { "a" : [ 1.0 , 1e2 , -0 , 1E-7 ] } ',
        '{"\\u0061":"\\ud83d\\ude00","é":"\\/\\b"}',
        '{"__proto__":{"x":1},"constructor":2}',
        "[1e400,-1e400,123456789012345678901234567890]",
        '{"10":1,"9":2,"1":3,"a":4}',
    ):
        assert canonical_json(read_json(text)) == reference.call("stringify", json=text), text


def test_texts_are_hashed_alike(reference):
    source = random.Random(SEED)
    texts = ["", "é", "😀" * 1000, *(json.dumps(any_value(source)) for _ in range(50))]
    for text in texts:
        assert sha256_hex(text) == reference.call("sha256", text=text)


def test_plain_names_have_one_normal_form(reference):
    for name in ("alice.eth", "ALICE.eth", "0xAbC.addr.My-App.eth", "über.eth", "_x.eth"):
        assert normalize(name) == reference.call("normalize", name=name)


def test_the_reference_s_normal_form_is_of_an_older_standard(reference):
    # ENSIP-15 is what names are registered by; the reference still takes IDNA 2003's way (specification 2.6).
    assert normalize("straße.eth") == "straße.eth"
    assert reference.call("normalize", name="straße.eth") == "strasse.eth"
