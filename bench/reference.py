"""The published TypeScript libraries, measured in the same run where Node is present."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from msgspec import Struct

from tests.interop.reference_peer import ReferenceUnavailable, cache_folder, installed_modules

SCRIPT: Final = Path(__file__).parent / "reference_bench.mjs"
START_SECONDS: Final = 60.0


class ReferenceRates(Struct, frozen=True):
    """Calls per second of the reference's client core; ``open_both`` verifies the postmark, too."""

    create: float
    open: float
    open_both: float


def reference_rates(content: str, seconds: float) -> ReferenceRates:
    """Measure the reference with messages of ``content``, about ``seconds`` for each kind of work.

    Raises `ReferenceUnavailable`, which says why, where Node or the packages are missing.
    """
    node = shutil.which("node")
    if node is None:
        raise ReferenceUnavailable("node is not installed")
    done = subprocess.run(
        [node, str(SCRIPT)],
        input=json.dumps({"content": content, "seconds": seconds}),
        env={
            **os.environ,
            "DM3_REFERENCE_NODE_MODULES": str(installed_modules(cache_folder())),
            "LOG_LEVEL": "error",
        },
        capture_output=True,
        text=True,
        timeout=START_SECONDS + 6 * seconds,
        check=False,
    )
    if done.returncode != 0:
        raise ReferenceUnavailable(f"the reference failed: {done.stderr.strip()[-500:]}")
    return ReferenceRates(**json.loads(done.stdout))
