"""`dm3 lsp protect` and `dm3 lsp reopen`: two vaults of one user, one recovery code."""

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from dm3.client import connect
from dm3.client.state.own_records import StoredWallet
from dm3.client.state.records import WALLETS
from dm3.crypto import WalletKey
from dm3.hosting import Site
from tests.e2e.sdk_scene import APP, place_in
from tests.kit.inside import context_of

WALLET_KEY = os.urandom(32)


@dataclass
class Machine:
    """A folder with a vault that holds the user's wallet."""

    folder: Path
    site: Site

    async def set_up(self) -> "Machine":
        self.folder.mkdir()
        (self.folder / "pass").write_text("long enough")
        vault = self.folder / "vault.sqlite"
        async with await connect({}, vault=vault, passphrase="long enough") as client:
            await context_of(client).vault.put(
                WALLETS, "default", StoredWallet("default", WalletKey(WALLET_KEY))
            )
        return self

    async def dm3(self, *arguments: str) -> tuple[int, str, str]:
        environment = {
            **os.environ,
            "DM3_DATA_DIR": str(self.folder),
            "DM3_PASSPHRASE_FILE": str(self.folder / "pass"),
            "DM3_RESOLVER": f"{APP}={self.site.resolver.url}",
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "from dm3.cli import main; main()",
            *arguments,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        return process.returncode or 0, out.decode(), err.decode()


@pytest.fixture
async def machines(tmp_path):
    async with place_in(tmp_path / "sites") as place:
        site = place.sites[APP]
        yield [await Machine(tmp_path / name, site).set_up() for name in ("old", "new")]


async def test_a_recovery_code_opens_the_profile_on_another_machine(machines):
    old, new = machines
    status, out, _ = await old.dm3("lsp", "create", "--app", APP, "--public", "--json")
    assert status == 0, out
    name = json.loads(out)["name"]
    status, code, remarks = await old.dm3("lsp", "protect")
    assert status == 0
    assert len(code.strip().split("-")) == 8, "the code and nothing else, so that it can go into a file"
    assert "Write this recovery code down" in remarks

    status, out, remarks = await old.dm3("lsp", "protect")
    assert status == 4, "an earlier code is voided by nobody's slip"
    assert not out
    assert "There is a recovery code" in remarks
    assert "--yes" in remarks
    status, later, _ = await old.dm3("lsp", "protect", "--yes")
    assert status == 0
    assert later != code
    code = later

    written = new.folder / "code.txt"
    written.write_text("not a code")
    status, _, remarks = await new.dm3("lsp", "reopen", "--app", APP, "--code-file", str(written))
    assert status == 3
    assert "The recovery code is mistyped" in remarks
    assert "hint" in remarks
    written.write_text(code)
    status, out, _ = await new.dm3("lsp", "reopen", "--app", APP, "--code-file", str(written), "--json")
    assert status == 0
    assert json.loads(out)["name"] == name

    status, out, _ = await new.dm3("lsp", "protect", name, "--yes", "--json")
    later = json.loads(out)
    assert (status, later["profile"]) == (0, name)
    assert later["recoveryCode"] != code.strip()
    status, out, _ = await old.dm3("lsp", "protect", "--remove")
    assert status == 0
    assert "no longer in escrow" in out


async def test_what_is_missing_is_said(machines):
    old, _ = machines
    status, _, remarks = await old.dm3("lsp", "reopen", "--app", APP)
    assert status == 4
    assert "--code-file" in remarks
    status, _, remarks = await old.dm3("lsp", "reopen", "--app", APP, "--code-file", str(old.folder / "none"))
    assert status == 4
    (old.folder / "code.txt").write_text("0000-0000-0000-0000-0000-0000-000D-NS2H")
    arguments = ("lsp", "reopen", "--app", APP, "--code-file", str(old.folder / "code.txt"))
    status, _, remarks = await old.dm3(*arguments)
    assert status == 5
    assert "no public profile" in remarks
    await old.dm3("lsp", "create", "--app", APP)
    status, _, remarks = await old.dm3("lsp", "protect")
    assert status == 9
    assert "anonymous" in remarks
