"""The contracts of ENS as its packages publish them: creation code by name, fetched when a test wants it."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Final

from tests.npm_pack import unpacked

_CCIP: Final = "ccip-resolver@0.2.8"
_OFFCHAIN: Final = "@ensdomains/offchain-resolver-contracts@0.2.1"
_RESOLVER: Final = "@ensdomains/resolver@0.3.1"

# The package, and where in it the contract lies.
CONTRACTS: Final = {
    "ENSRegistry": (
        _CCIP,
        "artifacts/@ensdomains/ens-contracts/contracts/registry/ENSRegistry.sol/ENSRegistry.json",
    ),
    "ERC3668Resolver": (_CCIP, "artifacts/contracts/ERC3668Resolver.sol/ERC3668Resolver.json"),
    "SignatureCcipVerifier": (
        _CCIP,
        "artifacts/contracts/verifier/signature/SignatureCcipVerifier.sol/SignatureCcipVerifier.json",
    ),
    "OffchainResolver": (_OFFCHAIN, "artifacts/contracts/OffchainResolver.sol/OffchainResolver.json"),
    "PublicResolver": (_RESOLVER, "build/contracts/PublicResolver.json"),
    "ReverseRegistrar": (_RESOLVER, "build/contracts/ReverseRegistrar.json"),
}


@cache
def creation_code(contract: str) -> bytes:
    """The creation code of ``contract``, one of `CONTRACTS`. Raises `NpmUnavailable`."""
    package, path = CONTRACTS[contract]
    artifact: dict[str, Any] = json.loads((unpacked(package) / path).read_bytes())
    return bytes.fromhex(artifact["bytecode"].removeprefix("0x"))
