"""`dm3 lsp create` and `dm3 lsp embed`: limited scope profiles."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dm3.base import read_json
from dm3.base.errors import ConfigurationError, InvalidInput, MalformedData, TooLarge
from dm3.client import App

from ..config.options import CLIENT
from ..config.resolver_options import LOCAL_DOMAIN
from ..console.command import Call, command
from ..console.session import DEFAULT_WALLET, opened
from ..console.wallets import Elsewhere, WalletName, signing_wallet
from .profile import Services, show_identity

lsp_app = typer.Typer(
    help="Limited scope profiles: for one application each.\n\nExample: dm3 lsp create --app myapp.eth",
    no_args_is_help=True,
)


@command(lsp_app, "create", *CLIENT)
async def create_lsp(
    call: Call,
    app: Annotated[str, typer.Option("--app", help="ENS name of the application.")] = LOCAL_DOMAIN,
    uri: Annotated[str, typer.Option(help="URI of the application's page. [https://<app>]")] = "",
    wallet: WalletName = DEFAULT_WALLET,
    sign_elsewhere: Elsewhere = None,
    public: Annotated[
        bool, typer.Option(help="Tie it to your address, for all to see; signed once more.")
    ] = False,
    delivery_service: Services = None,
) -> None:
    """Create a limited scope profile by signing; without --public it is anonymous.

    Where an earlier attempt was broken off, it goes on with that profile.

    Example: dm3 lsp create --app myapp.eth
    """
    async with opened(call) as client:
        application = App(app, uri, tuple(delivery_service or ()))
        lsp = await client.create_lsp(
            application, await signing_wallet(client, wallet, sign_elsewhere), public=public
        )
        show_identity(call, lsp.identity)


@command(lsp_app, "embed", *CLIENT)
async def embed_lsp(
    call: Call,
    login: Annotated[Path, typer.Option(help="JSON file with authMessage, ownerAddress and authSig.")],
    app: Annotated[str, typer.Option("--app", help="ENS name of the application.")] = LOCAL_DOMAIN,
    uri: Annotated[str, typer.Option(help="URI of the application's page. [https://<app>]")] = "",
    public: Annotated[
        bool, typer.Option(help="Tie it to the account that signed in, for all to see, or to nobody.")
    ] = True,
    fresh: Annotated[bool, typer.Option(help="Make an independent one where one exists.")] = False,
    delivery_service: Services = None,
) -> None:
    """Create a limited scope profile from the host page's sign-in (SIWE); its keys are random.

    For --public the resolver has to know the page's site (siwe-domain of `dm3 up` and `dm3 resolver`).
    With --no-public only this vault, and a main profile that it is linked to, lead back to it.

    Example: dm3 lsp embed --app myapp.eth --uri https://myapp.example --login login.json
    """
    fields = _read_login(login)
    async with opened(call) as client:
        lsp = await client.embed_lsp(
            App(app, uri, tuple(delivery_service or ())),
            auth_message=fields["authMessage"],
            owner_address=fields["ownerAddress"],
            auth_sig=fields["authSig"],
            fresh=fresh,
            public=public,
        )
        show_identity(call, lsp.identity)


def _read_login(path: Path) -> dict[str, str]:
    try:
        value = read_json(path.read_bytes())
        return {key: str(value[key]) for key in ("authMessage", "ownerAddress", "authSig")}
    except OSError as error:
        raise ConfigurationError(f"the login file {path}: {error.strerror}") from None
    except (MalformedData, TooLarge, KeyError, TypeError):
        raise InvalidInput(f"{path} is not a JSON object with authMessage, ownerAddress, authSig") from None
