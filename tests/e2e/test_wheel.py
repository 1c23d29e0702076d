"""What is built for an index of packages: it has the browser's part, and serves it where there is no Node."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Final

import pytest

from dm3.widget.pages import Assets
from tests.kit import eventually, open_client

ROOT: Final = Path(__file__).parents[2]
PORTS: Final = [
    flag for name in ("resolver", "delivery", "widget", "board") for flag in (f"--{name}-port", "0")
]


def run(*command: str, cwd: Path) -> None:
    ended = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=600, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel, and what the sdist that it is made of unpacks to."""
    folder = tmp_path_factory.mktemp("built")
    hatchling = (sys.executable, "-m", "hatchling", "build", "-d", str(folder))
    run(*hatchling, "-t", "sdist", cwd=ROOT)
    [sdist] = folder.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    unpacked = folder / sdist.name.removesuffix(".tar.gz")
    run(*hatchling, "-t", "wheel", cwd=unpacked)
    return unpacked.rename(folder / "unpacked").parent


def wheel_in(folder: Path) -> Path:
    [wheel] = folder.glob("*.whl")
    return wheel


def test_sdist_and_wheel_have_every_file_of_the_browser_s_part(built: Path):
    with zipfile.ZipFile(wheel_in(built)) as archive:
        inside = {name: archive.read(name) for name in archive.namelist() if "/static/" in name}
    for part in ("widget", "messenger"):
        files = list((ROOT / "src" / "dm3" / part / "static").iterdir())
        assert files
        for file in files:
            kept = f"dm3/{part}/static/{file.name}"
            assert (built / "unpacked" / "src" / kept).read_bytes() == file.read_bytes()
            assert inside[kept] == file.read_bytes()


async def test_what_pip_installs_serves_the_chat_where_there_is_no_node(built: Path, tmp_path: Path):
    installed = tmp_path / "installed"
    pip = (sys.executable, "-m", "pip", "-qq", "--disable-pip-version-check", "install", "--no-deps")
    run(*pip, "--no-index", "--no-compile", "--target", str(installed), str(wheel_in(built)), cwd=tmp_path)
    process = await asyncio.create_subprocess_exec(
        *(str(installed / "bin" / "dm3"), "up", "--json", "--data-dir", str(tmp_path / "data")),
        *("--widget-to", "desk.user.dm3.localhost", "--widget-origin", "http://localhost:8000", *PORTS),
        cwd=tmp_path,
        env={"PYTHONPATH": str(installed), "PATH": os.devnull, "HOME": str(tmp_path)},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        told = json.loads(await eventually(process.stdout.readline()))
        async with open_client() as http:
            assets = Assets()
            loader = await http.get(f"{told['widget']}/dm3.js")
            assert loader.content == assets.files[assets.manifest["loader"]]
            frame = await http.get(f"{told['widget']}/dm3.localhost/")
            assert assets.manifest["js"] in frame.text
            script = await http.get(f"{told['widget']}/assets/{assets.manifest['js']}")
            assert script.content == assets.files[assets.manifest["js"]]
    finally:
        process.send_signal(signal.SIGTERM)
        await eventually(process.communicate())
    assert process.returncode == 0
