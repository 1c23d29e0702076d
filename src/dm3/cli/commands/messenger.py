"""`dm3 messenger`: the inbox of a vault as a web application on this machine, for its user alone."""

from __future__ import annotations

import sys

import typer

from dm3.client import Client, connect
from dm3.crypto import Passphrase
from dm3.messenger import MessengerServer, MessengerSettings

from ..config.config import Config
from ..config.options import MESSENGER
from ..console.command import Call, command
from ..console.output import emit, remark
from ..console.session import passphrase_for, policy_of
from .serving import log_to_stderr, serving, stop_signals


def add_messenger_command(app: typer.Typer) -> None:
    """Add `dm3 messenger`."""

    @command(app, "messenger", *MESSENGER)
    @serving
    async def messenger(call: Call) -> None:
        """Show the inbox in this machine's browser; prints a one-time address that opens it.

        Example: dm3 messenger --vault dm3.vault --resolver myapp.eth=http://127.0.0.1:8402
        """
        server = MessengerServer(messenger_settings(call.config))
        log_to_stderr()
        with stop_signals() as stop:
            try:
                address = await server.start(passphrase_for(call.config))
                emit(
                    {"ok": True, "url": server.origin, "oneTimeAddress": address},
                    call.json,
                    "Open this address in your browser. It counts once, for you alone:",
                    f"  {address}",
                    "Stop with Ctrl-C.",
                )
                sys.stdout.flush()
                await stop.wait()
            finally:
                await server.stop()


def messenger_settings(config: Config) -> MessengerSettings:
    """The messenger as configured."""

    async def open_client(passphrase: Passphrase) -> Client:
        return await connect(
            config.resolvers,
            vault=config.vault,
            passphrase=passphrase,
            rpc_url=config["rpc-url"],
            ens_registry=config["ens-registry"],
            only_ens=config["only-ens"],
            ipfs_gateway=config["ipfs-gateway"],
            names_file=config["names-file"],
            allow_private=config.allow_private,
            allow_private_records=config.allow_private_records,
            policy=policy_of(config),
            send_receipts=config["send-receipts"],
            timeouts=config.timeouts,
        )

    return MessengerSettings(
        open_client=open_client,
        vault=config.vault,
        port=config["messenger-port"],
        idle_seconds=60 * config["lock-after-minutes"],
        announce=lambda address: remark(f"The next address, for another browser: {address}"),
    )
