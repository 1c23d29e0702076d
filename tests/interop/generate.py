"""Write the conformance vectors of `vectors/base/` from the answers of the reference libraries.

    python -m tests.interop.generate            write the files
    python -m tests.interop.generate --check    compare only; exit status 1 where they differ

The reference is given its clock and its randomness, so the same source gives the same bytes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import jsonschema

from tests.interop.cases.canonical_json import canonical_json
from tests.interop.cases.document import VectorFile
from tests.interop.cases.envelopes import envelopes
from tests.interop.cases.keys import hashes, keys
from tests.interop.cases.messages import messages
from tests.interop.cases.profiles import profiles
from tests.interop.cases.sealing import sealing
from tests.interop.cases.signatures import signatures
from tests.interop.reference_peer import ReferencePeer, ReferenceUnavailable

VECTORS: Final = Path(__file__).parents[2] / "vectors"
SCHEMA: Final = VECTORS / "schema" / "base.schema.json"
MAX_BYTES: Final = 700_000

BUILDERS: Final[tuple[Callable[[ReferencePeer], VectorFile], ...]] = (
    canonical_json,
    hashes,
    keys,
    signatures,
    sealing,
    profiles,
    messages,
    envelopes,
)


def generated() -> dict[Path, str]:
    """Every vector file with its text, checked against the schema."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    texts: dict[Path, str] = {}
    with ReferencePeer() as peer:
        for build in BUILDERS:
            file = build(peer)
            text = file.text()
            validator.validate(json.loads(text))
            names = [case["name"] for case in file.cases]
            assert len(names) == len(set(names)), f"{file.name}: a name twice"
            assert len(text) <= MAX_BYTES, f"{file.name}: {len(text)} bytes"
            texts[VECTORS / "base" / f"{file.name}.json"] = text
    return texts


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write vectors/base from the reference libraries.")
    parser.add_argument("--check", action="store_true", help="compare only, write nothing")
    options = parser.parse_args(arguments)
    try:
        texts = generated()
    except ReferenceUnavailable as error:
        print(f"reference libraries unavailable: {error}", file=sys.stderr)
        return 2
    changed = [
        path for path, text in texts.items() if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    for path in changed:
        print(f"{'differs' if options.check else 'written'}: {path.relative_to(VECTORS.parent)}")
        if not options.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(texts[path], encoding="utf-8")
    return 1 if options.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
