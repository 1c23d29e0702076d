"""Single npm packages for tests, unpacked as published: nothing that they depend on comes along.

For packages whose dependencies cannot be installed, and of which only the files are wanted.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import tarfile
import tempfile
from pathlib import Path
from typing import Final

from tests.npm import NpmUnavailable, cache_folder, run_npm

_NO_FILE_NAME: Final = re.compile(r"[^A-Za-z0-9.-]+")


def unpacked(package: str, cache: Path | None = None) -> Path:
    """The folder with the files of ``package`` (name@version), fetched first where it is missing.

    Raises `NpmUnavailable`.
    """
    cache = cache if cache is not None else cache_folder()
    home = cache / "packed" / _NO_FILE_NAME.sub("-", package).strip("-")
    if home.is_dir():
        return home
    npm = shutil.which("npm")
    if npm is None:
        raise NpmUnavailable(f"npm is not installed and {package} is not in the cache")
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home.parent, prefix="unpacking-") as folder:
            _fetch(npm, package, Path(folder))
            # Renaming makes the files visible at once and complete. Where another run was first,
            # its result stands.
            with contextlib.suppress(OSError):
                (Path(folder) / "package").rename(home)
    except (OSError, tarfile.TarError) as error:
        raise NpmUnavailable(f"cannot unpack {package} into {cache}: {error}") from error
    if not home.is_dir():
        raise NpmUnavailable(f"{package} did not arrive in {home}")
    return home


def _fetch(npm: str, package: str, folder: Path) -> None:
    run_npm(npm, folder, "pack", "--ignore-scripts", "--silent", package)
    [packed] = folder.glob("*.tgz")
    with tarfile.open(packed) as archive:
        archive.extractall(folder, filter="data")
