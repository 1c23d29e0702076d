"""The sample site of `dm3 up`: a program of its own beside the services, as other people's sites are."""

from __future__ import annotations

import asyncio
import socket
import sys
from pathlib import Path
from typing import Final

from msgspec.structs import replace

import dm3
from dm3.base.errors import ConfigurationError
from dm3.resolver import ResolverSettings
from dm3.widget import FieldKind, Form, FormField, Mode, WidgetApp

FORMS: Final = (
    Form(
        name="contact",
        title="Contact",
        fields=(
            FormField(label="Your name"),
            FormField(label="E-mail", kind=FieldKind.EMAIL, required=False),
            FormField(label="What is it about?", kind=FieldKind.TEXT, chars=4_000),
        ),
        thanks="Thank you! We answer within a day, here on this page.",
    ),
    Form(
        name="feedback",
        title="Feedback",
        fields=(
            FormField(
                label="How do you like the shop?", kind=FieldKind.CHOICE, options=("Much", "Well", "Not yet")
            ),
            FormField(label="What should be better?", kind=FieldKind.TEXT, required=False),
        ),
        thanks="Thank you, that helps us.",
    ),
)


class SampleSite:
    """The site's port, taken at once, and later its process.

    ``port`` 0 takes a free one. Raises `ConfigurationError` when the port is in use or the site is not here.
    """

    def __init__(self, app: str, folder: Path, port: int) -> None:
        self._program = _program()
        self._app = app
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self._board = ""
        try:
            self._socket = socket.create_server(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            raise ConfigurationError(
                f"the sample site cannot listen at port {port}: {error}",
                hint="Name another with --sample-port; 0 takes a free one.",
            ) from None

    @property
    def site(self) -> str:
        """Its host and port, as sign-in messages name it."""
        return f"localhost:{self._socket.getsockname()[1]}"

    @property
    def url(self) -> str:
        """Where people open it."""
        return f"http://{self.site}"

    def shows_board(self, url: str) -> None:
        """The site's board is served at ``url``: for `widget`."""
        self._board = url

    @property
    def board_name(self) -> str:
        """The name of the site's board."""
        return f"board.user.{self._app}"

    @property
    def widget(self) -> WidgetApp:
        """The chat and the forms on its pages."""
        return WidgetApp(
            name=self._app,
            to=f"desk.user.{self._app}",
            origins=(self.url,),
            board=self.board_name,
            board_url=self._board,
            modes=(Mode.CHAT, Mode.FORM, Mode.IN_APP, Mode.BOARD),
            title="Support of the sample shop",
            welcome="Hello! How can we help?",
            consent="What you write is encrypted for our support. Your keys stay in this browser.",
            forms=FORMS,
        )

    def trusted_by(self, settings: ResolverSettings) -> ResolverSettings:
        """The resolver's settings with the sign-ins of this site, at the site's application."""
        domains = (
            replace(domain, siwe_domains=(*domain.siwe_domains, self.site))
            if domain.name == self._app
            else domain
            for domain in settings.domains
        )
        return replace(settings, domains=tuple(domains))

    async def start(self, resolver: str, widget: str) -> None:
        """Run it until `stop`; returns when its support can be written to. Raises `ConfigurationError`."""
        place = self._socket.fileno()
        options = {"app": self._app, "resolver": resolver, "widget": widget, "socket": place}
        flags = [f"--{name}={value}" for name, value in {**options, "folder": self._folder}.items()]
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(self._program),
            *flags,
            stdin=asyncio.subprocess.PIPE,  # it ends when this end is closed, also where we end suddenly
            stdout=asyncio.subprocess.PIPE,
            pass_fds=(place,),
            start_new_session=True,  # Ctrl-C in the terminal is ours
        )
        if process.stdout is None or not await process.stdout.readline():
            raise ConfigurationError("the sample site has not started; it says above why")

    async def stop(self) -> None:
        """End it, in order."""
        if self._process is not None:
            if self._process.stdin is not None:
                self._process.stdin.close()
            await self._process.communicate()
        self._socket.close()


def _program() -> Path:
    """The sample's folder: in the package where that was installed, else in the source tree."""
    package = Path(dm3.__file__).parent
    for folder in (package / "sample", package.parents[1] / "examples" / "dapp"):
        if (folder / "__main__.py").is_file():
            return folder
    raise ConfigurationError(
        "the sample site is not part of this installation", hint="Start with --sample no."
    )
