"""Files with private keys: read, never shown, and remarked on when others can read them, too."""

from __future__ import annotations

from pathlib import Path

from dm3.base.errors import InvalidInput
from dm3.crypto import KeyWallet, WalletKey
from dm3.hosting import load_signer

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
    tell_if_open(path, "private key")
    return signer
