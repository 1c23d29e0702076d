"""A running copy of the published TypeScript reference libraries, to ask questions of.

The packages come from the npm registry by exact version, once, into a cache folder outside of the
repository; `reference/peer.mjs` (ours) loads them and answers one JSON line per question.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

from tests import npm
from tests.npm import cache_folder as cache_folder

REFERENCE_VERSION: Final = "1.7.1"
PACKAGES: Final = tuple(f"@dm3-org/dm3-lib-{name}" for name in ("crypto", "profile", "messaging", "shared"))
ETHERS_6: Final = "6.17.0"
PEER: Final = Path(__file__).parent / "reference" / "peer.mjs"
START_SECONDS: Final = 30.0
CALL_SECONDS: Final = 30.0


class ReferenceUnavailable(Exception):
    """The reference libraries cannot be run here; the text says why."""


class ReferenceRefused(Exception):
    """The reference raised an error for this call; the text is its message."""


class ReferencePeer:
    """The reference libraries in a Node process of their own; use as a context manager.

    Raises `ReferenceUnavailable` when Node or npm is missing, or the packages cannot be installed.
    """

    def __init__(self, cache: Path | None = None) -> None:
        node = shutil.which("node")
        if node is None:
            raise ReferenceUnavailable("node is not installed")
        cache = cache if cache is not None else cache_folder()
        modules, ethers6 = installed_modules(cache), installed_ethers6(cache)
        # A file, not a pipe: nobody reads stderr while the peer works, and a full pipe would
        # stop it.
        self._remarks: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        self._process = subprocess.Popen(
            [node, str(PEER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._remarks,
            env={
                **os.environ,
                "DM3_REFERENCE_NODE_MODULES": str(modules),
                "DM3_ETHERS6_NODE_MODULES": str(ethers6),
                "LOG_LEVEL": "error",
            },
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests: IO[bytes] = self._process.stdin
        self._answers: IO[bytes] = self._process.stdout
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._last_id = 0
        try:
            self.versions: dict[str, Any] = self._ask("versions", {}, START_SECONDS)
        except BaseException as error:
            self.close()
            if isinstance(error, ReferenceRefused):
                raise ReferenceUnavailable(str(error)) from error
            raise

    def call(self, op: str, **args: object) -> Any:
        """Ask for one operation of `peer.mjs`.

        Raises `ReferenceRefused` when the reference throws, `ReferenceUnavailable` when the
        process has ended or does not answer in time.
        """
        return self._ask(op, args, CALL_SECONDS)

    def refuses(self, op: str, **args: object) -> bool:
        """Whether the reference throws for this call, or answers false."""
        try:
            return self.call(op, **args) is False
        except ReferenceRefused:
            return True

    def close(self) -> None:
        """End the process; safe to call more than once."""
        with contextlib.suppress(OSError):
            self._requests.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(timeout=5)
        self._answers.close()
        self._remarks.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _read(self) -> None:
        for line in self._answers:
            self._lines.put(line)
        self._lines.put(b"")

    def _ask(self, op: str, args: dict[str, Any], seconds: float) -> Any:
        self._last_id += 1
        # ASCII only: lone surrogates then travel as escapes, which JavaScript reads back as they
        # were.
        line = json.dumps({"id": self._last_id, "op": op, "args": args}).encode("ascii")
        try:
            self._requests.write(line + b"\n")
            self._requests.flush()
            answer = self._lines.get(timeout=seconds)
        except queue.Empty:
            # The answer may still come and would be taken for the next call's: end it here.
            self._process.kill()
            raise ReferenceUnavailable(f"no answer to {op} within {seconds:g} s") from None
        except (OSError, ValueError) as error:
            raise ReferenceUnavailable(f"the peer has ended: {self._last_remarks()}") from error
        if not answer:
            raise ReferenceUnavailable(f"the peer has ended: {self._last_remarks()}")
        reply = json.loads(answer)
        if reply["id"] != self._last_id:
            raise ReferenceUnavailable("the peer answered out of order")
        if not reply["ok"]:
            raise ReferenceRefused(reply["error"])
        return reply["result"]

    def _last_remarks(self) -> str:
        if self._remarks.closed:
            return "closed"
        self._remarks.seek(0)
        return self._remarks.read().decode("utf-8", "replace").strip()[-500:] or "no remarks"


def installed_modules(cache: Path) -> Path:
    """The node_modules folder with the reference packages, installed first where it is missing."""
    wanted = [f"{name}@{REFERENCE_VERSION}" for name in PACKAGES]
    try:
        return npm.installed_modules(f"dm3-lib-{REFERENCE_VERSION}", wanted, cache)
    except npm.NpmUnavailable as error:
        raise ReferenceUnavailable(str(error)) from error


def installed_ethers6(cache: Path) -> Path:
    """The node_modules folder with ethers 6, installed first where it is missing."""
    try:
        return npm.installed_modules(f"ethers-{ETHERS_6}", [f"ethers@{ETHERS_6}"], cache)
    except npm.NpmUnavailable as error:
        raise ReferenceUnavailable(str(error)) from error
