"""The streams of the program: terminals without UTF-8, pipes that are closed, disks that are full."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Final, Literal, TextIO

WRONG_COMMAND_LINE: Final = 2
NOT_WRITTEN: Final = 4
CLOSED_PIPE: Final = 141
"""As shells tell of a program that SIGPIPE has ended."""


def prepare_streams() -> None:
    """Have what a terminal cannot show written as escapes, and no command fail for it, or for no terminal."""
    # A program that is started without one of them has none in its place.
    sys.stdin = sys.stdin or _nowhere("r")
    sys.stdout = sys.stdout or _nowhere("w")
    sys.stderr = sys.stderr or _nowhere("w")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def refuse_undecodable(arguments: Sequence[str]) -> None:
    """End with 2 for an argument that is no text in the encoding of this terminal."""
    for number, argument in enumerate(arguments, 1):
        if any("\ud800" <= sign <= "\udfff" for sign in argument):
            sys.stderr.write(f"error: argument {number} is no text in {sys.getfilesystemencoding()}\n")
            raise SystemExit(WRONG_COMMAND_LINE)


@contextmanager
def told_where_it_cannot_write() -> Iterator[None]:
    """End quietly where nobody reads any more, and with a sentence where there is no room."""
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        _write_nowhere()
        raise SystemExit(CLOSED_PIPE) from None
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO):
            raise
        _write_nowhere()
        with suppress(OSError):
            sys.stderr.write(f"error: the answer cannot be written: {error.strerror}\n")
        raise SystemExit(NOT_WRITTEN) from None


def _nowhere(mode: Literal["r", "w"]) -> TextIO:
    return Path(os.devnull).open(mode, encoding="utf-8")


def _write_nowhere() -> None:
    """Have what is still held back go nowhere at the end of the program, which would complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
