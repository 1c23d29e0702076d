"""Change the rules of linking and the signature verifiers one by one: which changes do the tests notice?

    python -m tests.mutants                 run in a folder that is thrown away; exit status 1 below 90 %
    python -m tests.mutants --keep FOLDER   keep the folder; a second run goes on where the first ended
    python -m tests.mutants --sample 25     so many changes of each other package (`mutant_samples.py`)

Run it by `make mutants`, which installs mutmut. What is mutated, and by which tests it is judged, stands in
`pyproject.toml` (tool.mutmut); `docs/mutation.md` explains what survives.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.mutant_samples import PACKAGES, try_samples

ROOT: Final = Path(__file__).parents[1]
NEEDED: Final = ("src", "tests", "vectors", "docs", "examples", "README.md", "pyproject.toml")
CHOSEN: Final = (
    "dm3.protocol.linking.*",
    "dm3.protocol.wallets.contract_wallets.*",
    "dm3.crypto.ethereum.*",
    "dm3.crypto.signing.*",
    # Of this room the verifier only; the rest is about names and caches.
    "dm3.net.chain.wallets.*KeyWalletVerifier*",
)
LEAST: Final = 90.0

SURVIVED, NO_TESTS, SKIPPED = 0, 33, 34
"""mutmut's figures for what came of a mutant; None where it was not run, others for ways to be killed."""


@dataclass(frozen=True)
class Room:
    """A source file, how many mutants of it were run, and which of them survived."""

    path: str
    mutants: int
    survivors: tuple[str, ...]

    @property
    def killed(self) -> int:
        """How many mutants the tests noticed."""
        return self.mutants - len(self.survivors)


def copied(folder: Path) -> None:
    """Copy what a run needs; mutmut writes its mutants beside it."""
    for name in NEEDED:
        source, target = ROOT / name, folder / name
        if source.is_dir():
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
        else:
            shutil.copy2(source, target)


def run(folder: Path, workers: int) -> None:
    """Run mutmut. Hypothesis tries the same examples each time, so the score can be repeated."""
    mutmut = Path(sys.executable).with_name("mutmut")
    subprocess.run(
        [str(mutmut), "run", "--max-children", str(workers), *CHOSEN],
        cwd=folder,
        check=True,
    )


def rooms(folder: Path) -> Iterator[Room]:
    """What came of it, file by file."""
    sources = folder / "mutants" / "src"
    for meta in sorted(sources.rglob("*.py.meta")):
        found: dict[str, int | None] = json.loads(meta.read_text("utf-8"))["exit_code_by_key"]
        judged = {name: code for name, code in found.items() if code not in (None, SKIPPED)}
        survivors = [name for name, code in judged.items() if code in (SURVIVED, NO_TESTS)]
        if judged:
            path = meta.with_suffix("").relative_to(sources).as_posix()
            yield Room(path, len(judged), tuple(survivors))


def changes(folder: Path, room: Room) -> Iterator[str]:
    """Each survivor of a room as the lines that it changes."""
    text = (folder / "mutants" / "src" / room.path).read_text("utf-8")
    lines = text.splitlines()
    bodies = {
        node.name: lines[node.lineno : node.end_lineno]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    for survivor in room.survivors:
        name = survivor.rpartition(".")[2]
        original = bodies[f"{name.rpartition('__mutmut_')[0]}__mutmut_orig"]
        yield name
        for line in difflib.unified_diff(original, bodies[name], n=0, lineterm=""):
            if not line.startswith(("---", "+++", "@@")):
                yield f"    {line[0]} {line[1:].strip()}"


def score(mutants: int, killed: int) -> float:
    """Killed mutants in per cent."""
    return 100 * killed / mutants if mutants else 0.0


def report(folder: Path) -> float:
    """Print the survivors and the table of `docs/mutation.md`; returns the score in per cent."""
    found = list(rooms(folder))
    for room in found:
        for line in changes(folder, room):
            print(line)
    print("\n| file | mutants | killed | survived | score |\n| --- | ---: | ---: | ---: | ---: |")
    total = Room("all", sum(room.mutants for room in found), sum((room.survivors for room in found), ()))
    for room in (*found, total):
        figures = (room.mutants, room.killed, len(room.survivors))
        print(f"| {room.path} | {' | '.join(map(str, figures))} | {score(*figures[:2]):.1f} % |")
    return score(total.mutants, total.killed)


def main() -> int:
    """Returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="where to run, and to keep what comes of it"
    )
    parser.add_argument("--workers", type=int, default=2, help="how many mutants to run at a time")
    parser.add_argument("--sample", type=int, metavar="COUNT", help="draw so many of each package by lot")
    parser.add_argument("--seed", type=int, default=1, help="another seed draws another sample")
    parser.add_argument("--package", choices=PACKAGES, help="of this package alone")
    options = parser.parse_args()
    kept: Path | None = options.keep
    with nullcontext(str(kept)) if kept else tempfile.TemporaryDirectory(prefix="dm3-mutants-") as name:
        folder = Path(name).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        copied(folder)
        if options.sample:
            packages = (options.package,) if options.package else PACKAGES
            reached = try_samples(folder, options.sample, options.seed, packages)
        else:
            run(folder, options.workers)
            reached = report(folder)
    if reached < LEAST:
        print(f"\nThe score is {reached:.1f} %; at least {LEAST:.0f} % are wanted.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
