"""The browser's part, run in Node: its pure half over the vectors that Python passes, too."""

from __future__ import annotations

import subprocess
from pathlib import Path

WEB = Path(__file__).parents[2] / "web"


def test_the_typescript_half_passes_the_vectors():
    ended = subprocess.run(
        [WEB / "with-node", "node", "test.mjs"], capture_output=True, text=True, timeout=600, check=False
    )
    assert ended.returncode == 0, ended.stdout[-8_000:] + ended.stderr[-2_000:]
    assert "# pass 0" not in ended.stdout
