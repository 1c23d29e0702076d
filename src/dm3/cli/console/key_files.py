"""Files with private keys: read, never shown, and remarked on when others can read them, too."""

from __future__ import annotations

import os
from pathlib import Path

from dm3 import hosting
from dm3.base.errors import ConfigurationError, InvalidInput
from dm3.crypto import KeyWallet, WalletKey

from .output import remark
from .secret_files import tell_if_open
from .session import read_text


def read_key(path: Path) -> WalletKey:
    """The private key in a file, in hex; ``-`` is standard input.

    Raises `ConfigurationError` or `InvalidInput`.
    """
    text = read_text(path)
    tell_if_open(path, "private key")
    try:
        key = WalletKey(bytes.fromhex(text.strip().removeprefix("0x")))
        KeyWallet(key)
    except (ValueError, InvalidInput):
        raise InvalidInput(f"{path} does not hold a private key, 32 bytes in hex") from None
    return key


def write_key(path: Path, wallet: KeyWallet) -> None:
    """Write a wallet's private key into a new file, in hex, for its owner alone.

    Raises `ConfigurationError`, also where there is a file already: it may hold another key.
    """
    try:
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(opened, "w", encoding="ascii") as file:
            file.write(f"0x{wallet.key.reveal().hex()}\n")
    except OSError as error:
        raise ConfigurationError(
            f"the file {path}: {error.strerror}", hint="Name a new file, in a folder of yours."
        ) from None


def read_signer(path: Path | None, *, make: bool = True) -> KeyWallet | None:
    """Who signs answers to ENS clients, if anybody; with ``make`` a key is made where there is no file yet.

    Raises `ConfigurationError`.
    """
    if path is None:
        return None
    if not make:
        signer = hosting.read_signer(path)
        tell_if_open(path, "private key")
        return signer
    new = not path.exists()
    signer = hosting.load_signer(path)
    if new:
        remark(f"{path} holds a new key: let the resolver contract know {signer.address}")
    tell_if_open(path, "private key")
    return signer
