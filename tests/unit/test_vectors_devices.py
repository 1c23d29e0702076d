"""The conformance vectors of what a person's devices tell each other, run against our code."""

from __future__ import annotations

import itertools
import json

import jsonschema
import pytest

from dm3.base import canonical_json, from_base64, read_json, to_base64
from dm3.base.errors import Dm3Error
from dm3.crypto import ProfileKeys, Seed
from dm3.protocol.devices import (
    Item,
    beats,
    open_handover,
    opened_keys,
    parse_join_code,
    print_join_code,
    read_item,
    read_sync,
    vouched_in,
)
from tests.vectors_devices.generate import SCHEMA, VECTORS, generated

FOLDER = VECTORS / "devices"
FILES = sorted(path.stem for path in FOLDER.iterdir())


def file_of(name):
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="ascii"))


def seen_sync(case):
    told = read_sync(case["text"], case["profile"])
    return {
        "device": told.device,
        "key": to_base64(told.key),
        "label": told.label,
        "seq": told.seq,
        "items": [read_json(item.text) for item in told.items],
    }


def seen_vouching(case):
    told = vouched_in(read_item(case["item"]), case["profile"], from_base64(case["by"]))
    return {"device": told.id, "key": to_base64(told.key), "label": told.label}


def seen_items(case):
    found = []
    for told in (case["told"], case["told"][::-1], case["told"] * 2):
        held: dict[str, Item] = {}
        for item in map(read_item, told):
            held[item.place] = item if beats(item, held.get(item.place)) else held[item.place]
        found.append([read_json(text) for text in sorted(item.text for item in held.values())])
    assert all(one == other for one, other in itertools.pairwise(found))
    return found[0]


def seen_code(case):
    code = parse_join_code(case["typed"])
    assert print_join_code(code) == case.get("printed")
    return {"name": code.name, "profile_hash": code.profile_hash, "secret": code.secret.reveal().hex()}


def seen_handover(case):
    told = open_handover(parse_join_code(case["code"]), case["text"])
    members = {
        name: getattr(told, name) for name in ("name", "app", "uri", "address", "owner", "nonce", "label")
    }
    return {
        **members,
        "aliases": list(told.aliases),
        "seed": to_base64(told.seed.reveal()),
        "profile": told.signed,
        "key": to_base64(told.key),
        "vouching": read_json(told.vouching.text),
    }


def seen_keys(case):
    device = ProfileKeys.from_seed(Seed(from_base64(case["device_seed"])))
    told = opened_keys(read_item(case["item"]), case["profile"], device)
    return {
        "name": told.name, "seed": to_base64(told.seed.reveal()), "nonce": told.nonce, "profile": told.signed
    }  # fmt: skip


SEEN = {
    "sync_texts": seen_sync,
    "vouchings": seen_vouching,
    "items": seen_items,
    "join_codes": seen_code,
    "handovers": seen_handover,
    "new_keys": seen_keys,
}
CASES = [(name, case) for name in FILES for case in file_of(name)["cases"]]


def test_the_files_are_what_the_generator_writes():
    assert sorted(path.stem for path in generated()) == FILES == sorted(SEEN)
    for path, text in generated().items():
        assert path.read_text(encoding="ascii") == text, f"{path.name}: run `make vectors`"


@pytest.mark.parametrize("name", FILES)
def test_the_schema_refuses_what_it_does_not_know(name):
    broken = file_of(name)
    broken["cases"][0]["surprise"] = 1
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, json.loads(SCHEMA.read_text()), cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    ("name", "case"), [pytest.param(*one, id=f"{one[0]}-{one[1]['name']}") for one in CASES]
)
def test_what_holds_is_taken_and_every_fault_is_refused(name, case):
    if case["valid"]:
        seen = SEEN[name](case)
        assert canonical_json(seen) == canonical_json(case["expected"])
    else:
        with pytest.raises(Dm3Error) as refused:
            SEEN[name](case)
        assert refused.value.code == case["failure"]
