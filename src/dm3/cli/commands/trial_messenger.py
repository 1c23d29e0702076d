"""The messenger that `dm3 up` starts for trying things out, with a main profile that is ready made."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from dm3.client import Client, IdentityKind, connect, development_wallet
from dm3.crypto import Passphrase
from dm3.hosting import Site, kept_passphrase
from dm3.messenger import MessengerServer, MessengerSettings

from ..config.config import Config
from ..console.output import remark

LABEL: Final = "me"
SEND_WAIT: Final = 60.0


class TrialMessenger:
    """A messenger over a vault of its own below the data folder, whose passphrase lies beside it."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._port = port
        self._server: MessengerServer | None = None
        self._address = ""
        self._name = ""

    @property
    def data(self) -> dict[str, str]:
        """What programs are told of it."""
        origin = "" if self._server is None else self._server.origin
        return {"messenger": origin, "messengerName": self._name, "oneTimeAddress": self._address}

    @property
    def lines(self) -> tuple[str, ...]:
        """What people are told of it."""
        return (
            f"You are {self._name} in a messenger. Open it in a browser; this address counts once:",
            f"  {self._address}",
            f"Should you lock it: the passphrase is in {self._passphrase_file}",
            "",
        )

    async def start(self, site: Site) -> None:
        """Make the profile below the site's first domain if there is none, and serve until `stop`.

        Raises `ConfigurationError` where the port is in use or the browser's part has not been built.
        """

        async def open_client(passphrase: Passphrase) -> Client:
            return await connect(
                site.resolver.domains,
                vault=self._folder / "vault.sqlite",
                passphrase=passphrase,
                allow_private=True,
                send_wait=SEND_WAIT,
            )

        passphrase = kept_passphrase(self._passphrase_file)
        async with await open_client(passphrase) as client:
            self._name = await _profile_of(client, site)
        self._server = MessengerServer(
            MessengerSettings(
                open_client=open_client,
                vault=self._folder / "vault.sqlite",
                port=self._port,
                idle_seconds=0,
                announce=lambda address: remark(
                    f"The messenger's next address, for another browser: {address}"
                ),
            )
        )
        self._address = await self._server.start(passphrase)

    async def stop(self) -> None:
        """Lock the vault and close."""
        if self._server is not None:
            await self._server.stop()

    @property
    def _passphrase_file(self) -> Path:
        return self._folder / "passphrase"


def trial_messenger(config: Config) -> TrialMessenger | None:
    """The messenger of `dm3 up`, where it is wanted."""
    if not config["try-messenger"]:
        return None
    return TrialMessenger(config["data-dir"] / "try-messenger", config["messenger-port"])


async def _profile_of(client: Client, site: Site) -> str:
    """The name of the vault's main profile, which is made, or made to the end, where that is left."""
    for identity in await client.profiles():
        if identity.kind is IdentityKind.MAIN and not identity.is_begun:
            return identity.shown_name
    domain = next(iter(site.resolver.domains))
    wallet = await development_wallet(client, "messenger")
    made = await client.create_profile(
        domain, wallet, alias=f"{LABEL}.user.{domain}", delivery_services=(site.delivery.name,)
    )
    return made.name
