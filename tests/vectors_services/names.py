"""names.json: what is a name, in its normal form, and what is none."""

from __future__ import annotations

from typing import Final

from tests.vectors_services.document import Case, VectorFile, bad, good

NAMES: Final = {
    "plain": ("alice.eth", "alice.eth"),
    "in-capitals": ("ALICE.eTh", "alice.eth"),
    "one-label": ("eth", "eth"),
    "full-width": ("\uff26\uff35\uff2c\uff2c.eth", "full.eth"),
    "composed": ("caf\u0065\u0301.eth", "caf\u00e9.eth"),
    "underscore-at-the-front": ("_sub.eth", "_sub.eth"),
    "longest-label": ("a" * 63 + ".eth", "a" * 63 + ".eth"),
    "longest-name": (".".join(["abcd"] * 51), ".".join(["abcd"] * 51)),
}
NONE: Final = {
    "empty": "",
    "only-a-dot": ".",
    "empty-label": "a..eth",
    "empty-first-label": ".eth",
    "empty-last-label": "alice.eth.",
    "a-blank": "a b.eth",
    "a-line-feed-at-the-end": "alice.eth\n",
    "a-line-feed-at-the-front": "\nalice.eth",
    "a-line-feed-within": "alice\n.eth",
    "carriage-return-and-line-feed": "alice.eth\r\n",
    "a-line-feed-after-other-letters-than-ascii": "\u00e4.eth\n",
    "a-tab": "alice.eth\t",
    "nul": "a\x00.eth",
    "escape": "a\x1b[31m.eth",
    "delete": "a\x7f.eth",
    "next-line": "alice.eth\x85",
    "line-separator": "alice\u2028.eth",
    "right-to-left-override": "a\u202eb.eth",
    "joiner-without-emoji": "a\u200db.eth",
    "two-scripts": "\u0430bc.eth",
    "underscore-inside": "a_b.eth",
    "hyphens-in-third-and-fourth-place": "xx--a.eth",
    "label-too-long": "a" * 64 + ".eth",
    "name-too-long": ".".join(["abcd"] * 52),
}


def names() -> VectorFile:
    """The file."""
    return VectorFile(
        "names",
        "2.1",
        "Whether `typed` is a name; if so, `expected` is its normal form.",
        [*map(_name, NAMES), *map(_no_name, NONE)],
    )


def _name(name: str) -> Case:
    typed, normal = NAMES[name]
    return good(name, typed=typed, expected=normal)


def _no_name(name: str) -> Case:
    return bad(name, "invalid-name", typed=NONE[name])
