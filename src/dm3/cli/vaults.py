"""`dm3 vault`: moving to another machine, and another passphrase."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from dm3.base.errors import ConfigurationError, NotFound
from dm3.client import import_vault
from dm3.client.moving import secret_from
from dm3.crypto import Passphrase
from dm3.store.vault import Vault
from dm3.store.vault_export import export_vault

from .command import Call, command
from .config import read_passphrase
from .options import VAULT
from .output import emit, remark
from .session import passphrase_for

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
        await vault.change_passphrase(current, secret_from(secret))
    finally:
        await vault.close()
    emit({"ok": True, "vault": str(call.config.vault)}, call.json, "The vault has a new passphrase.")


def _require_vault(call: Call) -> None:
    if not call.config.vault.exists():
        raise NotFound(f"there is no vault {call.config.vault}", hint="Name it with --vault.")


def _secret(prompt: str, file: Path | None, *, new: bool) -> Passphrase:
    if file is not None:
        return read_passphrase(file)
    if not sys.stdin.isatty():
        raise ConfigurationError(
            f"there is no terminal to ask at: {prompt.lower()}",
            hint="Put it into a file that only you may read, and name that; see --help.",
        )
    typed: str = typer.prompt(prompt, hide_input=True, confirmation_prompt=new, err=True)
    return Passphrase(typed.encode("utf-8"))
