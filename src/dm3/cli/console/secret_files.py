"""Files with secrets: read, never shown, and remarked on when others can read them, too."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from dm3.base.errors import ConfigurationError
from dm3.crypto import Passphrase, weakness

from .output import remark

_OTHERS: Final = 0o077
_MOST: Final = 64 * 1024


def read_passphrase(path: Path, *, new: bool = False) -> Passphrase:
    """The passphrase in a file, without the line's end; ``new`` ones are remarked on where they are weak.

    Raises `ConfigurationError`.
    """
    try:
        with path.open("rb") as opened:
            data = opened.read(_MOST + 1)
    except OSError as error:
        raise ConfigurationError(f"the passphrase file {path}: {error.strerror}") from None
    if len(data) > _MOST:
        raise ConfigurationError(f"the passphrase file {path} is too large for one")
    secret = Passphrase(data.rstrip(b"\r\n"))
    if not secret.reveal() or not any(secret.reveal().lstrip(b"\xef\xbb\xbf\xff\xfe\r\n\x00")):
        raise ConfigurationError(f"the passphrase file {path} is empty")
    tell_if_open(path, "passphrase")
    if new:
        tell_if_weak(secret)
    return secret


def tell_if_open(path: Path, what: str) -> None:
    """Remark on a file that others can read. Refused it is not: containers mount their secrets so."""
    # Elsewhere than on POSIX the bits say nothing.
    if os.name == "posix" and path.is_file() and path.stat().st_mode & _OTHERS:
        remark(f"Others than you can read or write the {what} in {path}. To end that: chmod 600 {path}")


def tell_if_weak(secret: Passphrase) -> None:
    """Remark on a passphrase that is easily guessed."""
    if (why := weakness(secret)) is not None:
        remark(f"This passphrase is weak: {why}. Whoever gets the file can try millions; take several words.")
