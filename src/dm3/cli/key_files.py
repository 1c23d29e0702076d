"""Files with private keys: read, never shown, and remarked on when others can read them, too."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from dm3.base.errors import InvalidInput
from dm3.crypto import KeyWallet, WalletKey
from dm3.hosting import load_signer

from .output import remark
from .session import read_text

_OTHERS: Final = 0o077


def read_key(path: Path) -> WalletKey:
    """The private key in a file, in hex; ``-`` is standard input.

    Raises `ConfigurationError` or `InvalidInput`.
    """
    text = read_text(path)
    _tell_if_open(path)
    try:
        key = WalletKey(bytes.fromhex(text.strip().removeprefix("0x")))
        KeyWallet(key)
    except (ValueError, InvalidInput):
        raise InvalidInput(f"{path} does not hold a private key, 32 bytes in hex") from None
    return key


def read_signer(path: Path | None) -> KeyWallet | None:
    """Who signs answers to ENS clients, if anybody; a key is made where the file is not there yet.

    Raises `ConfigurationError`.
    """
    if path is None:
        return None
    new = not path.exists()
    signer = load_signer(path)
    if new:
        remark(f"{path} holds a new key: let the resolver contract know {signer.address}")
    _tell_if_open(path)
    return signer


def _tell_if_open(path: Path) -> None:
    # Not refused: containers mount their secrets so. Elsewhere than on POSIX the bits say nothing.
    if os.name == "posix" and path.is_file() and path.stat().st_mode & _OTHERS:
        remark(f"Others than you can read or write the private key in {path}. To end that: chmod 600 {path}")
