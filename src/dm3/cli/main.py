"""The command `dm3` and its parts."""

from __future__ import annotations

from typing import Annotated

import typer

from dm3.base.version import __version__

# Their commands join those of `dm3 link`, `profile`, `delivery-service` and `resolver`.
from . import deciding, domain_setup, publishing, publishing_service  # noqa: F401
from .demo import add_demo_command
from .escrows import add_escrow_commands
from .inspecting import add_inspect_command
from .links import link_app
from .messages import add_inbox_command
from .outbox import outbox_app
from .profiles import lsp_app, profile_app
from .published import add_recover_command
from .sending import add_send_command
from .services import add_service_commands
from .vaults import vault_app
from .wallets import wallet_app
from .widgets import add_widget_command

app = typer.Typer(
    name="dm3",
    help="End-to-end encrypted messaging from ENS name to ENS name, with Linked Profiles.\n\n"
    "Example: dm3 demo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Show the version and stop.")] = False,
) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit


add_service_commands(app)
add_widget_command(app)
add_demo_command(app)
app.add_typer(wallet_app, name="wallet")
app.add_typer(profile_app, name="profile")
add_escrow_commands(lsp_app)
app.add_typer(lsp_app, name="lsp")
add_send_command(app)
add_inbox_command(app)
app.add_typer(outbox_app, name="outbox")
app.add_typer(link_app, name="link")
add_recover_command(app)
app.add_typer(vault_app, name="vault")
add_inspect_command(app)


def run() -> None:
    """Run the command line."""
    app()
