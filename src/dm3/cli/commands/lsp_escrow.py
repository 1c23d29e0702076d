"""`dm3 lsp protect` and `dm3 lsp reopen`: a profile's escrow, and the way back on another device."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from dm3.base.errors import ConfigurationError
from dm3.client import App, IdentityKind, LimitedScopeProfile, find_development_wallet
from dm3.crypto import RecoveryCode, parse_recovery_code, print_recovery_code

from ..config.options import CLIENT
from ..config.resolver_options import LOCAL_DOMAIN
from ..console.command import Call, command
from ..console.output import emit, local_time, remark
from ..console.session import DEFAULT_WALLET, ask_hidden, ask_yes, choose, opened
from ..console.wallets import WalletName
from .profile import show_identity


def add_escrow_commands(app: typer.Typer) -> None:
    """Add `dm3 lsp protect` and `dm3 lsp reopen` to the commands of `dm3 lsp`."""

    @command(app, "protect", *CLIENT)
    async def protect_lsp(
        call: Call,
        name: Annotated[str | None, typer.Argument(help="The profile; the only one if left out.")] = None,
        remove: Annotated[bool, typer.Option("--remove", help="Have the escrow forgotten instead.")] = False,
        yes: Annotated[bool, typer.Option("--yes", help="Void an earlier code without asking.")] = False,
    ) -> None:
        """Put a public profile's keys in escrow and print the recovery code, once.

        Where there is a code already it asks first, for the new one voids it.

        Example: dm3 lsp protect > code.txt
        """
        async with opened(call) as client:
            lsp = await client.lsp((await choose(client, name, IdentityKind.LIMITED)).name)
            if remove:
                await lsp.unprotect()
                emit({"ok": True, "profile": lsp.name}, call.json, f"{lsp.name} is no longer in escrow.")
                return
            if not yes:
                await _require_no_earlier(lsp)
            code = print_recovery_code(await lsp.protect_with_code())
            remark("Write this recovery code down: it is not kept, and an earlier one no longer counts.")
            emit({"ok": True, "profile": lsp.name, "recoveryCode": code}, call.json, code)

    @command(app, "reopen", *CLIENT)
    async def reopen_lsp(
        call: Call,
        application: Annotated[
            str, typer.Option("--app", help="ENS name of the application.")
        ] = LOCAL_DOMAIN,
        uri: Annotated[str, typer.Option(help="URI of the application's page. [https://<app>]")] = "",
        wallet: WalletName = DEFAULT_WALLET,
        code_file: Annotated[
            Path | None, typer.Option("--code-file", help="File with the recovery code, instead of a prompt.")
        ] = None,
    ) -> None:
        """Open your public profile on a further device, with its recovery code; your wallet signs.

        Example: dm3 lsp reopen --app myapp.eth --code-file code.txt
        """
        code = _read_code(code_file)
        async with opened(call) as client:
            lsp = await client.reopen_lsp(
                App(application, uri), await find_development_wallet(client, wallet), code=code
            )
            show_identity(call, lsp.identity)


async def _require_no_earlier(lsp: LimitedScopeProfile) -> None:
    """Ask before an escrow is replaced: what opens it then opens nothing any more."""
    made_at, identity = await lsp.protected_at(), lsp.identity
    if made_at is None and not identity.readable_by_site:
        return
    earlier = (
        f"{lsp.name} is in escrow for {identity.uri}, which opens it there with your login."
        if made_at is None
        else f"There is a recovery code of {lsp.name}, of {local_time(made_at)}."
    )
    if not ask_yes(f"{earlier} A new code voids that. Make a new one?"):
        remark("Nothing was changed.")
        raise typer.Abort


def _read_code(path: Path | None) -> RecoveryCode:
    if path is not None:
        try:
            return parse_recovery_code(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError):
            raise ConfigurationError(f"the file {path} cannot be read as a text") from None
    if not sys.stdin.isatty():
        raise ConfigurationError(
            "the recovery code is needed and there is no terminal to ask at",
            hint="Put it into a file that only you may read, and name that with --code-file.",
        )
    return parse_recovery_code(ask_hidden("Recovery code"))
