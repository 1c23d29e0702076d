"""An open client for one command: vault, passphrase, wallets and the choice of a profile."""

from __future__ import annotations

import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final

import typer

from dm3.base.errors import ConfigurationError, InvalidInput, NotFound
from dm3.client import Account, Client, IdentityKind, IdentityView, connect
from dm3.crypto import Passphrase
from dm3.protocol.linking import DAY, LinkPolicy
from dm3.store.vault import is_vault

from ..config.config import Config
from .command import Call
from .output import remark
from .secret_files import read_passphrase, tell_if_weak
from .shortened_names import full_name

DEFAULT_WALLET = "default"
ELSEWHERE = "Is yours elsewhere? Name it with --vault."
HOW_TO_MAKE = "Make one: dm3 profile create, or dm3 lsp create"
_NONE_OF: Final[dict[tuple[IdentityKind, ...], tuple[str, str]]] = {
    (IdentityKind.MAIN,): (
        "main profile",
        "Make one: dm3 profile create. Of an application's: dm3 link status",
    ),
    (IdentityKind.LIMITED,): ("limited scope profile", "Make one: dm3 lsp create"),
}
HOW_TO_SEE = "See yours: dm3 profile list"
SEND_WAIT = 60.0
"""Seconds that a command waits for what it sends; how it ends says what became of it."""


@asynccontextmanager
async def opened(call: Call) -> AsyncIterator[Client]:
    """The client of the configured vault, closed again at the end."""
    passphrase = passphrase_for(call.config)
    client = await connect(**connect_arguments(call.config), passphrase=passphrase, send_wait=SEND_WAIT)
    async with client:
        yield client


def connect_arguments(config: Config) -> dict[str, Any]:
    """What `dm3.connect` takes, as configured, beside the passphrase. Raises `ConfigurationError`."""
    return {
        "resolvers": config.resolvers,
        "vault": config.vault,
        "rpc_url": config["rpc-url"],
        "ens_registry": config["ens-registry"],
        "only_ens": config["only-ens"],
        "ipfs_gateway": config["ipfs-gateway"],
        "names_file": config["names-file"],
        "allow_private": config.allow_private,
        "allow_private_records": config.allow_private_records,
        "policy": policy_of(config),
        "send_receipts": config["send-receipts"],
        "timeouts": config.timeouts,
    }


def policy_of(config: Config) -> LinkPolicy:
    """The linking policy as configured."""
    return LinkPolicy(
        term_limit=config["link-term-days"] * DAY,
        undated_life=config["undated-request-days"] * DAY,
        **config.settings(LinkPolicy),
    )


def _has_room_for(vault: Path) -> bool:
    """Whether folders lead to where the vault is to be; where a file does, the error says it."""
    return next(above for above in vault.absolute().parents if above.exists()).is_dir()


def passphrase_for(config: Config) -> Passphrase:
    """The vault's passphrase: from the configured file, else asked for at the terminal."""
    new = not is_vault(config.vault)
    if new and config.vault.exists():
        remark(f"The file {config.vault} is empty, no vault. If there was one, restore your copy.")
    if config["passphrase-file"] is not None:
        read = read_passphrase(config["passphrase-file"], new=new)
        if new and _has_room_for(config.vault):
            remark(f"Making a new vault at {config.vault}. {ELSEWHERE}")
        return read
    if not sys.stdin.isatty():
        raise ConfigurationError(
            "the vault needs a passphrase and there is no terminal to ask at",
            hint="Put it into a file that only you may read, and name that with --passphrase-file or "
            "DM3_PASSPHRASE_FILE.",
        )
    if new:
        remark(
            f"Making a new vault at {config.vault}. {ELSEWHERE} "
            "Without its passphrase nobody can open it, nor can you."
        )
    typed = Passphrase(ask_hidden("Passphrase", twice=new).encode("utf-8"))
    if new:
        tell_if_weak(typed)
    return typed


def ask_hidden(what: str, *, twice: bool = False) -> str:
    """Ask at the terminal for something that is not shown; Ctrl-C ends it at once."""
    with _ending_at_once():
        typed: str = typer.prompt(what, hide_input=True, confirmation_prompt=twice, err=True)
    return typed


def ask(what: str) -> str:
    """Ask at the terminal for something that may be shown; Ctrl-C ends it at once."""
    with _ending_at_once():
        typed: str = typer.prompt(what, err=True)
    return typed


def ask_yes(question: str) -> bool:
    """Ask at the terminal for a yes or no. Raises `ConfigurationError` when there is none."""
    if not sys.stdin.isatty():
        raise ConfigurationError(
            f"there is no terminal to ask at: {question}", hint="Say yes beforehand with --yes."
        )
    with _ending_at_once():
        return typer.confirm(question, err=True)


@contextmanager
def _ending_at_once() -> Iterator[None]:
    """Have Ctrl-C end a question: `asyncio.run` would only note it, and the terminal be read on."""
    held = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, held)


def read_text(file: Path) -> str:
    """The text in a file, or on standard input for ``-``. Raises `ConfigurationError` or `InvalidInput`."""
    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        return data.decode("utf-8")
    except OSError as error:
        raise ConfigurationError(f"the file {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InvalidInput(f"{file} is not a text in UTF-8") from None


async def choose(
    client: Client, name: str | None, *kinds: IdentityKind, hint: str = "Say which, by its name."
) -> IdentityView:
    """The profile ``name``, or the only one of these kinds. Raises `NotFound` or `InvalidInput`.

    The name may be shortened. ``hint`` says where it goes when there are several.

    Profiles whose creation broke off are left aside, unless one is named or there is no other.
    """
    found = [identity for identity in await client.profiles() if identity.kind in kinds]
    if name is not None:
        known = (each for identity in found for each in identity.names)
        wanted = full_name(name, known, "profile in the vault", HOW_TO_SEE)
        found = [identity for identity in found if wanted in identity.names]
    elif any(not identity.is_begun for identity in found):
        remark_begun([identity for identity in found if identity.is_begun])
        found = [identity for identity in found if not identity.is_begun]
    if not found and name is not None:
        raise NotFound(f"no such profile is in the vault: {name}", hint=HOW_TO_SEE)
    if not found:
        what, hint = _NONE_OF.get(kinds, ("profile", HOW_TO_MAKE))
        raise NotFound(f"no {what} is in the vault", hint=hint)
    if len(found) > 1:
        names = ", ".join(identity.shown_name for identity in found)
        raise InvalidInput(f"there are several profiles: {names}", hint=hint)
    if name is None and found[0].is_begun and not found[0].is_self_published:
        remark(
            f"{found[0].shown_name} is not in use yet: its creation broke off, and goes on now. "
            f"To give it up: dm3 profile discard {found[0].name}"
        )
    return found[0]


def remark_begun(begun: list[IdentityView]) -> None:
    """Tell of profiles that are left aside, since their creation broke off."""
    for identity in begun:
        remark(
            f"{identity.shown_name} is left aside: its creation broke off. Create it again to go on with it, "
            f"or: dm3 profile discard {identity.name}"
        )


async def account_of(client: Client, name: str | None, *, option: str = "--profile") -> Account:
    """The main or limited scope profile ``name``, or the only one in the vault, ready to use.

    The only main profile counts before others: its inbox has what is linked to it, too. ``option`` is how
    the command takes the name.
    """
    kinds = [IdentityKind.MAIN, IdentityKind.LIMITED]
    mains = [one for one in await client.profiles() if one.kind is kinds[0] and not one.is_begun]
    if name is None and mains:
        kinds.pop()
    identity = await choose(client, name, *kinds, hint=f"Say which: {option} NAME")
    if identity.kind is IdentityKind.MAIN:
        return await client.messenger(identity.name)
    return await client.lsp(identity.name)
