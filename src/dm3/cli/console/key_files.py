"""Files with private keys: read, never shown, and remarked on when others can read them, too."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from dm3 import hosting
from dm3.base.errors import ConfigurationError, InvalidInput, VaultLocked
from dm3.crypto import KeyWallet, Passphrase, WalletKey, spellings
from dm3.lazy import naming_extras

from .output import remark
from .secret_files import read_passphrase, tell_if_open
from .session import ask_hidden, read_text


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


def read_keystore(path: Path, passphrase_file: Path | None) -> WalletKey:
    """The private key in a keystore file; its passphrase from a file, else asked for at the terminal.

    Raises `ConfigurationError`, `InvalidInput` for what is no keystore, or `VaultLocked`.
    """
    text = read_text(path)
    with naming_extras():
        from eth_account import Account
    passphrase = keystore_passphrase(passphrase_file)
    for spelled in spellings(passphrase):
        try:
            return WalletKey(bytes(Account.decrypt(text, spelled.reveal().decode("utf-8"))))
        except (KeyError, TypeError, AttributeError, NotImplementedError, json.JSONDecodeError):
            raise InvalidInput(f"{path} is no keystore file that an Ethereum client has written") from None
        except ValueError:  # another passphrase, or none that is a text
            continue
    raise VaultLocked(f"the passphrase does not open the keystore {path}")


def keystore_passphrase(file: Path | None) -> Passphrase:
    """The passphrase of a keystore. Raises `ConfigurationError`."""
    if file is not None:
        return read_passphrase(file, new=False)
    if not sys.stdin.isatty():
        raise ConfigurationError(
            "the keystore has a passphrase and there is no terminal to ask at",
            hint="Put it into a file that only you may read: --keystore-passphrase-file",
        )
    return Passphrase(ask_hidden("Passphrase of the keystore").encode("utf-8"))


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
