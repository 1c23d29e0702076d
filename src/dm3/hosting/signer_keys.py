"""The key with which a gateway signs its answers to ENS clients: one file, made once."""

from __future__ import annotations

import os
from pathlib import Path

from dm3.base import from_hex, to_hex
from dm3.base.errors import ConfigurationError, Dm3Error
from dm3.crypto import KeyWallet, RandomBytes, WalletKey


def load_signer(path: Path, *, random: RandomBytes = os.urandom) -> KeyWallet:
    """The signer whose private key stands in the file (0x and 64 hex digits).

    Where there is no such file a key is made and kept in it, readable by its owner only; the resolver
    contract does not know that signer yet. Raises `ConfigurationError`, which never shows what is inside.
    """
    return _held(path) or _new_signer(path, WalletKey(random(32)))


def read_signer(path: Path) -> KeyWallet:
    """As `load_signer`, but a key is never made: there must be one in the file."""
    held = _held(path)
    if held is None:
        raise ConfigurationError(
            f"there is no signer's key file {path}",
            hint="Check its name. A new key is made where a resolver is started with --ccip-signer-file.",
        )
    return held


def _held(path: Path) -> KeyWallet | None:
    try:
        text = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigurationError(f"the signer's key file {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise _other_form(path) from None
    try:
        # As other tools write it, without the 0x.
        return KeyWallet(WalletKey(from_hex(text if text.startswith("0x") else "0x" + text, length=32)))
    except Dm3Error:
        raise _other_form(path) from None


def _new_signer(path: Path, key: WalletKey) -> KeyWallet:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Never through a name that somebody else has put there in the meantime.
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(number, "w", encoding="ascii") as opened:
            opened.write(to_hex(key.reveal()) + "\n")
    except OSError as error:
        raise ConfigurationError(f"the signer's key file {path}: {error.strerror}") from None
    return KeyWallet(key)


def _other_form(path: Path) -> ConfigurationError:
    return ConfigurationError(
        f"the signer's key file {path} does not hold a private key",
        hint="It holds 0x and 64 hex digits; a file that is not there yet is made with a new key.",
    )
