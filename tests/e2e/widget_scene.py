"""A widget host over a real site, for the tests of its gateway and of the browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from dm3.hosting import WidgetServer
from dm3.net import NetworkSettings
from dm3.widget import WidgetApp, WidgetSettings
from tests.e2e.sdk_scene import APP, Place

SHOP: Final = "https://shop.example"


def widget_app(to: str, **changes: Any) -> WidgetApp:
    """The application's widget for visitors who write to ``to``."""
    values: dict[str, Any] = {"name": APP, "to": to, "origins": (SHOP,), "title": "Support of MyApp"}
    return WidgetApp(**{**values, **changes})


@asynccontextmanager
async def widget_host(
    place: Place, folder: Path, app: WidgetApp, *, names_file: Path | None = None, **settings: Any
) -> AsyncIterator[WidgetServer]:
    """A widget host of ``app``, started and stopped; ``names_file``: whom it knows besides."""
    network = NetworkSettings(allow_private=True, names_file=names_file)
    server = WidgetServer(WidgetSettings(apps=(app,), **settings), folder, network=network)
    try:
        await server.start(place.resolvers)
        yield server
    finally:
        await server.stop()
