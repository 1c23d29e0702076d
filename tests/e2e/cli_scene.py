"""The installed program `dm3`, run as people and other programs run it."""

import json
import os
import select
import selectors
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog
from typer.testing import CliRunner

from dm3.cli.main import app
from tests.kit import EVENTUALLY, SLOWER

SCRIPT = Path(sys.executable).parent / "dm3"
PROGRAM = [str(SCRIPT)] if SCRIPT.exists() else [sys.executable, "-c", "from dm3.cli import main; main()"]
DOMAIN, SITE, PAGE = "dm3.localhost", "myapp.example", "https://myapp.example"
AT_TERMINAL = (
    "import fcntl, os, sys, termios; "
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)
"""Makes the terminal on its standard input its own, and becomes the program."""


class Answer:
    """What the program said, and with which exit code it ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    def __repr__(self) -> str:
        return f"exit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"

    @property
    def data(self) -> Any:
        """The one JSON value on stdout."""
        assert self.out.count("\n") == 1, self
        return json.loads(self.out)


class Person:
    """Somebody with a folder of their own, who runs `dm3`."""

    def __init__(self, home: Path, **settings: str) -> None:
        home.mkdir(parents=True)
        self.home = home
        self.passphrase = home / "passphrase"
        self.passphrase.write_text(f"the passphrase of {home.name}\n")
        self.passphrase.chmod(0o600)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_DATA_HOME": str(home / "data"),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "DM3_PASSPHRASE_FILE": str(self.passphrase),
            "DM3_TIMEOUT_FACTOR": str(SLOWER),
            "DM3_DATA_DIR": str(home / "data" / "dm3"),
            **{f"DM3_{name.upper()}": value for name, value in settings.items()},
        }
        if "PYTHONPATH" in os.environ:
            self.environment["PYTHONPATH"] = os.environ["PYTHONPATH"]

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """Begin to run the program."""
        pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        command = [*PROGRAM, *arguments]
        return subprocess.Popen(
            command, env=self.environment, cwd=self.home, text=True, encoding="utf-8", **(pipes | options)
        )

    def end(self, running: subprocess.Popen[str], given: str | None = None) -> Answer:
        """Wait until it has ended."""
        try:
            out, err = running.communicate(given, timeout=EVENTUALLY)
        except subprocess.TimeoutExpired:
            running.kill()
            raise AssertionError(f"it hangs: {Answer(-1, *running.communicate())}") from None
        answer = Answer(running.returncode, out, err)
        assert "Traceback" not in out + err, answer
        return answer

    def run(self, *arguments: str, given: str | None = None) -> Answer:
        """Run the program to its end."""
        return self.end(self.start(*arguments), given)

    def must(self, *arguments: str, given: str | None = None) -> Any:
        """Run the program with --json; it must succeed; returns its JSON value."""
        answer = self.run(*arguments, "--json", given=given)
        assert answer.code == 0, (arguments, answer)
        return answer.data

    def run_here(self, *arguments: str, given: str | None = None) -> Answer:
        """Run the program's `main` in this process, which spares the start."""
        hidden: dict[str, str | None] = {key: None for key in os.environ if key.startswith("DM3_")}
        # What services in this process log meanwhile is no part of the answer.
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
        try:
            result = CliRunner().invoke(app, arguments, env={**hidden, **self.environment}, input=given)
        finally:
            structlog.reset_defaults()  # the commands that serve have made it log to the runner's stderr
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Answer(result.exit_code, result.stdout, result.stderr)

    def must_here(self, *arguments: str, given: str | None = None) -> Any:
        """As `must`, in this process."""
        answer = self.run_here(*arguments, "--json", given=given)
        assert answer.code == 0, (arguments, answer)
        return answer.data

    def must_all(self, *commands: tuple[str, ...]) -> list[Any]:
        """Several commands at the same time, each as `must`."""
        running = [self.start(*arguments, "--json") for arguments in commands]
        answers = [self.end(one) for one in running]
        assert [answer.code for answer in answers] == [0] * len(answers), answers
        return [answer.data for answer in answers]


class Up:
    """A running `dm3 up` (or another service), announced on its stdout."""

    def __init__(self, person: Person, *arguments: str) -> None:
        self._person = person
        self.process = person.start(*arguments, "--json")
        self.announced = json.loads(self._first_line())

    def _first_line(self) -> str:
        assert self.process.stdout is not None
        selector = selectors.DefaultSelector()
        selector.register(self.process.stdout, selectors.EVENT_READ)
        if not selector.select(EVENTUALLY):
            self.process.kill()
        line: str = self.process.stdout.readline()
        assert line, self._person.end(self.process)
        return line

    def stop(self, number: int = signal.SIGINT) -> Answer:
        """Tell it to stop, as Ctrl-C or a service manager does."""
        self.process.send_signal(number)
        return self._person.end(self.process)


@contextmanager
def up(person: Person, *arguments: str) -> Iterator[Up]:
    """A service for the time of a test."""
    running = Up(person, *arguments)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
            running.process.communicate()


class Terminal:
    """The program at a terminal: what it shows is read, what is typed is sent."""

    def __init__(self, person: Person, *arguments: str) -> None:
        environment = {k: v for k, v in person.environment.items() if k != "DM3_PASSPHRASE_FILE"}
        self.shown = ""
        self._terminal, theirs = os.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", AT_TERMINAL, *PROGRAM, *arguments],
            env={**environment, "TERM": "dumb"},
            cwd=person.home,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)

    def _read(self) -> str:
        """What is shown next; empty at the end."""
        assert select.select([self._terminal], [], [], EVENTUALLY)[0], f"nothing more after {self.shown!r}"
        try:
            return os.read(self._terminal, 4096).decode()
        except OSError:  # nobody has it open any more
            return ""

    def expect(self, text: str) -> None:
        """Read until ``text`` is shown."""
        while text not in self.shown:
            read = self._read()
            assert read, f"{text!r} did not come in {self.shown!r}"
            self.shown += read

    def answer(self, prompt: str, typed: str, *, hidden: bool = True) -> None:
        """Wait for a new prompt, then type; where that is ``hidden``, once the echo is off.

        What is typed before is thrown away.
        """
        before, self.shown = self.shown, ""
        self.expect(prompt)
        until = time.monotonic() + EVENTUALLY
        while hidden and termios.tcgetattr(self._terminal)[3] & termios.ECHO:
            assert time.monotonic() < until, "the echo stays on"
            time.sleep(0.01)
        os.write(self._terminal, typed.encode())
        self.shown = before + self.shown

    def end(self) -> int:
        """Read to the end; returns the exit code."""
        while read := self._read():
            self.shown += read
        os.close(self._terminal)
        return self.process.wait(EVENTUALLY)
