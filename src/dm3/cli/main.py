"""The command `dm3` and its parts."""

from __future__ import annotations

import sys
from typing import Annotated, Final

import typer

from dm3.lazy import MissingExtra

from .console.streams import prepare_streams, refuse_undecodable, told_where_it_cannot_write
from .lazy_group import Part, lazy_group

COMMANDS: Final[dict[str, Part]] = {
    "up": Part(
        "Start all services on this machine; a widget host and a sample site if wanted.",
        ".commands.serve:add_service_commands",
    ),
    "demo": Part(
        "Play the whole story: create, chat, link, approve, recover, and what must fail.",
        ".demo:add_demo_command",
    ),
    "send": Part("Send a message.", ".commands.send:add_send_command"),
    "inbox": Part(
        "Pick up what is new, and show the conversations or one of them.", ".commands.inbox:add_inbox_command"
    ),
    "conversation": Part(
        "Block, allow, archive, pin, mute or delete conversations.",
        ".commands.conversation:conversation_app",
    ),
    "watch": Part("Follow the inbox: tell each message as it comes.", ".commands.watch:add_watch_command"),
    "unverified": Part(
        "Show messages whose sender cannot be verified, or not yet.",
        ".commands.profile_trust:add_unverified_command",
    ),
    "recover": Part(
        "Get a linked profile back on a device that has none of its keys.",
        ".commands.link_verify:add_recover_command",
    ),
    "inspect": Part(
        "Explain an envelope, a Link Message, a link record or a signed profile, offline.",
        ".commands.inspect:add_inspect_command",
    ),
    "delivery-service": Part(
        "Run a delivery service; prints the text record to publish under its name.",
        ".commands.serve:add_service_commands",
        (".commands.delivery_publish",),
    ),
    "resolver": Part(
        "Run an off-chain resolver for one or more domains.",
        ".commands.serve:add_service_commands",
        (".commands.resolver_setup", ".commands.resolver_claim"),
    ),
    "widget": Part(
        "Run a widget host: a chat that pages embed with one script and one element.",
        ".commands.widget:add_widget_command",
    ),
    "board": Part(
        "Run a board: public statements that visitors write to it, moderated, with proofs for their readers.",
        ".commands.board:add_board_command",
    ),
    "messenger": Part(
        "Show the inbox in this machine's browser; prints a one-time address that opens it.",
        ".commands.messenger:add_messenger_command",
    ),
    "wallet": Part("Development wallets, kept in the vault.", ".commands.wallet:wallet_app"),
    "profile": Part(
        "Main profiles: of your own messenger.",
        ".commands.profile:profile_app",
        (
            ".commands.profile_list",
            ".commands.profile_renew",
            ".commands.profile_publish",
            ".commands.profile_trust",
        ),
    ),
    "lsp": Part(
        "Limited scope profiles: for one application each.",
        ".commands.lsp:lsp_app",
        (".commands.profile_list", ".commands.lsp_rotate", ".commands.lsp_escrow:add_escrow_commands"),
    ),
    "outbox": Part("Messages that are still on their way.", ".commands.outbox:outbox_app"),
    "link": Part(
        "Linking profiles of applications to your own.",
        ".commands.link:link_app",
        (".commands.link_verify", ".commands.link_decide"),
    ),
    "settings": Part(
        "What is set for a main profile, before all options.", ".commands.settings:settings_app"
    ),
    "device": Part("Devices that share a main profile.", ".commands.device:device_app"),
    "vault": Part("The vault: your profiles, links, messages and wallets.", ".commands.vault:vault_app"),
}
"""What there is, in the order in which it is shown; each is imported when it is called."""

app = typer.Typer(
    name="dm3",
    help="End-to-end encrypted messaging from ENS name to ENS name, with Linked Profiles.\n\n"
    "Example: dm3 demo",
    cls=lazy_group(COMMANDS),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Show the version and stop.")] = False,
) -> None:
    if version:
        from dm3.base.version import __version__

        typer.echo(__version__)
        raise typer.Exit


def run() -> None:
    """Run the command line."""
    prepare_streams()
    refuse_undecodable(sys.argv[1:])
    try:
        with told_where_it_cannot_write():
            app()
    except MissingExtra as error:
        from dm3.base import as_error

        from .console.output import exit_code, report

        told = as_error(error)
        report(told, "--json" in sys.argv)
        raise SystemExit(exit_code(told)) from None
