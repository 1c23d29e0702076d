"""`dm3 vault`: moving to another machine, and another passphrase."""

from __future__ import annotations

import glob
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from dm3.base.errors import ConfigurationError, NotFound
from dm3.client import import_vault, secret_from
from dm3.crypto import Passphrase
from dm3.store.vault import Vault, export_vault, is_vault, rekey_vault

from ..config.options import VAULT
from ..console.command import Call, command
from ..console.output import emit, remark
from ..console.secret_files import read_passphrase, tell_if_weak
from ..console.session import ask_hidden, passphrase_for

vault_app = typer.Typer(
    help="The vault: your profiles, links, messages and wallets.\n\nExample: dm3 vault export my-dm3.vault",
    no_args_is_help=True,
)

File = Annotated[Path, typer.Argument(help="The file of the exported vault.")]
ExportPassphrase = Annotated[
    Path | None,
    typer.Option("--export-passphrase-file", help="File with the passphrase of the exported vault."),
]


@command(vault_app, "export", *VAULT)
async def export(call: Call, file: File, export_passphrase_file: ExportPassphrase = None) -> None:
    """Write the whole vault into one file, encrypted under a passphrase of its own.

    Example: dm3 vault export my-dm3.vault
    """
    _require_vault(call)
    vault = await Vault.open(call.config.vault, passphrase_for(call.config))
    try:
        secret = _secret("Passphrase for the exported vault", export_passphrase_file, new=True)
        count = await export_vault(vault, file, secret_from(secret), os.urandom)
    finally:
        await vault.close()
    emit({"ok": True, "file": str(file), "records": count}, call.json, f"{count} records in {file}")
    if not call.json:
        remark("It holds your keys. Take it in on the other machine with: dm3 vault import FILE")


@command(vault_app, "import", *VAULT)
async def import_(call: Call, file: File, export_passphrase_file: ExportPassphrase = None) -> None:
    """Take an exported vault in, into a new or empty vault.

    Example: dm3 vault import my-dm3.vault
    """
    secret = _secret("Passphrase of the exported vault", export_passphrase_file, new=False)
    into = call.config.vault
    taken = await import_vault(file, secret, into=into, into_passphrase=passphrase_for(call.config))
    data = {"ok": True, "vault": str(into), "records": taken.items, "already": taken.already}
    line = "was here already" if taken.already else "is here now"
    emit(data, call.json, f"The vault with its {taken.items} records {line}: {into}")


@command(vault_app, "passphrase", *VAULT)
async def change_passphrase(
    call: Call,
    new_passphrase_file: Annotated[
        Path | None, typer.Option("--new-passphrase-file", help="File with the new passphrase.")
    ] = None,
) -> None:
    """Change the vault's passphrase. Copies made before still open with the former one.

    Example: dm3 vault passphrase
    """
    _require_vault(call)
    current = passphrase_for(call.config)
    vault = await Vault.open(call.config.vault, current)
    try:
        secret = _secret("New passphrase", new_passphrase_file, new=True)
        gone = await vault.change_passphrase(current, secret_from(secret))
    finally:
        await vault.close()
    _say_changed(call, gone, {}, "The vault has a new passphrase.")
    if not call.json:
        remark(
            "Who has the former one and a copy of the file has the key inside. To renew it: dm3 vault rekey"
        )


@command(vault_app, "rekey", *VAULT)
async def rekey(call: Call) -> None:
    """Seal everything in the vault under a new key. What was copied before tells nothing about it.

    Example: dm3 vault rekey
    """
    _require_vault(call)
    passphrase = passphrase_for(call.config)
    vault = await Vault.open(call.config.vault, passphrase)
    try:
        count, gone = await rekey_vault(vault, passphrase, os.urandom)
    finally:
        await vault.close()
    _say_changed(call, gone, {"records": count}, f"The vault has a new key for its {count} records.")
    if not call.json:
        remark("Programs that have it open must be started again. It opens with the same passphrase.")


def _say_changed(call: Call, gone: bool, more: dict[str, int], line: str) -> None:
    path = call.config.vault
    copies = sorted(map(str, path.parent.glob(f"{glob.escape(path.name)}.before-*")))
    data = {"ok": True, "vault": str(path), **more, "former-erased": gone, "copies": copies}
    emit(data, call.json, line)
    if not call.json and not gone:
        remark(f"Another program holds the vault: until it ends, the former state is still in {path}-wal.")
    if not call.json and copies:
        remark(f"Copies from before an upgrade open as before; remove them: {', '.join(copies)}")


def _require_vault(call: Call) -> None:
    path = call.config.vault
    if path.exists() and not is_vault(path):
        raise NotFound(f"the file {path} is empty, no vault", hint="Restore your copy, if there was one.")
    if not path.exists():
        raise NotFound(f"there is no vault {path}", hint="Name it with --vault.")


def _secret(prompt: str, file: Path | None, *, new: bool) -> Passphrase:
    if file is not None:
        return read_passphrase(file, new=new)
    if not sys.stdin.isatty():
        raise ConfigurationError(
            f"there is no terminal to ask at: {prompt.lower()}",
            hint="Put it into a file that only you may read, and name that; see --help.",
        )
    typed = Passphrase(ask_hidden(prompt, twice=new).encode("utf-8"))
    if new:
        tell_if_weak(typed)
    return typed
