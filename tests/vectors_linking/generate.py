"""Write the conformance vectors of `vectors/linking/`.

    python -m tests.vectors_linking.generate            write the files
    python -m tests.vectors_linking.generate --check    compare only; exit status 1 where they differ

Keys, nonces and times are given, so the same source gives the same bytes. What is expected is written
down here and not computed by the code under test; `tests/unit/linking/test_vectors.py` compares.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import jsonschema

from tests.vectors_linking.acceptances import acceptances, recovered_keys
from tests.vectors_linking.decisions import decisions
from tests.vectors_linking.document import VectorFile
from tests.vectors_linking.endings import endings, revocations
from tests.vectors_linking.envelopes import envelopes
from tests.vectors_linking.owner_aliases import owner_aliases
from tests.vectors_linking.pairings import paired_requests, pairing
from tests.vectors_linking.records import records
from tests.vectors_linking.requester_table import FILE as TABLE
from tests.vectors_linking.requester_table import requester_table
from tests.vectors_linking.requests import requests
from tests.vectors_linking.texts import link_messages
from tests.vectors_linking.told_refusals import told_refusals

VECTORS: Final = Path(__file__).parents[2] / "vectors"
SCHEMA: Final = VECTORS / "schema" / "linking.schema.json"
MAX_BYTES: Final = 700_000

BUILDERS: Final[tuple[Callable[[], VectorFile], ...]] = (
    link_messages,
    requests,
    decisions,
    acceptances,
    recovered_keys,
    endings,
    revocations,
    told_refusals,
    owner_aliases,
    records,
    envelopes,
    pairing,
    paired_requests,
)


def generated() -> dict[Path, str]:
    """Every vector file with its text, checked against the schema."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    texts: dict[Path, str] = {}
    for build in BUILDERS:
        file = build()
        text = file.text()
        validator.validate(json.loads(text))
        names = [case["name"] for case in file.cases]
        assert len(names) == len(set(names)), f"{file.name}: a name twice"
        assert len(text) <= MAX_BYTES, f"{file.name}: {len(text)} bytes"
        texts[VECTORS / "linking" / f"{file.name}.json"] = text
    return {**texts, TABLE: requester_table()}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write vectors/linking.")
    parser.add_argument("--check", action="store_true", help="compare only, write nothing")
    options = parser.parse_args(arguments)
    texts = generated()
    changed = [
        path for path, text in texts.items() if not path.is_file() or path.read_text(encoding="ascii") != text
    ]
    for path in changed:
        print(f"{'differs' if options.check else 'written'}: {path.relative_to(VECTORS.parent)}")
        if not options.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(texts[path], encoding="ascii")
    return 1 if options.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
