"""`dm3 widget`: the chat for other people's pages, by itself or beside the services of `dm3 up`."""

from __future__ import annotations

import sys

import typer

from dm3.base.errors import ConfigurationError

from ..config.options import WIDGET
from ..config.widget_config import widget_settings
from ..console.command import Call, command
from ..console.output import emit
from ..console.widget_snippets import snippets, widget_data
from .configured_services import widget_server
from .serving import log_to_stderr, serving, stop_signals


def add_widget_command(app: typer.Typer) -> None:
    """Add `dm3 widget`."""

    @command(app, "widget", *WIDGET)
    @serving
    async def widget(call: Call) -> None:
        """Run a widget host: a chat that pages embed with one script and one element.

        Example: dm3 widget --domain myapp.eth --widget-to desk.user.myapp.eth \
--widget-origin https://shop.example --resolver myapp.eth=http://127.0.0.1:8402
        """
        config = call.config
        settings = widget_settings(config)
        if settings is None:
            raise ConfigurationError(
                "no application has a widget",
                hint='Say whom visitors write to with --widget-to, or write a table ["myapp.eth".widget].',
            )
        server = widget_server(config, settings, config.network)
        log_to_stderr(call.config["log-level"])
        with stop_signals() as stop:
            try:
                await server.start(config.resolvers)
                url = server.url
                emit(widget_data(url, settings.apps), call.json, *snippets(url, settings.apps))
                sys.stdout.flush()
                await stop.wait()
            finally:
                await server.stop()
