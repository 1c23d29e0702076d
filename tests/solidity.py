"""Our Solidity sources, compiled by solc from npm; nothing compiled is needed to run dm3 itself.

``python -m tests.solidity`` writes the creation code of `WalletCheck.sol` anew into the package.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from tests.npm import NpmUnavailable, installed_modules, node

SOLC_VERSION: Final = "0.8.37"
ROOT: Final = Path(__file__).parents[1]
WALLET_CHECK: Final = ROOT / "src/dm3/protocol/wallets/WalletCheck.sol"
WALLET_CHECK_CODE: Final = ROOT / "src/dm3/protocol/wallets/wallet_check.py"
COMPILE_SECONDS: Final = 120
# Paris: chains that lack newer instructions run it as well. No metadata: the same source gives the same
# code, wherever it lies.
SETTINGS: Final = {
    "optimizer": {"enabled": True, "runs": 1},
    "evmVersion": "paris",
    "metadata": {"appendCBOR": False, "bytecodeHash": "none"},
    "outputSelection": {"*": {"*": ["evm.bytecode.object"]}},
}

HEAD: Final = '''\
"""The creation code of `WalletCheck.sol`: made by ``python -m tests.solidity``, compared by a test."""

from typing import Final

WALLET_CHECK: Final = bytes.fromhex(
'''


def compiled(*sources: Path) -> dict[str, bytes]:
    """The creation code of each contract by its name. Raises `NpmUnavailable`."""
    modules = installed_modules(f"solc-{SOLC_VERSION}", [f"solc@{SOLC_VERSION}"])
    question = {
        "language": "Solidity",
        "sources": {source.name: {"content": source.read_text(encoding="utf-8")} for source in sources},
        "settings": SETTINGS,
    }
    done = subprocess.run(
        [node(), str(modules / "solc" / "solc.js"), "--standard-json"],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        timeout=COMPILE_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise NpmUnavailable(f"solc failed: {done.stderr.strip()[-500:]}")
    answer: dict[str, Any] = json.loads(done.stdout[done.stdout.index("{") :])
    told = [message["formattedMessage"] for message in answer.get("errors", ())]
    assert not told, "\n".join(told)
    return {
        name: bytes.fromhex(contract["evm"]["bytecode"]["object"])
        for contracts in answer["contracts"].values()
        for name, contract in contracts.items()
    }


def module_of(code: bytes) -> str:
    """The Python module that holds ``code``."""
    digits = code.hex()
    lines = [f'    "{digits[start : start + 96]}"\n' for start in range(0, len(digits), 96)]
    return "".join([HEAD, *lines, ")\n"])


if __name__ == "__main__":
    WALLET_CHECK_CODE.write_text(module_of(compiled(WALLET_CHECK)["WalletCheck"]), encoding="utf-8")
    sys.stderr.write(f"{WALLET_CHECK_CODE.name}\n")
