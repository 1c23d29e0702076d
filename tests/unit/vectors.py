"""The conformance vectors as test parameters, and how our errors answer their failure classes."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from dm3.base import canonical_json, from_base64
from dm3.base.errors import BadSignature, CannotOpen, Dm3Error, MalformedData
from dm3.crypto import EncryptionPrivateKey, ProfileKeys, Seed, SigningPrivateKey

Case = dict[str, Any]

BASE: Final = Path(__file__).parents[2] / "vectors" / "base"

# What is raised for a failure class where the test does not say otherwise. Nobody can tell a wrong key
# from a changed ciphertext, hence the same answer to both.
REFUSED_AS: Final[dict[str, type[Dm3Error]]] = {
    "bad-signature": BadSignature,
    "wrong-key": BadSignature,
    "wrong-sender": BadSignature,
    "wrong-nonce": CannotOpen,
    "weak-key": CannotOpen,
    "tampered-ciphertext": CannotOpen,
    "bad-padding": CannotOpen,
    "hash-mismatch": BadSignature,
    "malformed": MalformedData,
}


@cache
def vector_file(name: str) -> Case:
    """One file of ``vectors/base``, without ``.json``."""
    content: Case = json.loads((BASE / f"{name}.json").read_text(encoding="ascii"))
    return content


def vectors(file: str, *, member: str = "cases", **wanted: object) -> list[Any]:
    """The cases of ``file`` whose members equal ``wanted``, one test parameter each.

    At least one must be found: a filter that fits nothing would test nothing.
    """
    found = [
        case
        for case in vector_file(file)[member]
        if all(case.get(key) == value for key, value in wanted.items())
    ]
    assert found, f"no case of {file} fits {wanted}"
    return [pytest.param(case, id=case.get("name", str(index))) for index, case in enumerate(found)]


def text_of(case: Case) -> str:
    """The plain text of a case, written out or as a recipe."""
    if "text" in case:
        return str(case["text"])
    recipe = case["text_recipe"]
    return str(recipe["repeat"] * recipe["times"])


def refusal(case: Case, **exceptions: type[Dm3Error]) -> type[Dm3Error]:
    """The error for a negative case; ``exceptions`` maps failure classes (with _) to other errors."""
    failure = str(case["failure"])
    return exceptions.get(failure.replace("-", "_"), REFUSED_AS[failure])


def encryption_keys(pair: dict[str, str]) -> ProfileKeys:
    """Keys that can open what is sealed for ``pair``, and nothing else."""
    return ProfileKeys(
        Seed(bytes(32)),
        b"",
        SigningPrivateKey(bytes(64)),
        from_base64(pair["publicKey"]),
        EncryptionPrivateKey(from_base64(pair["privateKey"])),
    )


def as_text(value: Any) -> str:
    """A value of a vector as JSON text, as it would have arrived."""
    return canonical_json(value)
