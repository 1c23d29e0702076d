"""How cases of `vectors/services/` are written."""

from __future__ import annotations

from typing import Any

from tests.vectors_linking.document import Case, VectorFile

__all__ = ["Case", "VectorFile", "bad", "good"]


def good(name: str, *, expected: Any, **given: Any) -> Case:
    """A case that holds."""
    return {"name": name, "valid": True, **given, "expected": expected}


def bad(name: str, failure: str, **given: Any) -> Case:
    """A case with one fault."""
    return {"name": name, "valid": False, "failure": failure, **given}
