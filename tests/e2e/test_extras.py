"""The package without its extras: a client works, and what is missing is said with what to install."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from dm3.lazy import EXTRAS

WITHOUT = """
import sys
from importlib.abc import MetaPathFinder

class Missing(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {missing!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Missing())
"""


def run(code: str, *extras: str, arguments: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Run ``code`` in an interpreter that does not have what ``extras`` bring."""
    missing = set[str]().union(*(EXTRAS[extra] for extra in extras))
    script = WITHOUT.format(missing=missing) + code
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def dm3(*arguments: str, without: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    code = "sys.argv[0] = 'dm3'\nfrom dm3.cli import main\nmain()"
    return run(code, *without, arguments=arguments)


BOTH = tuple(EXTRAS)
A_CLIENT = """
import asyncio, os, dm3

async def play(vault):
    async with await dm3.connect({}, vault=vault, passphrase="p") as client:
        await dm3.development_wallet(client, "mine")
    async with await dm3.connect({}, vault=vault, passphrase="p") as client:
        print(len(await client.profiles()))

asyncio.run(play(sys.argv[1]))
"""


def test_a_client_needs_no_extra(tmp_path):
    done = run(A_CLIENT, *BOTH, arguments=(str(tmp_path / "vault.sqlite"),))
    assert (done.returncode, done.stdout) == (0, "0\n"), done.stderr


def test_a_vault_of_the_current_revision_opens_without_alembic(tmp_path):
    vault = str(tmp_path / "vault.sqlite")
    assert run(A_CLIENT, arguments=(vault,)).returncode == 0
    again = run(f"{A_CLIENT}\nassert 'alembic' not in sys.modules", arguments=(vault,))
    assert (again.returncode, again.stdout) == (0, "0\n"), again.stderr


@pytest.mark.parametrize(
    "words", [("--help",), ("inbox", "--help"), ("link", "--help"), ("profile", "--help"), ("send", "--help")]
)
def test_the_command_line_of_a_client_needs_no_extra(words):
    done = dm3(*words, without=BOTH)
    assert done.returncode == 0, done.stderr
    assert "Usage: dm3" in done.stdout


@pytest.mark.parametrize("words", [("up",), ("demo",), ("delivery-service",), ("resolver", "setup", "a.eth")])
def test_services_say_which_extra_they_need(words):
    done = dm3(*words, "--json", without=("services",))
    told = json.loads(done.stdout)["error"]
    assert done.returncode == 4, done
    assert "the extra 'services'" in told["sentence"]
    assert told["hint"] == "Install it: pip install 'dm3-linked-profiles[services]'"
    assert "Traceback" not in done.stderr


def test_a_chain_says_which_extra_it_needs():
    code = "import asyncio, dm3\nasyncio.run(dm3.connect({}, rpc_url='http://127.0.0.1:1'))"
    done = run(code, "chain")
    assert "ConfigurationError" in done.stderr
    assert "the extra 'chain'" in done.stderr


def test_the_sdk_says_which_extra_it_needs():
    done = run("from dm3.delivery import DeliveryService", "services")
    assert done.stderr.splitlines()[-1].startswith("dm3.lazy.MissingExtra: this needs the extra 'services'")
