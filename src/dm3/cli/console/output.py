"""What a person or a program sees: data on stdout, remarks on stderr, errors with a way on."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from msgspec import Struct
from rich.console import Console
from rich.markup import escape

from dm3.base import whole_characters, without_piles
from dm3.base.errors import (
    AlreadyTaken,
    BadSignature,
    CannotOpen,
    ConfigurationError,
    Dm3Error,
    ForbiddenAddress,
    InvalidInput,
    LocalProtocolError,
    NotAuthentic,
    NotFound,
    RemoteProtocolError,
    ServiceRefused,
    StoreError,
    Unreachable,
    VaultLocked,
)
from dm3.protocol.linking import LinkRefused

EXIT_CODES: Final[tuple[tuple[type[Dm3Error], int], ...]] = (
    (VaultLocked, 4),
    (ConfigurationError, 4),
    (StoreError, 4),
    (NotFound, 5),
    (Unreachable, 6),
    (LinkRefused, 8),
    (BadSignature, 8),
    (NotAuthentic, 8),
    (CannotOpen, 8),
    (ForbiddenAddress, 8),
    (AlreadyTaken, 9),
    (LocalProtocolError, 9),
    (ServiceRefused, 7),
    (RemoteProtocolError, 7),
    (InvalidInput, 3),
)
"""Exit codes by class of error; 0 is success, 2 a wrong command line, 1 a defect of ours.

3 input, 4 configuration, vault or data, 5 not found, 6 no connection, 7 refused by a service, 8 not
authentic, 9 not possible in this state.
"""

_STEERING: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters but tab and line feed, and those that turn the direction of writing round."""

LONGEST: Final = 20_000
"""Characters of one line. Calldata and recovery codes are shorter."""

_ESCAPED: Final = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What JSON may hold as it is and a terminal would follow: control characters, and all marks of direction."""

_out: Final = Console(highlight=False, soft_wrap=True)
_err: Final = Console(stderr=True, highlight=False, soft_wrap=True)


def exit_code(error: Dm3Error) -> int:
    """The exit code for an error."""
    return next((code for kind, code in EXIT_CODES if isinstance(error, kind)), 1)


def emit(data: Mapping[str, Any], as_json: bool, *lines: str) -> None:
    """Print ``data`` as an object of JSON with ``ok``, or for people ``lines`` (plain text, no markup)."""
    if as_json:
        text = whole_characters(json.dumps({"ok": True, **data}, ensure_ascii=False, default=str))
        sys.stdout.write(_ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n")
        return
    for line in lines:
        _out.print(_shown(line))


class Block(Struct, frozen=True):
    """One entry of a list for people: its name in full, to be copied, and labelled values below it."""

    title: str
    rows: tuple[tuple[str, str], ...]


def emit_blocks(data: Mapping[str, Any], as_json: bool, blocks: Sequence[Block], empty: str) -> None:
    """Print ``data`` as an object of JSON, or the blocks for people, or the sentence ``empty``."""
    if as_json or not blocks:
        emit(data, as_json, empty)
        return
    for block in blocks:
        _out.print(f"[bold]{_shown(block.title)}[/]")
        width = max([9, *(len(label) for label, value in block.rows if value)])
        for label, value in block.rows:
            if value:
                _out.print(f"  [dim]{_shown(label):<{width}}[/] {_shown(value)}")


def remark(text: str) -> None:
    """A remark beside the data."""
    _err.print(_shown(text), style="dim")


def report(error: Dm3Error, as_json: bool) -> None:
    """Say what went wrong, whose doing it is, and what to do next."""
    if as_json:
        body = {"code": error.code, "sentence": str(error), "hint": error.hint, "fault": error.fault}
        if isinstance(error, LinkRefused):
            body["reason"] = error.reason
        emit({"ok": False, "error": body}, True)
        return
    _err.print(f"[bold red]error[/]: {_shown(str(error))}")
    if error.hint:
        _err.print(f"[dim]hint[/]: {_shown(error.hint)}")


def _shown(text: str) -> str:
    """Text for the terminal: what others wrote must not steer it, nor Rich's own markup, nor fill it."""
    text = whole_characters(text)
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]} … ({len(text) - LONGEST} more characters; --json has all)"
    return escape(_STEERING.sub("\ufffd", without_piles(text)))


def short(name: str) -> str:
    """A name for a table: addresses shortened in the middle, the rest as it is."""
    head, dot, rest = name.partition(".")
    return f"{head[:6]}…{head[-4:]}{dot}{rest}" if head.startswith("0x") and len(head) == 42 else name


def local_time(seconds: float) -> str:
    """A UNIX time in the user's zone; one that no calendar has as a number."""
    try:
        return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):
        return f"{seconds:.0f} s after 1970"
