"""npm packages for tests: by exact version, once, in a cache folder outside of the repository."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import platformdirs
import pytest

INSTALL_SECONDS: Final = 300.0


class NpmUnavailable(Exception):
    """The packages cannot be had on this machine; the text says why."""


def skip_or_fail(what: str, error: Exception) -> None:
    """Skip what cannot run here; in CI, where Node is present, fail."""
    # A silent skip there would hide that it is no longer tested at all.
    if os.environ.get("CI") and shutil.which("node"):
        pytest.fail(f"{what} unavailable: {error}")
    pytest.skip(f"{what} unavailable: {error}")


def cache_folder() -> Path:
    """Where the packages are kept: DM3_INTEROP_CACHE, else the user's cache folder."""
    given = os.environ.get("DM3_INTEROP_CACHE")
    return Path(given) if given else Path(platformdirs.user_cache_dir("dm3-interop"))


def node() -> str:
    """The path of Node. Raises `NpmUnavailable`."""
    found = shutil.which("node")
    if found is None:
        raise NpmUnavailable("node is not installed")
    return found


def installed_modules(label: str, packages: Sequence[str], cache: Path | None = None) -> Path:
    """The node_modules folder with ``packages`` (name@version), installed first where it is missing.

    ``label`` names the folder in the cache and must change with the packages. Raises `NpmUnavailable`.
    """
    cache = cache if cache is not None else cache_folder()
    home = cache / label
    modules = home / "node_modules"
    if modules.is_dir():
        return modules
    npm = shutil.which("npm")
    if npm is None:
        raise NpmUnavailable("npm is not installed and the packages are not in the cache")
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix="installing-") as folder:
            staged = Path(folder) / "packages"
            staged.mkdir()
            _install(npm, staged, packages)
            # Renaming makes the installation visible at once and complete. Where another run was
            # first, its result stands.
            with contextlib.suppress(OSError):
                staged.rename(home)
    except OSError as error:
        raise NpmUnavailable(f"cannot use the cache folder {cache}: {error}") from error
    if not modules.is_dir():
        raise NpmUnavailable(f"the packages did not arrive in {home}")
    return modules


def _install(npm: str, folder: Path, packages: Sequence[str]) -> None:
    # Without a package.json of its own, npm would install into the nearest folder above that has
    # one.
    (folder / "package.json").write_text('{"private": true}\n', encoding="utf-8")
    run_npm(
        npm,
        folder,
        "install",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--no-save",
        "--no-package-lock",
        "--omit-lockfile-registry-resolved",
        *packages,
    )


def run_npm(npm: str, folder: Path, *arguments: str) -> None:
    """Run npm in ``folder``. Raises `NpmUnavailable` with what it says."""
    what = f"npm {arguments[0]}"
    try:
        done = subprocess.run(
            [npm, *arguments],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NpmUnavailable(f"{what} took longer than {INSTALL_SECONDS:g} s") from None
    if done.returncode != 0:
        raise NpmUnavailable(f"{what} failed: {done.stderr.strip()[-500:]}")
