"""Write the conformance vectors of `vectors/services/`.

    python -m tests.vectors_services.generate            write the files
    python -m tests.vectors_services.generate --check    compare only; exit status 1 where they differ

What is expected is written down here and not computed by the code under test.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Final

import jsonschema

from tests.vectors_services.alias_texts import alias_texts
from tests.vectors_services.answers import auth_challenges, profile_extensions, properties
from tests.vectors_services.board import board
from tests.vectors_services.envelope_hashes import envelope_hashes
from tests.vectors_services.escrow_copies import escrow_copies
from tests.vectors_services.names import names
from tests.vectors_services.rpc_calls import rpc_calls

VECTORS: Final = Path(__file__).parents[2] / "vectors"
SCHEMA: Final = VECTORS / "schema" / "services.schema.json"
BUILDERS: Final = (
    alias_texts,
    auth_challenges,
    properties,
    profile_extensions,
    envelope_hashes,
    board,
    escrow_copies,
    names,
    rpc_calls,
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
        called = [case["name"] for case in file.cases]
        assert len(called) == len(set(called)), f"{file.name}: a name twice"
        texts[VECTORS / "services" / f"{file.name}.json"] = text
    return texts


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write vectors/services.")
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
