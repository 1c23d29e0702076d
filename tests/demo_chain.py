"""``python -m tests.demo_chain``: the demo on a development chain of its own; arguments go to `dm3 demo`."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from dm3.base.encoding import to_hex
from tests.e2e.ens_scene import EnsScene, ens_scene, signer_key
from tests.npm import NpmUnavailable

PROGRAM: Final = (sys.executable, "-c", "from dm3.cli import main; main()")
NOT_AVAILABLE: Final = 69
INTERRUPTED: Final = 130


def describe(scene: EnsScene, folder: Path) -> Path:
    """Write the chain's description and the signers' keys into ``folder``; returns the description."""
    domains = {}
    for domain in scene.domains.values():
        key = folder / f"{domain.name}.key"
        key.touch(mode=0o600)
        key.write_text(to_hex(signer_key(domain.name).reveal()) + "\n", encoding="ascii")
        domains[domain.name] = {
            "resolver": domain.contract,
            "gatewayPort": domain.port,
            "signerFile": key.name,
        }
    described = folder / "chain.json"
    whole = {"rpcUrl": scene.chain.url, "registry": scene.registry, "domains": domains}
    described.write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")
    return described


def main(arguments: list[str]) -> int:
    """Play the demo; returns its exit code."""
    try:
        with ens_scene() as scene, tempfile.TemporaryDirectory(prefix="dm3-demo-chain-") as folder:
            chain = describe(scene, Path(folder))
            return subprocess.run(
                [*PROGRAM, "demo", "--chain", str(chain), *arguments], check=False
            ).returncode
    except NpmUnavailable as error:
        sys.stderr.write(f"no development chain: {error}\n")
        return NOT_AVAILABLE
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
