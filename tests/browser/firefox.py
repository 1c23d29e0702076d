"""Debian's Firefox, driven by its own remote protocol (Marionette), with no driver beside it.

Playwright's Firefox is a patched build, and what Playwright says over WebDriver BiDi is more than the
long-term release knows; geckodriver, which translates HTTP into this protocol, is no package of Debian.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

from tests.kit import eventually, happens

_NAMES: Final = ("firefox-esr", "firefox")
_ELEMENT: Final = "element-6066-11e4-a52e-4f735466cecf"
_PREFERENCES: Final = """user_pref("marionette.port", 0);
user_pref("app.update.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.startup.page", 0);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
"""


def firefox_path() -> str | None:
    """Where Firefox lies on this machine; None where it does not."""
    return next((found for found in map(shutil.which, _NAMES) if found), None)


class FirefoxRefused(Exception):
    """Firefox answered a command with an error; the text is its own."""


class Firefox:
    """One window of a running Firefox. Elements are the references that it hands out."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._ids = itertools.count(1)

    async def ask(self, command: str, **parameters: Any) -> Any:
        """The answer to one command. Raises `FirefoxRefused`."""
        body = json.dumps([0, next(self._ids), command, parameters])
        self._writer.write(f"{len(body)}:{body}".encode())
        _, _, error, value = await self.read()
        if error is not None:
            raise FirefoxRefused(f"{command}: {error['error']}: {error['message']}")
        return value["value"] if isinstance(value, dict) and list(value) == ["value"] else value

    async def read(self) -> Any:
        """The next that Firefox says."""
        length = int((await eventually(self._reader.readuntil(b":"), "Firefox answers"))[:-1])
        return json.loads(await self._reader.readexactly(length))

    async def run(self, script: str, *args: Any) -> Any:
        """What a script gives, in the page or frame that was chosen last."""
        return await self.ask("WebDriver:ExecuteScript", script=script, args=list(args))

    async def until(self, script: str, *args: Any) -> Any:
        """Wait until a script gives something; returns it. A page that is loading may refuse to run it."""

        async def gives() -> Any:
            with suppress(FirefoxRefused):
                return await self.run(script, *args)

        return await happens(gives, script)

    async def click(self, element: dict[str, str]) -> None:
        await self.ask("WebDriver:ElementClick", id=element[_ELEMENT])

    async def type(self, element: dict[str, str], text: str) -> None:
        await self.ask("WebDriver:ElementSendKeys", id=element[_ELEMENT], text=text)

    async def visit(self, address: str) -> None:
        await self.ask("WebDriver:Navigate", url=address)

    async def into(self, frame: dict[str, str] | None) -> None:
        """Go on in a frame; None: in the page."""
        await self.ask("WebDriver:SwitchToFrame", element=frame[_ELEMENT] if frame else None)


@asynccontextmanager
async def firefox(path: str, profile: Path) -> AsyncIterator[Firefox]:
    """A Firefox without a screen, with a new profile; it is ended afterwards."""
    _prepare(profile)
    process = await asyncio.create_subprocess_exec(
        *(path, "--headless", "--marionette", "--no-remote", "--profile", str(profile)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        reader, writer = await _connected(profile / "MarionetteActivePort")
        opened = Firefox(reader, writer)
        await opened.read()  # its greeting
        await opened.ask("WebDriver:NewSession", strictFileInteractability=True)
        yield opened
        writer.close()
        await writer.wait_closed()
    finally:
        process.terminate()
        await eventually(process.wait(), "Firefox ends")


def _prepare(profile: Path) -> None:
    profile.mkdir()
    (profile / "user.js").write_text(_PREFERENCES)


async def _connected(port: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    number = await happens(lambda: port.exists() and port.read_text(), "Firefox listens")
    return await asyncio.open_connection("127.0.0.1", int(number))
