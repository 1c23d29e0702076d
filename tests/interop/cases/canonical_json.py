"""canonical_json.json: what is hashed and signed must be the same text everywhere."""

from __future__ import annotations

import json

from tests.interop.cases.document import Case, VectorFile
from tests.interop.reference_peer import ReferencePeer

# JSON texts of numbers. Integers that a double cannot hold exactly are left out: there JavaScript
# has lost digits before the serialiser sees them.
NUMBERS = """
    0 -0 -0.0 1 -1 1.0 10.50 100 0.1 -0.1 0.5 1.5 123.456 -123.456 0.30000000000000004
    1e0 1E2 1e+2 1e-2 1e20 1e21 1e22 -1e21 1.5e21 123e19 123e20 999999999999999900000
    100000000000000000000 1000000000000000000000 123456789012345680000
    0.1e-5 0.000001 0.0000015 1e-6 1e-7 0.0000001 -1e-7 1.25e-7 1e-10 1e-27
    9007199254740991 9007199254740992 -9007199254740992 9007199254740994 4503599627370495.5
    5e-324 -5e-324 2.2250738585072014e-308 2.225073858507201e-308 1.7976931348623157e308
    -1.7976931348623157e308 333333333.33333329 1E30 4.50 2e-3 1e100 1.1e-100 4294967296
    1704164645678 5e-1 1.0000000000000002 0.1234567890123456789 9.5e-7 9.999999999999999e22
""".split()  # noqa: SIM905 - a list of literals would hide the neighbours

STRINGS = {
    "empty": "",
    "ascii": "hello, world",
    "quote": '"',
    "backslash": "\\",
    "slash": "/",
    "escapes-with-short-form": "\b\t\n\f\r",
    "every-control-character": "".join(map(chr, range(0x20))),
    "delete-stays": "\x7f",
    "c1-controls-stay": "\x80\x85\x9f",
    "line-and-paragraph-separator-stay": "\u2028\u2029",
    "byte-order-mark-stays": "\ufeff",
    "noncharacters-stay": "\ufffe\uffff\ufdd0",
    "replacement-character": "\ufffd",
    "html-stays": "</script><!-- & -->",
    "latin": "Grüße, Zoë",
    "decomposed-is-not-composed": "u\u0308",
    "emoji": "😀",
    "emoji-with-joiners": "👩‍👩‍👧‍👦🏳️‍🌈",
    "highest-code-point": "\U0010ffff",
    "first-beyond-bmp": "\U00010000",
    "lone-high-surrogate": "\ud800",
    "lone-low-surrogate": "\udc00",
    "last-high-and-last-low-alone": "\udbff x \udfff",
    "reversed-pair": "\udc00\ud800",
    "two-high": "\ud800\ud800",
    "two-low": "\udfff\udfff",
    "high-before-pair": "\ud83d😀",
    "low-after-pair": "😀\ude00",
    "surrogate-between-text": "a\udbffb",
    "long-ascii": "x" * 120,
    "long-with-quote": "x" * 120 + '"',
    "long-with-emoji-and-lone-surrogate": "x" * 120 + "😀\ud800",
}

# JSON texts, so that repeated spaces, order and number spelling are part of the case.
STRUCTURES = {
    "null": "null",
    "true": "true",
    "false": "false",
    "empty-object": "{}",
    "empty-array": "[]",
    "white-space": ' { "b" : [ 1 , 2 ] ,\r\n\t"a" : { } } ',
    "arrays-of-arrays": "[[],[[]],[[1],[2,[3]]],{}]",
    "array-order-stays": '[3,1,2,"b","a",null]',
    "mixed": '{"z":null,"y":true,"x":[false,{"b":1,"a":{}}],"w":"","v":-0.0}',
    "nested-objects-sorted": '{"b":{"d":1,"c":{"f":1,"e":2}},"a":[{"y":1,"x":2}]}',
    "number-like-keys": '{"10":1,"9":2,"1":3,"01":4,"a":5}',
    "empty-key": '{"a":1,"":2," ":3}',
    "capitals-first": '{"b":1,"B":2,"a":3,"A":4,"_":5,"Z":6}',
    "accented-keys": '{"é":1,"e":2,"z":3,"ä":4,"e\\u0301":5}',
    "prefix-keys": '{"aa":1,"a":2,"aaa":3,"ab":4}',
    "keys-by-code-unit-not-code-point": '{"\\ufb33":1,"\\ud83d\\ude00":2}',
    "keys-by-code-unit-2": '{"\\uffff":1,"\\ud800\\udc00":2,"\\ue000":3,"\\u20ac":4,"\\r":5}',
    "keys-alike-up-to-surrogate": '{"a\\ufb33":1,"a\\ud83d\\ude00":2,"a":3}',
    "keys-with-lone-surrogates": '{"\\udc00":1,"\\ud800":2,"\\ud800\\udc00":3,"\\ue000":4}',
    "keys-with-escapes": '{"\\"":1,"\\\\":2,"\\n":3,"/":4,"\\u007f":5}',
    "key-like-a-member-of-objects": '{"toString":1,"__proto__":2,"constructor":3}',
    "deep-arrays-30": "[" * 30 + "]" * 30,
    "deep-objects-30": '{"a":' * 30 + "1" + "}" * 30,
}

# The three places a value without a JSON form can stand in; `$` is the value.
POSITIONS = {"top": "$", "member": {"a": 1, "x": "$", "z": 2}, "item": [1, "$", 2]}

VALUES = (
    ("NaN", ("top", "member", "item")),
    ("Infinity", ("top", "member", "item")),
    ("-Infinity", ("top", "member", "item")),
    ("-0", ("top", "item")),
    ("undefined", ("member", "item")),
    ("bigint:0", ("top",)),
    ("bigint:-1", ("member",)),
    ("bigint:9007199254740993", ("top", "member", "item")),
    ("bigint:1000000000000000000000", ("top", "member")),
    ("bigint:-123456789012345678901234567890", ("top", "item")),
)


def canonical_json(peer: ReferencePeer) -> VectorFile:
    texts: dict[str, str] = {f"number {text}": text for text in NUMBERS}
    texts |= {f"string {name}": json.dumps(text) for name, text in STRINGS.items()}
    texts |= {f"control character U+{code:04X}": json.dumps(chr(code)) for code in [*range(0x20), 0x7F]}
    texts |= {f"structure {name}": text for name, text in STRUCTURES.items()}
    texts["structure many-keys"] = json.dumps({f"k{n * 7919 % 1000}": n for n in range(250)})
    cases: list[Case] = [
        {"name": name, "input": text, "expected": peer.call("stringify", json=text)}
        for name, text in texts.items()
    ]
    values: list[Case] = [
        {
            "name": f"{js} as {position}",
            "js": js,
            "position": position,
            "expected": peer.call("stringifyValue", js=js, position=position),
        }
        for js, positions in VALUES
        for position in positions
    ]
    return VectorFile(
        name="canonical_json",
        section="2.1",
        description="Parse `input` as JSON; its canonical form is `expected`. `values` holds"
        " values that JSON text cannot spell: `js` names one, `positions` says where it stands.",
        packages=("shared",),
        cases=cases,
        extra={"positions": POSITIONS, "values": values},
    )
