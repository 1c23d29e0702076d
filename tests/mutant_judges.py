"""Which tests reach which lines, and whether one of them notices a change there.

Each run of pytest is a fork of this process, which has imported everything but `dm3` and the tests, so that
it begins at once. A test file is first run with coverage; what comes of it is kept beside the copy of the
tree until the file or the sources change. A change is judged by the tests that
reach its lines, quick ones first.
"""

from __future__ import annotations

import ast
import difflib
import hashlib
import importlib
import itertools
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import coverage
import pytest

LONGEST: Final = 900
"""Seconds for one run; what takes longer hangs, and was noticed."""
ENOUGH: Final = 120.0
"""Seconds that the tests of one change may take together, by what they took under coverage."""
QUIETLY: Final = (
    "-q",
    "-x",
    "-n0",
    "--timeout=240",
    "-p",
    "no:cacheprovider",
    "-W",
    "ignore::pytest.PytestAssertRewriteWarning",
)
_GONE: Final = -1
_BROKEN: Final = 70

_MOMENT: Final = itertools.count(1_000_000_000)
"""Times for changed files, so that no byte code of another change is taken for theirs."""


@dataclass(frozen=True)
class Test:
    """A test, and the seconds that it takes with its scene."""

    file: str
    name: str
    takes: float


class Reach:
    """A plugin of pytest that notes which test runs which lines, and how long each takes."""

    def __init__(self, measured: coverage.Coverage) -> None:
        self._measured = measured
        self.takes: dict[str, float] = defaultdict(float)
        self.failed: set[str] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """All that runs from here on is this test's."""
        self._measured.switch_context(item.nodeid)
        return (yield)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add its time; one that fails by itself judges nothing."""
        self.takes[report.nodeid] += report.duration
        if not report.passed:
            self.failed.add(report.nodeid)


class Chosen:
    """A plugin of pytest that runs the chosen tests alone, in their order."""

    def __init__(self, names: list[str]) -> None:
        self._places = {name: place for place, name in enumerate(names)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave the others out."""
        items[:] = sorted(
            (item for item in items if item.nodeid in self._places),
            key=lambda item: self._places[item.nodeid],
        )


class Judges:
    """The tests of a copy of the tree."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sources = folder / "src" / "dm3"
        self._known = folder / "reach"
        self._known.mkdir(exist_ok=True)
        digest = hashlib.sha256()
        for file in sorted(self._sources.rglob("*.py")):
            digest.update(file.read_bytes())
        self._digest = digest.hexdigest()
        self._read: dict[str, dict[str, Any]] = {}
        _import_all_but_ours(folder)

    def reached_by(self, path: str, lines: Iterable[int], files: Iterable[str]) -> list[Test]:
        """Tests of ``files`` that run one of a source's lines, quick ones first."""
        found: dict[str, Test] = {}
        for file in files:
            reach = self._reach(file)
            by_line = reach["lines"].get(path, {})
            for name in {reach["names"][at] for line in lines for at in by_line.get(str(line), ())}:
                found[name] = Test(file, name, reach["takes"][name])
        return sorted(found.values(), key=lambda test: test.takes)

    def notice(self, path: str, before: str, after: str, files: Iterable[str]) -> bool:
        """Whether one of the tests fails when a source reads ``after``.

        Units judge together and first, then the other files one by one, so that what takes long is neither
        measured nor run for a change that units notice.
        """
        lines, spent = changed_lines(before, after), 0.0
        for group in _groups(files):
            chosen: list[Test] = []
            for test in self.reached_by(path, lines, group):
                if spent and spent + test.takes > ENOUGH:
                    break
                spent += test.takes
                chosen.append(test)
            if chosen and self._fails(path, before, after, chosen):
                return True
        return False

    def _fails(self, path: str, before: str, after: str, chosen: list[Test]) -> bool:
        by_file = {test.file: None for test in chosen}
        order = sorted(chosen, key=lambda test: list(by_file).index(test.file))
        with self._changed(path, before, after):
            code = self._run(
                lambda: int(
                    pytest.main([*QUIETLY, *by_file], plugins=[Chosen([test.name for test in order])])
                )
            )
        if code == _BROKEN:
            raise RuntimeError(f"pytest itself has failed, see {self._folder / 'judges.log'}")
        return code != pytest.ExitCode.OK

    @contextmanager
    def _changed(self, path: str, before: str, after: str) -> Iterator[None]:
        source = self._sources / path
        try:
            _write(source, after)
            yield
        finally:
            _write(source, before)

    def _reach(self, file: str) -> dict[str, Any]:
        if file not in self._read:
            digest = hashlib.sha256(self._digest.encode() + (self._folder / file).read_bytes())
            kept = self._known / f"{digest.hexdigest()}.json"
            if not kept.exists():
                self._run(lambda: _measure(file, self._sources, kept))
            self._read[file] = (
                json.loads(kept.read_text()) if kept.exists() else {"names": [], "lines": {}, "takes": {}}
            )
        return self._read[file]

    def _run(self, work: Callable[[], int]) -> int:
        """The exit code of a fork that does ``work``; what it has started ends with it."""
        child = os.fork()
        if not child:
            code = _BROKEN
            try:
                os.setsid()
                _be_another(self._folder)
                code = work()
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        until = time.monotonic() + LONGEST
        code = _GONE
        try:
            while time.monotonic() < until:
                ended, status = os.waitpid(child, os.WNOHANG)
                if ended:
                    code = os.waitstatus_to_exitcode(status)
                    break
                time.sleep(0.05)
        finally:  # also where a run is broken off
            with suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
        if code == _GONE:
            with suppress(ChildProcessError):
                os.waitpid(child, 0)
        return code


def _groups(files: Iterable[str]) -> Iterator[list[str]]:
    """Those that judge together: everything that needs no services, then each of the others."""
    listed = list(files)
    quick = [file for file in listed if not file.startswith("tests/e2e/")]
    if quick:
        yield quick
    for file in listed:
        if file not in quick:
            yield [file]


def changed_lines(before: str, after: str) -> set[int]:
    """Lines of the statements that a change is in, those of ``before``."""
    blocks = difflib.SequenceMatcher(None, before.splitlines(), after.splitlines(), autojunk=False)
    touched = {
        line
        for what, first, last, *_ in blocks.get_opcodes()
        if what != "equal"
        for line in range(first + 1, max(last, first + 1) + 1)
    }
    spans: list[range] = [
        _own_lines(node) for node in ast.walk(ast.parse(before)) if isinstance(node, ast.stmt)
    ]
    found = set(touched)
    for line in touched:
        around: list[range] = [span for span in spans if line in span]
        if around:
            nearest = min(around, key=len)
            found.update(nearest)
    return found


def _own_lines(node: ast.stmt) -> range:
    """The lines of a statement without those of its body."""
    last = node.end_lineno or node.lineno
    body = getattr(node, "body", None)
    if isinstance(body, list) and body:
        last = max(node.lineno, body[0].lineno - 1)
    return range(node.lineno, last + 1)


def _measure(file: str, sources: Path, kept: Path) -> int:
    measured = coverage.Coverage(source=[str(sources)], data_file=None, messages=False)
    measured.start()
    plugin = Reach(measured)
    quietly = [part for part in QUIETLY if part != "-x"]
    code = int(pytest.main([*quietly, file], plugins=[plugin]))
    measured.stop()
    data = measured.get_data()
    names = sorted(plugin.takes.keys() - plugin.failed)
    number = {name: at for at, name in enumerate(names)}
    lines: dict[str, dict[int, list[int]]] = {}
    for source in data.measured_files():
        by_line = {
            line: sorted(number[name] for name in contexts if name in number)
            for line, contexts in data.contexts_by_lineno(source).items()
        }
        lines[Path(source).relative_to(sources).as_posix()] = by_line
    if plugin.failed:
        print(f"{file}: {len(plugin.failed)} failed or were skipped")
    kept.write_text(json.dumps({"names": names, "takes": plugin.takes, "lines": lines}))
    return code


def _be_another(folder: Path) -> None:
    """Work in the copy, and let what the tests print go by."""
    os.chdir(folder)
    os.environ["PYTHONPATH"] = str(folder / "src")
    sys.path[:0] = [str(folder / "src"), str(folder)]
    for name in [name for name in sys.modules if name.partition(".")[0] in ("dm3", "tests", "bench")]:
        del sys.modules[name]
    with (folder / "judges.log").open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)


def _import_all_but_ours(folder: Path) -> None:
    """What the tests import from elsewhere, as one run of another process has it."""
    look = (
        "import sys, importlib; [importlib.import_module(name) for name in sys.argv[1:]]; print(*sys.modules)"
    )
    ours = ("dm3.cli.main", "dm3", "dm3.delivery", "dm3.resolver", "dm3.service", "tests.e2e.cli_scene")
    ended = subprocess.run(
        [sys.executable, "-c", look, *ours],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(folder / "src"), str(folder)))},
        capture_output=True,
        text=True,
        check=True,
    )
    for name in ended.stdout.split():
        if name.partition(".")[0] not in ("dm3", "tests", "bench", "__main__"):
            with suppress(ImportError):
                importlib.import_module(name)


def _write(source: Path, text: str) -> None:
    source.write_text(text, "utf-8")
    moment = next(_MOMENT)
    os.utime(source, (moment, moment))
