"""Whoever asks a service first waits for no tables: those for names beyond ASCII are there when it answers.

Each service starts in a process of its own, where nobody has asked for such a name before. Shown is what is
loaded and not how long it takes.
"""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

SCRIPT = """
import asyncio, sys, tempfile
from pathlib import Path
{imports}

def loaded():
    return "ens_normalize" in sys.modules

async def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        assert not loaded(), "the start would show nothing"
        async with {scene} as scene:
            assert loaded(), "the first request would wait for the tables"
            {asks}
        print("ready")

asyncio.run(main())
"""
SERVICES = {
    "delivery": (
        "from tests.e2e.delivery_scene import serving",
        'serving(f"sqlite:///{folder}/ds.sqlite")',
        'answer = await scene.client.http.get("/profile/b\\u00fccher.eth")',
    ),
    "resolver": (
        "from tests.e2e.resolver_scene import resolver_scene",
        "resolver_scene(folder)",
        'answer = await scene.send("GET", "/names/b\\u00fccher.eth")',
    ),
}


@pytest.mark.parametrize("service", SERVICES)
def test_name_tables_are_loaded_before_the_first_request(service):
    imports, scene, asks = SERVICES[service]
    text = SCRIPT.format(
        imports=imports, scene=scene, asks=f"{asks}; assert answer.status_code == 404, answer.text"
    )
    ended = subprocess.run(
        [sys.executable, "-c", text], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert ended.stdout.split()[-1:] == ["ready"], ended.stderr[-3_000:]
